import type { IncomingMessage } from 'node:http'
import type { Identity } from '../../../access/identify.js'
import { newSecret } from '../../../access/secret.js'
import type { Session } from '../../../access/session.js'
import type { SessionKind, StoredSessions } from '../../../access/stored-sessions.js'
import { cookieOf } from './cookie.js'

const RANDOM_BYTES = 32

/** Sessions of people who have logged in with a browser, which has a cookie for each of them. */
export const consoleSessions: SessionKind = {
  name: 'console',
  newSecret: (runtime) => newSecret(runtime, RANDOM_BYTES),
  form: /^[\w-]{43}$/,
  // An open page asks for its counts more often.
  idle: 2 * 3_600_000,
  life: 7 * 24 * 3_600_000,
  most: 1000,
  mostOfOne: 50,
  givesWay: true,
}

/**
 * A header that the console sends with each request. Pages of other origins cannot send it, so that a cookie without it
 * is none: browsers add cookies to requests of pages on other ports of the same host too.
 */
export const CONSOLE_HEADER = 'x-tocsin-console'

/** The logins of the console. */
export class Logins {
  readonly #sessions: StoredSessions

  constructor(sessions: StoredSessions) {
    this.#sessions = sessions
  }

  /** Resolves with the text for the cookie. */
  async begin(identity: Identity, address: string | undefined): Promise<string> {
    const { secret } = await this.#sessions.begin({ identity, address })
    return secret
  }

  /** Finds nobody without a cookie of a login that is still valid, and for requests of other pages. */
  identify(request: IncomingMessage): Identity | undefined | Promise<Identity | undefined> {
    const found = this.#find(request)
    return found instanceof Promise ? found.then((session) => session?.identity) : found?.identity
  }

  /** Ends the login of this request, and all streams that were opened with it, on all hubs. */
  async end(request: IncomingMessage): Promise<void> {
    const session = await this.#find(request)
    if (session !== undefined) await this.#sessions.end(session)
  }

  close(): void {
    this.#sessions.close()
  }

  #find(request: IncomingMessage): Session | undefined | Promise<Session | undefined> {
    const secret = request.headers[CONSOLE_HEADER] === undefined ? undefined : cookieOf(request)
    return secret === undefined ? undefined : this.#sessions.find(secret)
  }
}
