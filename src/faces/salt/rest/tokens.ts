import type { IncomingMessage } from 'node:http'
import { TocsinError } from '../../../event/errors.js'
import { mayUseCookie } from './cors.js'
import type { Session, Sessions } from './sessions.js'
import type { RestSettings } from './settings.js'

const COOKIE = 'session_id'
const HEX = /^[0-9a-f]{1,128}$/i

export interface Shown {
  token: string
  session: Session
  /** In a header or cookie, not in the address. */
  inHeader: boolean
}

/** Finds whose session a request belongs to. */
export class Tokens {
  readonly #kinds: readonly Sessions[]
  readonly #settings: Pick<RestSettings, 'origins' | 'tokensInQuery'>

  /** A token is looked for among each kind of session in turn. */
  constructor(kinds: readonly Sessions[], settings: Pick<RestSettings, 'origins' | 'tokensInQuery'>) {
    this.#kinds = kinds
    this.#settings = settings
  }

  /** Throws TCN_ACCESS_TOKEN, and TCN_HTTP_QUERY where a token is in an address that may have none. */
  admit(request: IncomingMessage, query?: URLSearchParams, inPath?: string): Shown {
    const inQuery = query?.get('token') ?? query?.get('salt_token') ?? undefined
    if (inQuery !== undefined && !this.#settings.tokensInQuery) {
      throw new TocsinError('TCN_HTTP_QUERY', 'a token is taken in the header X-Auth-Token or a cookie only')
    }
    const inAddress = inPath ?? inQuery
    const token = inAddress ?? this.#inHeaders(request)
    const session = token !== undefined && HEX.test(token) ? this.#find(token) : undefined
    if (token === undefined || session === undefined) throw new TocsinError('TCN_ACCESS_TOKEN')
    return { token, session, inHeader: inAddress === undefined }
  }

  #find(token: string): Session | undefined {
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

/** Of one that holds from `now` on, µs since the epoch; `life` in ms. */
export function cookieFor(token: string, now: number, life: number): string {
  const expires = new Date(now / 1000 + life).toUTCString()
  return `${COOKIE}=${token}; expires=${expires}; Max-Age=${Math.round(life / 1000)}; Path=/`
}

export const NO_COOKIE = `${COOKIE}=; expires=${new Date(0).toUTCString()}; Max-Age=0; Path=/`
