import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Credentials, Identify, Identity } from '../../access/identify.js'
import type { Authorize, Principal } from '../../bus/principal.js'
import { decodeBase64, TocsinError } from '../../event/index.js'
import type { Method } from '../../methods/method.js'
import type { MethodHost } from '../shared/call-method.js'
import { checkRight } from '../shared/check-right.js'
import { certificateOf, tokenEnded } from '../shared/listener.js'
import { identified } from '../shared/strangers.js'
import { MAX_HEADERS } from '../web/listener.js'
import { NOBODY } from './context.js'
import type { RouteRight } from './route.js'

const MAX_URL_BYTES = 8 * 1024

export interface GuardOptions extends Pick<MethodHost, 'called'> {
  identify: Identify
  authorize: Authorize
  /** Names of this hub, in addition to `localhost` and addresses. */
  hosts: readonly string[]
  /** Origins whose pages may use the hub; `*` for all. */
  origins: readonly string[]
}

type OtherIdentity = () => Identity | undefined | Promise<Identity | undefined>

/** Checks every request before its route: the host it names, the origin it comes from, and the caller. */
export class Guard {
  readonly #identify: Identify
  readonly #authorize: Authorize
  #hosts: ReadonlySet<string> = new Set()
  #origins: ReadonlySet<string> = new Set()
  readonly #called: MethodHost['called']

  constructor({ identify, authorize, hosts, origins, called }: GuardOptions) {
    this.#called = called
    this.#identify = identify
    this.#authorize = authorize
    this.allow({ hosts, origins })
  }

  /** Replaces the names of this hub and the origins. */
  allow({ hosts, origins }: Pick<GuardOptions, 'hosts' | 'origins'>): void {
    this.#hosts = new Set(hosts.map((host) => host.toLowerCase()))
    this.#origins = new Set(origins.map((origin) => origin.toLowerCase()))
  }

  /** Checks any request, even without a token. Returns the origin if it is one of the configured origins. */
  checkOrigin(request: IncomingMessage): string | undefined {
    checkHeaders(request)
    const { host, origin } = request.headers
    if (host === undefined || !this.#isOurs(host)) throw new TocsinError('TCN_HTTP_HOST')
    const named = hostInUrl(request)
    if (named !== undefined && !this.#isOurs(named)) throw new TocsinError('TCN_HTTP_HOST')
    if (origin === undefined) return undefined
    const asked = origin.toLowerCase()
    if (this.#origins.has(asked) || this.#origins.has('*')) return origin
    if (asked !== `http://${host.toLowerCase()}` && asked !== `https://${host.toLowerCase()}`) {
      throw new TocsinError('TCN_HTTP_ORIGIN')
    }
    return undefined
  }

  /** Throws TCN_ACCESS_NO_TOKEN, TCN_ACCESS_TOKEN or TCN_ACCESS_DENIED. */
  async admit(right: RouteRight, request: IncomingMessage, other?: OtherIdentity): Promise<Identity> {
    if (right === 'none') return NOBODY
    const identity = await this.#identifyCaller(request, other)
    if (identity.ended?.aborted) throw tokenEnded()
    if (identity !== NOBODY) identified(request.socket)
    if (right !== 'any') this.#checkRight(right, identity.principal, request)
    return identity
  }

  #checkRight(right: Method['right'], principal: Principal, request: IncomingMessage): void {
    const name = `${request.method} ${request.url?.split('?', 1)[0]}`
    try {
      checkRight(this.#authorize, principal, right, name)
    } catch (error) {
      if (TocsinError.is(error)) {
        void this.#called?.({ name, principal, address: request.socket.remoteAddress, error })
      }
      throw error
    }
  }

  async #identifyCaller(request: IncomingMessage, other: OtherIdentity | undefined): Promise<Identity> {
    const { authorization } = request.headers
    if (authorization === undefined) {
      const identity = await other?.()
      if (identity !== undefined) return identity
    }
    const shown = credentials(authorization)
    const certificate = certificateOf(request.socket)
    if (authorization !== undefined && shown === undefined && certificate === undefined) {
      throw new TocsinError('TCN_ACCESS_TOKEN', 'the header Authorization has neither a token nor a login')
    }
    return this.#identify({ ...shown, certificate, address: request.socket.remoteAddress })
  }

  /** Prevents DNS rebinding: a page whose name points to this machine sends that name and cannot send an address. */
  #isOurs(host: string): boolean {
    const name = host
      .toLowerCase()
      .replace(/:\d{1,5}$/, '')
      .replace(/\.$/, '')
    if (name === 'localhost' || name.endsWith('.localhost')) return true
    return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || this.#hosts.has(name)
  }
}

/** The host in a request as proxies receive it (`GET http://host/path`), which takes precedence over the header. */
function hostInUrl({ url = '/', method }: IncomingMessage): string | undefined {
  // The router takes `*`, which is for OPTIONS only (RFC 9110, 7.1), for the root.
  if (url === '*' && method !== 'OPTIONS') throw new TocsinError('TCN_HTTP_ROUTE')
  if (url.startsWith('/') || url === '*') return undefined
  if (!URL.canParse(url)) throw new TocsinError('TCN_HTTP_ROUTE')
  return new URL(url).host
}

/**
 * Headers that must not be repeated, since a proxy in front of the hub and the hub could interpret them differently.
 */
const UNIQUE_HEADERS = new Set([
  'host',
  'origin',
  'authorization',
  'content-type',
  'content-length',
  'idempotency-key',
])

function checkHeaders({ url, rawHeaders }: IncomingMessage): void {
  if ((url?.length ?? 0) > MAX_URL_BYTES) throw new TocsinError('TCN_HTTP_URL_TOO_LONG')
  if (rawHeaders.length > 2 * MAX_HEADERS) throw new TocsinError('TCN_HTTP_HEADERS')
  const seen = new Set<string>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i].toLowerCase()
    if (!UNIQUE_HEADERS.has(name)) continue
    if (seen.has(name))
      throw new TocsinError('TCN_HTTP_HEADER', `the header ${name} is repeated`, {
        details: { header: name },
      })
    seen.add(name)
  }
}

/** Returns undefined for a header that has neither a token nor a login. */
function credentials(
  authorization: string | undefined,
): Pick<Credentials, 'token' | 'user' | 'password'> | undefined {
  const match = /^(bearer|basic) +([\w.~+/=-]{1,4096})$/i.exec(authorization ?? '')
  if (match === null) return undefined
  if (match[1].toLowerCase() === 'bearer') return { token: match[2] }
  const bytes = decodeBase64(match[2])
  const text = bytes === undefined ? '' : new TextDecoder().decode(bytes)
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
