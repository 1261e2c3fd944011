import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { TocsinError, toTocsinError } from '../../../errors/tocsin-error.js'
import { type Route, type RouteCall, route } from '../route.js'
import type { Console } from './console.js'
import { comesWithTls, cookieHeader, pendingCookieHeader, pendingCookieOf } from './cookie.js'
import { CONSOLE_HEADER } from './logins.js'

const PATH = '/v1/session/oidc'
const CALLBACK = `${PATH}/callback`

/** A page of the console, and never another site: no browser takes the rest for a host. Its fragment is for errors. */
const ownPath = z
  .string()
  .max(2048)
  .regex(/^\/(?:view\/|\?|$)[!"$-[\]-~]*$/, { error: 'must be a path of the console' })
const asked = z.strictObject({
  issuer: z.string().max(2048).describe('URL of the issuer.'),
  path: ownPath.describe('Page of the console that is shown after the login.'),
})
const listed = z.object({ issuers: z.array(z.object({ issuer: z.string(), name: z.string() })) })

/** Parameters that an issuer adds beyond these are ignored, and invalid ones count as absent. */
const part = (most: number) => z.string().max(most).optional().catch(undefined)
const answer = z.looseObject({ state: part(128), code: part(4096), iss: part(2048), error: part(128) })

/** The login to the console at an OpenID Connect issuer: authorization code with PKCE. */
export function issuerRoutes({ issuers, logins }: Console): Route[] {
  if (issuers === undefined) return []
  return [
    route({
      method: 'GET',
      path: PATH,
      summary: 'Lists the issuers where people can log in to the console.',
      right: 'none',
      answers: { 200: { description: 'The issuers.', schema: listed } },
      handle: () => ({ issuers: issuers.list() }),
    }),
    route({
      method: 'POST',
      path: PATH,
      summary: 'Begins a login to the console at an issuer.',
      right: 'none',
      body: { types: { 'application/json': { schema: asked } }, read: 'json', schema: asked },
      answers: {
        200: { description: 'Where to log in.', schema: z.object({ location: z.string() }) },
      },
      async handle({ request: { raw }, reply, body }) {
        const origin = ownOrigin(raw)
        const redirectUri = origin + CALLBACK
        const { location, secret } = await issuers.begin({ ...body, redirectUri, ...peerOf(raw) })
        void reply.header('set-cookie', pendingCookieHeader(raw, secret, PATH, isSecure(origin)))
        return { location }
      },
    }),
    route({
      method: 'GET',
      path: CALLBACK,
      summary: 'Finishes a login to the console at an issuer, which sends the browser here.',
      right: 'none',
      isPage: true,
      query: answer,
      answers: { 303: { description: 'To a page of the console.' } },
      async handle(call) {
        const { raw } = call.request
        const pending = pendingCookieOf(raw) ?? ''
        const path = issuers.pathOf(pending) ?? '/'
        try {
          const { identity, redirectUri } = await issuers.finish(pending, call.query, peerOf(raw))
          const secret = await logins.begin(identity, raw.socket.remoteAddress)
          const session = cookieHeader(raw, secret, isSecure(redirectUri))
          return goTo(call, path, [session])
        } catch (thrown) {
          // The page knows the words for each code. The answer of the issuer stays out of it.
          const { code } = toTocsinError(thrown, 'TCN_INTERNAL')
          return goTo(call, `${path}#!${code}`)
        }
      },
    }),
  ]
}

function goTo({ request, reply }: RouteCall<unknown>, path: string, cookies: readonly string[] = []) {
  const forgotten = pendingCookieHeader(request.raw, undefined, PATH, false)
  return reply
    .code(303)
    .headers({ location: path, 'referrer-policy': 'no-referrer', 'set-cookie': [...cookies, forgotten] })
    .send()
}

/** The origin of the page that asks. Pages of other origins cannot begin a login. */
function ownOrigin(request: IncomingMessage): string {
  const { host, origin } = request.headers
  const own = `${comesWithTls(request) ? 'https' : 'http'}://${host}`
  const isOwn = origin === undefined || origin.toLowerCase() === own.toLowerCase()
  if (!isOwn || request.headers[CONSOLE_HEADER] === undefined) throw new TocsinError('TCN_HTTP_ORIGIN')
  return own.toLowerCase()
}

function isSecure(url: string): boolean {
  return url.startsWith('https:')
}

function peerOf({ socket }: IncomingMessage) {
  return { address: socket.remoteAddress, face: 'http' }
}
