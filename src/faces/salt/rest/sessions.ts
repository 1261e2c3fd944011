import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { newSecret } from '../../../access/secret.js'
import type { Session } from '../../../access/session.js'
import type { SessionKind, StoredSessions } from '../../../access/stored-sessions.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { identified } from '../../shared/strangers.js'

const LOGIN_TOKEN_BYTES = 20
const SALT_TOKEN_BYTES = 32

/** The duration of the sessions of one bus, ms. */
export interface SessionLives {
  sessionTimeout: number
  tokenExpire: number
}

/** Sessions opened with `/login`, and those opened with `/token`, which have longer tokens. */
export function sessionKinds(
  bus: string,
  { sessionTimeout, tokenExpire }: SessionLives,
): { sessions: SessionKind; saltTokens: SessionKind } {
  return {
    sessions: kindOf(`salt/${bus}/login`, LOGIN_TOKEN_BYTES, sessionTimeout),
    saltTokens: kindOf(`salt/${bus}/token`, SALT_TOKEN_BYTES, tokenExpire),
  }
}

function kindOf(name: string, bytes: number, life: number): SessionKind {
  return {
    name,
    newSecret: (runtime) => newSecret(runtime, bytes, 'hex'),
    form: new RegExp(`^[0-9a-f]{${2 * bytes}}$`),
    life,
    most: 10_000,
    mostOfOne: 1000,
    shown: { context: 'salt-api', protocol: 'http' },
  }
}

const COOKIE = 'session_id'
const MAX_TOKEN = 128

/** A request whose token is valid. */
export interface Admitted {
  token: string
  session: Session
  /** True if the token came in a header or cookie, not in the URL. */
  inHeader: boolean
}

/** The ways in which tokens may be sent. */
export interface TokenSettings {
  /** Origins whose pages may use a cookie. */
  origins: readonly string[]
  tokensInQuery: boolean
}

/** Finds the session that a request belongs to. */
export class Tokens {
  readonly #kinds: readonly StoredSessions[]
  readonly #settings: TokenSettings

  /** A token is looked up in each kind of session in turn. */
  constructor(kinds: readonly StoredSessions[], settings: TokenSettings) {
    this.#kinds = kinds
    this.#settings = settings
  }

  /** Rejects with TCN_ACCESS_TOKEN, and TCN_HTTP_QUERY for a token in a URL if that is not allowed. */
  async admit(request: IncomingMessage, query?: URLSearchParams, inPath?: string): Promise<Admitted> {
    const inQuery = query?.get('token') ?? query?.get('salt_token') ?? undefined
    if (inQuery !== undefined && !this.#settings.tokensInQuery) {
      throw new TocsinError('TCN_HTTP_QUERY', 'a token must be in the header X-Auth-Token or a cookie')
    }
    const inUrl = inPath ?? inQuery
    const token = inUrl ?? this.#inHeaders(request)
    const session =
      token === undefined ? undefined : await this.#find(token.slice(0, MAX_TOKEN).toLowerCase())
    if (token === undefined || session === undefined) throw new TocsinError('TCN_ACCESS_TOKEN')
    identified(request.socket)
    return { token, session, inHeader: inUrl === undefined }
  }

  async #find(token: string): Promise<Session | undefined> {
    for (const sessions of this.#kinds) {
      const session = await sessions.find(token)
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
 * Returns whether the page that sends the request may use the cookie of this listener. Answers allow every origin, as
 * in salt-api: without this check any page could read events with the cookie of the user who views it.
 */
function mayUseCookie({ origin, host }: IncomingHttpHeaders, origins: readonly string[]): boolean {
  if (origin === undefined) return true
  const asked = origin.toLowerCase()
  const own = host?.toLowerCase()
  if (asked === `http://${own}` || asked === `https://${own}`) return true
  return origins.some((each) => each === '*' || each.toLowerCase() === asked)
}
