import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Identity } from '../../../access/identify.js'
import type { Cancel, Runtime } from '../../../event/runtime.js'
import { cookieOf } from './cookie.js'

/** A login without a request for this time is over, ms: an open page asks for its counts more often. */
export const IDLE_MS = 2 * 3_600_000
const MAX_LOGINS = 1000
const MAX_LOGINS_OF_PRINCIPAL = 50
const RANDOM_BYTES = 32

/**
 * A header that the console sends with each request. Pages of other origins cannot send it, so that a cookie without it
 * is none: browsers add cookies to requests of pages on other ports of the same host too.
 */
export const CONSOLE_HEADER = 'x-tocsin-console'

interface Login {
  readonly identity: Identity
  readonly ending: AbortController
  /** Stops waiting for its longest time. */
  readonly cancel: Cancel
  /** ms (monotonic) */
  due: number
}

/** People who have logged in with a browser, which has a cookie for each of them. */
export class Logins {
  readonly #runtime: Runtime
  /** By the hash of the cookie; the one used last is the last. */
  readonly #byHash = new Map<string, Login>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Returns the text for the cookie. A login ends when it was not used for a while, and after its `lifetime` in ms. */
  begin({ principal, ended }: Identity, lifetime?: number): string {
    this.#makeRoom(principal.name)
    const secret = Buffer.from(this.#runtime.random(RANDOM_BYTES)).toString('base64url')
    const ending = new AbortController()
    const signal = ended === undefined ? ending.signal : AbortSignal.any([ending.signal, ended])
    // Every stream that was opened with the login adds a listener.
    setMaxListeners(0, signal)
    const hash = hashOf(secret)
    const end = () => this.#end(hash, login)
    const cancel = lifetime === undefined ? () => undefined : this.#runtime.after(lifetime, end)
    const login: Login = { identity: { principal, ended: signal }, ending, cancel, due: this.#due() }
    this.#byHash.set(hash, login)
    return secret
  }

  /** Returns undefined without a cookie of a login that is still valid, and for requests of other pages. */
  identify(request: IncomingMessage): Identity | undefined {
    const hash = hashIn(request)
    const login = hash === undefined ? undefined : this.#byHash.get(hash)
    if (hash === undefined || login === undefined) return undefined
    if (this.#isOver(login)) {
      this.#end(hash, login)
      return undefined
    }
    login.due = this.#due()
    this.#byHash.delete(hash)
    this.#byHash.set(hash, login)
    return login.identity
  }

  /** Ends the login of this request, and all streams that were opened with it. */
  end(request: IncomingMessage): void {
    const hash = hashIn(request)
    const login = hash === undefined ? undefined : this.#byHash.get(hash)
    if (hash !== undefined && login !== undefined) this.#end(hash, login)
  }

  #makeRoom(principal: string): void {
    for (const [hash, login] of this.#byHash) if (this.#isOver(login)) this.#end(hash, login)
    const own = [...this.#byHash].filter(([, { identity }]) => identity.principal.name === principal)
    const [oldest] = own.length >= MAX_LOGINS_OF_PRINCIPAL ? own : this.#byHash
    if (own.length >= MAX_LOGINS_OF_PRINCIPAL || this.#byHash.size >= MAX_LOGINS) this.#end(...oldest)
  }

  #isOver({ identity, due }: Login): boolean {
    return identity.ended?.aborted === true || this.#runtime.monotonic() >= due
  }

  #end(hash: string, login: Login): void {
    login.cancel()
    this.#byHash.delete(hash)
    login.ending.abort()
  }

  #due(): number {
    return this.#runtime.monotonic() + IDLE_MS
  }
}

function hashIn(request: IncomingMessage): string | undefined {
  if (request.headers[CONSOLE_HEADER] === undefined) return undefined
  const secret = cookieOf(request)
  return secret === undefined ? undefined : hashOf(secret)
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
