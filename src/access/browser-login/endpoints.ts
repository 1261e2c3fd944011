import type { SecretFile } from '../../config/secret-file.js'
import { asFields } from '../../event/json/object.js'
import { ask, isSafe, TIMEOUT } from '../oidc-http.js'
import { type DiscoveryDocument, type OidcIssuer, unreachable } from '../oidc-issuer.js'

/** RFC 6749, 5.2, has 400 and 401 for errors; some issuers answer a code that they do not take with 403. */
const ANSWERS = [200, 400, 401, 403]

/** The parts of an issuer that a login with a browser uses. */
export interface LoginEndpoints {
  readonly authorize: string
  readonly token: string
  /** The place where a client with a secret sends it. */
  readonly secretIn: 'header' | 'body'
  /** The issuer names itself in each of its answers. */
  readonly namesItself: boolean
}

/** Rejects with TCN_ACCESS_ISSUER. */
export async function endpointsOf(issuer: OidcIssuer): Promise<LoginEndpoints> {
  try {
    return readEndpoints(await issuer.discover())
  } catch (error) {
    throw unreachable(issuer.settings.issuer, error)
  }
}

function readEndpoints(document: DiscoveryDocument): LoginEndpoints {
  const { authorization_endpoint: authorize, token_endpoint: token } = document
  if (!isSafe(authorize) || !isSafe(token)) {
    throw new Error('its discovery document names no https:// addresses for logins')
  }
  const ways = document.token_endpoint_auth_methods_supported
  return {
    authorize,
    token,
    secretIn: Array.isArray(ways) && !ways.includes('client_secret_basic') ? 'body' : 'header',
    namesItself: document.authorization_response_iss_parameter_supported === true,
  }
}

export interface CodeExchange {
  issuer: OidcIssuer
  endpoints: LoginEndpoints
  clientId: string
  secret: SecretFile | undefined
  code: string
  verifier: string
  redirectUri: string
}

/**
 * Exchanges a code for the ID token of the person. Resolves with undefined if the issuer does not take the code. Rejects
 * with TCN_ACCESS_ISSUER.
 */
export async function exchange(asked: CodeExchange): Promise<string | undefined> {
  try {
    return await idTokenIn(await ask(asked.endpoints.token, await tokenRequest(asked), ANSWERS))
  } catch (error) {
    throw unreachable(asked.issuer.settings.issuer, error)
  }
}

async function tokenRequest(asked: CodeExchange): Promise<RequestInit> {
  const { endpoints, clientId, code, verifier, redirectUri } = asked
  const secret = await asked.secret?.text()
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
  const headers: Record<string, string> = { accept: 'application/json' }
  if (secret !== undefined && endpoints.secretIn === 'header') {
    headers.authorization = `Basic ${Buffer.from(`${formText(clientId)}:${formText(secret)}`).toString('base64')}`
  } else {
    body.set('client_id', clientId)
    if (secret !== undefined) body.set('client_secret', secret)
  }
  return { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT) }
}

async function idTokenIn(response: Response): Promise<string | undefined> {
  const answer = asFields(await response.json())
  if (response.status === 200) {
    if (typeof answer.id_token === 'string') return answer.id_token
    throw new Error('it answers without an ID token')
  }
  if (answer.error === 'invalid_grant') return undefined
  // Anything else is a fault of the configuration, of which only the operator learns.
  throw new Error(`it refuses the client: ${String(answer.error).slice(0, 100)}`)
}

/** RFC 6749, 2.3.1: both are written as in a form. */
function formText(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}
