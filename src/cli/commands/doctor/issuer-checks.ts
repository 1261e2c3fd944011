import type { OidcIssuerSettings } from '../../../access/index.js'
import { type Check, ok, wrong } from './finding.js'

/** Without its keys, nobody whom the issuer knows can log in. */
const issuers: Check = {
  name: 'issuers',
  async run({ config }) {
    if (config.oidc.length === 0) return []
    return Promise.all(config.oidc.map(checkIssuer))
  },
}

async function checkIssuer(settings: OidcIssuerSettings) {
  const [{ OidcIssuer }, { nodeRuntime }] = await Promise.all([
    import('../../../access/oidc-issuer.js'),
    import('../../../hub/node-runtime.js'),
  ])
  const { issuer, jwks } = settings
  try {
    await new OidcIssuer(settings, nodeRuntime()).probe()
    return ok(`${issuer}: its keys can be fetched`)
  } catch (error) {
    const { cause = error } = error as Error
    const next = jwks === undefined ? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration` : jwks
    return wrong((cause as Error).message, `nobody can log in there until this answers: ${next}`)
  }
}

export const issuerChecks = [issuers]
