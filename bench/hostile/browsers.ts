import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Attack, crowd, type Target } from './attack.js'

const AT_ONCE = 200
const SESSION = '/v1/session'
const ISSUER = `${SESSION}/oidc`
const OWN = { 'x-tocsin-console': '1', 'content-type': 'application/json' }

interface Asked {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string
}

/** Many browsers that do the same at once. */
function browsers(
  name: string,
  what: string,
  visit: (target: Target, nth: number) => Promise<IncomingMessage>,
): Attack {
  const begin = async (target: Target) => {
    await startIssuer(target)
    // The first request of a hub loads what answers requests.
    await ended(await ask(target, 0, { path: '/' }))
  }
  const one = async (target: Target, nth: number) => ended(await visit(target, nth))
  return crowd({ name, what: `${AT_ONCE} × ${what} at once`, atOnce: AT_ONCE, begin }, one)
}

/** Each browser has an address of its own: a hub answers an address no longer after too many failures. */
async function ask({ http }: Target, nth: number, { method = 'GET', path, headers, body }: Asked) {
  const localAddress = `127.1.${(nth >> 7) % 250}.${(nth % 128) + 1}`
  const asked = request({ host: '127.0.0.1', port: http, localAddress, method, path, headers, agent: false })
  asked.end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return answer
}

/** Resolves with the status, or with the code of an error that a page is shown. */
async function ended(answer: IncomingMessage): Promise<string> {
  await text(answer)
  return `${answer.statusCode}${answer.headers.location?.replace(/^.*#!/, ' ') ?? ''}`
}

const beginAt = (target: Target, nth: number) =>
  ask(target, nth, {
    method: 'POST',
    path: ISSUER,
    headers: OWN,
    body: JSON.stringify({ issuer: target.issuer, path: '/view/events' }),
  })

/** Logs in with an answer of the issuer that has the right state, and a code for which there is no login. */
async function finishAt(target: Target, nth: number): Promise<IncomingMessage> {
  const begun = await beginAt(target, nth)
  const cookie = begun.headers['set-cookie']?.[0].split(';', 1)[0] ?? ''
  const { location } = JSON.parse(await text(begun)) as { location?: string }
  const state = location === undefined ? '' : new URL(location).searchParams.get('state')
  return ask(target, nth, { path: `${ISSUER}/callback?state=${state}&code=${nth}`, headers: { cookie } })
}

/** An issuer whose tokens nobody has signed. Each attack has a process of its own, and one of these in it. */
async function startIssuer({ issuer }: Target): Promise<void> {
  const discovery = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
  }
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claims = { iss: issuer, aud: 'console', sub: 'x', groups: Array.from({ length: 2000 }, String) }
  const token = `${encoded({ alg: 'RS256', kid: 'none' })}.${encoded(claims)}.${'x'.repeat(342)}`
  const documents: Record<string, object> = { '/token': { id_token: token }, '/keys': { keys: [] } }
  const server = createServer(({ url }, response) => {
    const body = JSON.stringify(documents[url ?? ''] ?? discovery)
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
  await once(server.listen(Number(new URL(issuer).port), '127.0.0.1'), 'listening')
}

/** The console, and the logins that lead to it. */
export const consoleAttacks: readonly Attack[] = [
  browsers('console-page', 'the page of the console with a cookie of nobody', (target, nth) =>
    ask(target, nth, { path: '/', headers: { ...OWN, cookie: `tocsin-${target.http}=${'x'.repeat(43)}` } }),
  ),
  browsers('console-login', 'a login to the console with a token', (target, nth) =>
    ask(target, nth, {
      method: 'POST',
      path: SESSION,
      headers: { ...OWN, authorization: `Bearer ${target.token}` },
      body: '{}',
    }),
  ),
  browsers('console-cookies', 'a request with cookies of nobody', (target, nth) =>
    ask(target, nth, {
      path: SESSION,
      headers: { ...OWN, cookie: `tocsin-${target.http}=${String(nth).padStart(43, 'x')}` },
    }),
  ),
  browsers('oidc-begin', 'a login that begins at an issuer', beginAt),
  browsers('oidc-junk', 'an answer of an issuer that nobody has asked for', (target, nth) =>
    ask(target, nth, {
      path: `${ISSUER}/callback?state=${'x'.repeat(43)}&code=${nth}`,
      headers: { cookie: `tocsin-${target.http}-login=${'x'.repeat(43)}` },
    }),
  ),
  browsers('oidc-finish', 'a login at an issuer whose token is not signed', finishAt),
]
