import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { Identity } from '../../access/identify.js'
import type { Sessions } from '../../access/sessions.js'
import type { Principal } from '../../bus/principal.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { secretText } from '../../protocols/sysadm/codec/secret-text.js'

/** How long a token is valid after it was last used, ms. */
export const TOKEN_LIFE = 900_000
const TOKEN_LENGTH = 20
const MAX_LOGINS = 10_000
const MAX_LOGINS_OF_PRINCIPAL = 1000

/** A valid token. Several connections may use it. */
export interface Login {
  readonly principal: Principal
  /** Number of the session. */
  readonly usid: number | undefined
  /** Aborted when the token ends: cleared, not used for too long, or its credentials are no longer valid. */
  readonly ended: AbortSignal
  /** Calls the listener when the token ends. */
  onEnd(listener: () => void): void
  offEnd(listener: () => void): void
}

/** There may be thousands, so the signal is made only for requests that need it. */
class OpenLogin implements Login {
  readonly principal: Principal
  readonly usid: number | undefined
  readonly hash: string
  /** ms (monotonic) */
  due: number
  /** Forgets the credentials. */
  release: () => void = () => {}
  #ending: AbortController | undefined
  #hasEnded = false
  readonly #listeners = new Set<() => void>()

  constructor(principal: Principal, usid: number | undefined, hash: string, due: number) {
    this.principal = principal
    this.usid = usid
    this.hash = hash
    this.due = due
  }

  get ended(): AbortSignal {
    if (this.#ending === undefined) {
      this.#ending = new AbortController()
      setMaxListeners(0, this.#ending.signal)
      if (this.#hasEnded) this.#ending.abort()
    }
    return this.#ending.signal
  }

  onEnd(listener: () => void): void {
    this.#listeners.add(listener)
  }

  offEnd(listener: () => void): void {
    this.#listeners.delete(listener)
  }

  end(): void {
    this.#hasEnded = true
    this.#ending?.abort()
    for (const listener of [...this.#listeners]) listener()
  }
}

/** All tokens, in memory, so that a restart ends them, as in SysAdm. Only their hashes are kept. */
export class Logins {
  readonly #runtime: Runtime
  readonly #sessions: Pick<Sessions, 'begin' | 'end'> | undefined
  /** In the order in which they expire: one that is used goes to the end. */
  readonly #byHash = new Map<string, OpenLogin>()
  readonly #counts = new Map<string, number>()
  #cancel: Cancel | undefined

  constructor(runtime: Runtime, sessions?: Pick<Sessions, 'begin' | 'end'>) {
    this.#runtime = runtime
    this.#sessions = sessions
  }

  /** Returns undefined if there are too many. A principal with too many loses its own oldest. */
  open({ principal, ended }: Identity, address = ''): { token: string; login: Login } | undefined {
    if (this.#countOf(principal) >= MAX_LOGINS_OF_PRINCIPAL) this.#endOldestOf(principal)
    if (this.#byHash.size >= MAX_LOGINS) return undefined
    const token = secretText(TOKEN_LENGTH, this.#runtime.random)
    const usid = this.#sessions?.begin(principal.name, 'sysadm', `https ${address}`)
    const login = this.#make(hashOf(token), principal, usid, ended)
    this.#byHash.set(login.hash, login)
    this.#counts.set(principal.name, this.#countOf(principal) + 1)
    this.#watch()
    return { token, login }
  }

  /** Finds the login of a whole token, and renews it. */
  find(token: string): Login | undefined {
    const login = token.length === TOKEN_LENGTH ? this.#byHash.get(hashOf(token)) : undefined
    return login !== undefined && this.renew(login) ? login : undefined
  }

  /** Makes the token valid for its whole time again. Returns false if it has ended. */
  renew(login: Login): boolean {
    const open = login as OpenLogin
    const now = this.#runtime.monotonic()
    if (this.#byHash.get(open.hash) !== open || open.due <= now) return false
    open.due = now + TOKEN_LIFE
    this.#byHash.delete(open.hash)
    this.#byHash.set(open.hash, open)
    return true
  }

  /** Ends the token for every connection that uses it. */
  end(login: Login): void {
    const open = login as OpenLogin
    if (!this.#byHash.delete(open.hash)) return
    open.release()
    if (open.usid !== undefined) this.#sessions?.end(open.usid)
    const left = this.#countOf(open.principal) - 1
    if (left === 0) this.#counts.delete(open.principal.name)
    else this.#counts.set(open.principal.name, left)
    open.end()
  }

  close(): void {
    this.#cancel?.()
    for (const { release } of this.#byHash.values()) release()
    this.#byHash.clear()
  }

  #countOf({ name }: Principal): number {
    return this.#counts.get(name) ?? 0
  }

  #make(
    hash: string,
    principal: Principal,
    usid: number | undefined,
    ended: AbortSignal | undefined,
  ): OpenLogin {
    const login = new OpenLogin(principal, usid, hash, this.#runtime.monotonic() + TOKEN_LIFE)
    if (ended !== undefined) {
      const end = () => this.end(login)
      login.release = () => ended.removeEventListener('abort', end)
      ended.addEventListener('abort', end, { once: true })
    }
    return login
  }

  #endOldestOf({ name }: Principal): void {
    for (const login of this.#byHash.values()) {
      if (login.principal.name !== name) continue
      this.end(login)
      return
    }
  }

  /** Sets one timer, for the login that expires first. */
  #watch(): void {
    const [first] = this.#byHash.values()
    if (this.#cancel !== undefined || first === undefined) return
    this.#cancel = this.#runtime.after(Math.max(1, first.due - this.#runtime.monotonic()), () => {
      this.#cancel = undefined
      this.#endExpired()
      this.#watch()
    })
  }

  #endExpired(): void {
    const now = this.#runtime.monotonic()
    for (const login of this.#byHash.values()) {
      if (login.due > now) return
      this.end(login)
    }
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64')
}
