import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Identity } from '../../../access/identify.js'
import type { Sessions as SessionNumbers } from '../../../access/sessions.js'
import type { Principal } from '../../../bus/principal.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../../../event/runtime.js'
import { identified } from '../../shared/strangers.js'

type Numbers = Pick<SessionNumbers, 'begin' | 'end'>

/** One login. */
export interface RestSession {
  readonly principal: Principal
  readonly user: string
  readonly eauth: string
  /** µs since the epoch */
  readonly start: number
  readonly expire: number
  /** Aborted when the session ends: logged out, expired, or its password changed. */
  readonly ended: AbortSignal
  /** Token of the upstream salt-api, if the login is valid there too. */
  readonly upstreamToken?: string
}

export interface NewSession {
  identity: Identity
  user: string
  eauth: string
  upstreamToken?: string
  /** Address of the peer that logs in. */
  address?: string
}

export interface SessionsOptions {
  runtime: Runtime
  /** How long a session lasts, ms. */
  life: number
  /** Random bytes of a token, whose text is twice as long. */
  tokenBytes: number
  /** Numbers the sessions. */
  numbers?: Numbers
}

interface OpenSession extends RestSession {
  readonly ending: AbortController
  /** ms (monotonic) */
  readonly due: number
  readonly release: () => void
  /** Number of the session. */
  readonly usid: number | undefined
}

const MAX_SESSIONS = 10_000
const MAX_SESSIONS_OF_PRINCIPAL = 1000

/** All sessions of one kind, in memory, so that a restart ends them, as in salt-api. Only token hashes are kept. */
export class Sessions {
  readonly #runtime: Runtime
  readonly #life: number
  readonly #tokenBytes: number
  readonly #numbers: Numbers | undefined
  /** Oldest first, since all sessions have the same lifetime. */
  readonly #byHash = new Map<string, OpenSession>()
  readonly #counts = new Map<string, number>()
  #cancel: Cancel | undefined

  constructor({ runtime, life, tokenBytes, numbers }: SessionsOptions) {
    this.#numbers = numbers
    this.#runtime = runtime
    this.#life = life
    this.#tokenBytes = tokenBytes
  }

  /** Throws TCN_HTTP_TOO_MANY. A principal with too many sessions loses its own oldest ones. */
  open({ identity, ...about }: NewSession): { token: string; session: RestSession } {
    const { name } = identity.principal
    if ((this.#counts.get(name) ?? 0) >= MAX_SESSIONS_OF_PRINCIPAL) this.#endOldestOf(name)
    if (this.#byHash.size >= MAX_SESSIONS) {
      throw new TocsinError('TCN_HTTP_TOO_MANY', 'too many sessions')
    }
    const token = Buffer.from(this.#runtime.random(this.#tokenBytes)).toString('hex')
    const session = this.#make(hashOf(token), identity, about)
    this.#byHash.set(hashOf(token), session)
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    this.#watch()
    return { token, session }
  }

  find(token: string): RestSession | undefined {
    if (token.length !== this.#tokenBytes * 2) return undefined
    const session = this.#byHash.get(hashOf(token))
    return session === undefined || this.#runtime.monotonic() >= session.due ? undefined : session
  }

  /** Ends the session and the streams that were opened with it. */
  end(token: string): void {
    this.#end(hashOf(token))
  }

  close(): void {
    this.#cancel?.()
    for (const session of this.#byHash.values()) this.#leave(session)
    this.#byHash.clear()
  }

  #make(hash: string, { principal, ended }: Identity, about: Omit<NewSession, 'identity'>): OpenSession {
    const ending = new AbortController()
    setMaxListeners(0, ending.signal)
    const end = () => this.#end(hash)
    ended?.addEventListener('abort', end, { once: true })
    const start = this.#runtime.now()
    const { address, ...rest } = about
    return {
      ...rest,
      usid: this.#numbers?.begin(principal.name, 'salt-api', `http ${address ?? ''}`),
      principal,
      start,
      expire: start + this.#life * 1000,
      ended: ending.signal,
      ending,
      due: this.#runtime.monotonic() + this.#life,
      release: () => ended?.removeEventListener('abort', end),
    }
  }

  #leave({ release, usid }: OpenSession): void {
    release()
    if (usid !== undefined) this.#numbers?.end(usid)
  }

  #endOldestOf(name: string): void {
    for (const [hash, { principal }] of this.#byHash) {
      if (principal.name !== name) continue
      this.#end(hash)
      return
    }
  }

  #end(hash: string): void {
    const session = this.#byHash.get(hash)
    if (session === undefined) return
    this.#byHash.delete(hash)
    this.#leave(session)
    const { name } = session.principal
    const left = (this.#counts.get(name) ?? 1) - 1
    if (left === 0) this.#counts.delete(name)
    else this.#counts.set(name, left)
    session.ending.abort()
  }

  /** Sets one timer, for the session that expires first. */
  #watch(): void {
    if (this.#cancel !== undefined) return
    const [first] = this.#byHash.values()
    if (first === undefined) return
    this.#cancel = this.#runtime.after(Math.max(1, first.due - this.#runtime.monotonic()), () => {
      this.#cancel = undefined
      this.#endExpired()
      this.#watch()
    })
  }

  #endExpired(): void {
    const now = this.#runtime.monotonic()
    for (const [hash, { due }] of this.#byHash) {
      if (due > now) return
      this.#end(hash)
    }
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token.toLowerCase()).digest('base64')
}

const COOKIE = 'session_id'
const HEX = /^[0-9a-f]{1,128}$/i

/** A request whose token is valid. */
export interface Admitted {
  token: string
  session: RestSession
  /** Whether the token came in a header or cookie, not in the URL. */
  inHeader: boolean
}

/** How tokens may be sent. */
export interface TokenSettings {
  /** Origins whose pages may use a cookie. */
  origins: readonly string[]
  tokensInQuery: boolean
}

/** Finds the session that a request belongs to. */
export class Tokens {
  readonly #kinds: readonly Sessions[]
  readonly #settings: TokenSettings

  /** A token is looked up in each kind of session in turn. */
  constructor(kinds: readonly Sessions[], settings: TokenSettings) {
    this.#kinds = kinds
    this.#settings = settings
  }

  /** Throws TCN_ACCESS_TOKEN, and TCN_HTTP_QUERY for a token in a URL if that is not allowed. */
  admit(request: IncomingMessage, query?: URLSearchParams, inPath?: string): Admitted {
    const inQuery = query?.get('token') ?? query?.get('salt_token') ?? undefined
    if (inQuery !== undefined && !this.#settings.tokensInQuery) {
      throw new TocsinError('TCN_HTTP_QUERY', 'a token must be in the header X-Auth-Token or a cookie')
    }
    const inUrl = inPath ?? inQuery
    const token = inUrl ?? this.#inHeaders(request)
    const session = token !== undefined && HEX.test(token) ? this.#find(token) : undefined
    if (token === undefined || session === undefined) throw new TocsinError('TCN_ACCESS_TOKEN')
    identified(request.socket)
    return { token, session, inHeader: inUrl === undefined }
  }

  #find(token: string): RestSession | undefined {
    for (const sessions of this.#kinds) {
      const session = sessions.find(token)
      if (session !== undefined) return session
    }
    return undefined
  }

  #inHeaders({ headers }: IncomingMessage): string | undefined {
    const header = headers['x-auth-token']
    if (typeof header === 'string' && header !== '') return header
    return mayUseCookie(headers, this.#settings.origins) ? cookieOf(headers.cookie) : undefined
  }
}

function cookieOf(header: string | undefined): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, value] = pair.split('=', 2)
    if (name.trim() === COOKIE && value !== undefined) return value.trim().replace(/^"(.*)"$/, '$1')
  }
  return undefined
}

/** Settings of cookies: lifetime, ms, and the origins of other pages that may use them. */
export interface CookieSettings {
  sessionTimeout: number
  origins: readonly string[]
}

/**
 * Returns the cookie of a token that is valid from `now` (µs since the epoch). Scripts cannot read it, and pages of
 * other sites cannot use it, unless origins are configured: these may belong to other sites.
 */
export function cookieFor(token: string, now: number, { sessionTimeout, origins }: CookieSettings): string {
  const expires = new Date(now / 1000 + sessionTimeout).toUTCString()
  const life = `expires=${expires}; Max-Age=${Math.round(sessionTimeout / 1000)}`
  return `${COOKIE}=${token}; ${life}; Path=/; HttpOnly${origins.length === 0 ? '; SameSite=Lax' : ''}`
}

export const NO_COOKIE = `${COOKIE}=; expires=${new Date(0).toUTCString()}; Max-Age=0; Path=/`

/**
 * Whether the page that sends the request may use the cookie of this listener. Answers allow every origin, as in
 * salt-api: without this check any page could read events with the cookie of the user who views it.
 */
function mayUseCookie({ origin, host }: IncomingHttpHeaders, origins: readonly string[]): boolean {
  if (origin === undefined) return true
  const asked = origin.toLowerCase()
  const own = host?.toLowerCase()
  if (asked === `http://${own}` || asked === `https://${own}`) return true
  return origins.some((each) => each === '*' || each.toLowerCase() === asked)
}
