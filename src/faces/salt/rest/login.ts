import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Session } from '../../../access/session.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { isObject } from '../../../event/json/object.js'
import { type BodyContext, readData } from './body.js'
import type { RestContext } from './context.js'
import type { EauthCredentials } from './eauth.js'
import { cookieFor, NO_COOKIE } from './sessions.js'

/** Anyone may send these requests, so they have tighter limits than requests with a token. */
const MAX_LOGIN_BYTES = 64 * 1024
const MAX_LOGINS_OF_REQUEST = 16
const MAX_FIELD_LENGTH = 1024

/** `POST /login` */
export async function login(context: RestContext, request: FastifyRequest, reply: FastifyReply) {
  const [credentials] = await credentialsIn(context, request, reply)
  if (credentials === undefined) throw new TocsinError('TCN_ACCESS_TOKEN')
  const { eauth, runtime, sessions, settings, upstream } = context
  const address = request.raw.socket.remoteAddress
  const identity = await eauth.identify(credentials, address)
  const upstreamLogin = await upstream?.login(credentials)
  const { username: user, eauth: backend } = credentials
  const { secret: token, session } = await sessions.begin({ identity, hidden: upstreamLogin?.token, address })
  void reply.headers({
    'X-Auth-Token': token,
    'Set-Cookie': cookieFor(token, runtime.now(), settings),
  })
  const perms = permsOf(context, session, upstreamLogin?.perms ?? [])
  return { return: [{ token, ...validity(session), user, eauth: backend, perms }] }
}

/** The functions that the upstream salt-api allows, and `@events`, which this hub allows. Salt writes `{}` for none. */
function permsOf({ authorize }: RestContext, { principal }: Session, upstreamPerms: readonly unknown[]) {
  const seesNothing = authorize(principal, 'see').prefixes?.length === 0
  const perms = seesNothing ? upstreamPerms : [...new Set([...upstreamPerms, '@events'])]
  return perms.length === 0 ? {} : perms
}

/** `POST /token`: tokens for many logins at once, without cookies. */
export async function issueTokens(context: RestContext, request: FastifyRequest, reply: FastifyReply) {
  const { eauth, saltTokens } = context
  const issued: object[] = []
  for (const credentials of await credentialsIn(context, request, reply)) {
    if (credentials === undefined) {
      throw new TocsinError('TCN_HTTP_BODY', 'Require "username", "password", and "eauth" params')
    }
    const address = request.raw.socket.remoteAddress
    const identity = await eauth.identify(credentials, address)
    const { username, eauth: backend } = credentials
    const { secret: token, session } = await saltTokens.begin({ identity, address })
    const { start, expire } = validity(session)
    issued.push({ start, token, expire, name: username, eauth: backend })
  }
  return issued
}

/** `POST /logout` */
export async function logout(
  { sessions, saltTokens, tokens }: RestContext,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { session } = await tokens.admit(request.raw)
  await sessions.end(session)
  await saltTokens.end(session)
  void reply.headers({ 'Set-Cookie': NO_COOKIE, 'Cache-Control': 'private' })
  return { return: 'Your token has been cleared' }
}

/** Returns times in seconds, like Python's `time.time()`. */
function validity({ started, until = 0 }: Session) {
  return { expire: until / 1e6, start: started / 1e6 }
}

async function credentialsIn(
  context: BodyContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<(EauthCredentials | undefined)[]> {
  const { data } = await readData(context, request, reply, { limit: MAX_LOGIN_BYTES, asObjects: true })
  const all = Array.isArray(data) ? data : [data]
  if (all.length > MAX_LOGINS_OF_REQUEST)
    throw new TocsinError('TCN_HTTP_BODY', 'too many logins in one request')
  return all.map(credentialsOf)
}

function credentialsOf(given: unknown): EauthCredentials | undefined {
  if (!isObject(given)) return undefined
  const { username, password, sharedsecret, eauth } = given
  const secret = password ?? sharedsecret
  return isShort(username) && isShort(secret) && isShort(eauth)
    ? { username, password: secret, eauth }
    : undefined
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_FIELD_LENGTH
}
