import type { OidcIssuerSettings } from '../../../access/index.js'
import { messageOf } from '../../../errors/thrown.js'
import { type Check, ok, wrong } from './finding.js'

/** Nobody whom the issuer knows can log in while its keys cannot be read. */
const issuers: Check = {
  name: 'issuers',
  async run({ config }) {
    if (config.oidc.length === 0) return []
    return Promise.all(config.oidc.map(checkIssuer))
  },
}

async function checkIssuer(settings: OidcIssuerSettings) {
  const [{ OidcIssuer }, { endpointsOf }, { nodeRuntime }] = await Promise.all([
    import('../../../access/oidc-issuer.js'),
    import('../../../access/browser-login/endpoints.js'),
    import('../../../hub/node-runtime.js'),
  ])
  const { issuer, jwks, console } = settings
  try {
    const asked = new OidcIssuer(settings, nodeRuntime())
    await asked.probe()
    if (console === undefined) return ok(`${issuer}: its keys can be fetched`)
    await endpointsOf(asked)
    return ok(`${issuer}: its keys can be fetched, and people can log in there`)
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error
    const next =
      jwks === undefined || console !== undefined
        ? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
        : jwks
    return wrong(messageOf(cause), `nobody can log in there until this answers: ${next}`)
  }
}

export const issuerChecks = [issuers]
