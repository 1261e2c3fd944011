import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { Identity } from '../../../access/identify.js'
import type { Principal } from '../../../bus/principal.js'
import { TocsinError } from '../../../event/errors.js'
import type { Cancel, Runtime } from '../../../event/runtime.js'

/** Somebody who has logged in. */
export interface Session {
  readonly principal: Principal
  readonly user: string
  readonly eauth: string
  /** µs since the epoch */
  readonly start: number
  readonly expire: number
  /** Fires when it is over: logged out, expired, or the password behind it changed. */
  readonly ended: AbortSignal
  /** Token of the salt-api behind, where the same login counts there too. */
  readonly upstreamToken?: string
}

export interface NewSession {
  identity: Identity
  user: string
  eauth: string
  upstreamToken?: string
}

export interface SessionsOptions {
  runtime: Runtime
  /** How long each lasts, ms. */
  life: number
  /** Random bytes of a token; its text is twice as long. */
  tokenBytes: number
}

interface Kept extends Session {
  readonly ending: AbortController
  /** ms (monotonic) */
  readonly due: number
  readonly release: () => void
}

const MOST_SESSIONS = 10_000
const MOST_OF_ONE = 1000

/** Who is logged in, in memory: a restart ends them all, as in salt-api. Of a token only the hash is kept. */
export class Sessions {
  readonly #runtime: Runtime
  readonly #life: number
  readonly #tokenBytes: number
  /** The oldest first, for all live equally long. */
  readonly #byHash = new Map<string, Kept>()
  readonly #counts = new Map<string, number>()
  #cancel: Cancel | undefined

  constructor({ runtime, life, tokenBytes }: SessionsOptions) {
    this.#runtime = runtime
    this.#life = life
    this.#tokenBytes = tokenBytes
  }

  /** Throws TCN_HTTP_TOO_MANY. One principal that logs in all the time loses its own oldest sessions. */
  open({ identity, ...about }: NewSession): { token: string; session: Session } {
    const { name } = identity.principal
    if ((this.#counts.get(name) ?? 0) >= MOST_OF_ONE) this.#endOldestOf(name)
    if (this.#byHash.size >= MOST_SESSIONS) {
      throw new TocsinError('TCN_HTTP_TOO_MANY', 'too many sessions')
    }
    const token = Buffer.from(this.#runtime.random(this.#tokenBytes)).toString('hex')
    const session = this.#make(hashOf(token), identity, about)
    this.#byHash.set(hashOf(token), session)
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    this.#watch()
    return { token, session }
  }

  find(token: string): Session | undefined {
    if (token.length !== this.#tokenBytes * 2) return undefined
    const session = this.#byHash.get(hashOf(token))
    return session === undefined || this.#runtime.monotonic() >= session.due ? undefined : session
  }

  /** Streams that were opened with it end. */
  end(token: string): void {
    this.#end(hashOf(token))
  }

  close(): void {
    this.#cancel?.()
    for (const { release } of this.#byHash.values()) release()
    this.#byHash.clear()
  }

  #make(hash: string, { principal, ended }: Identity, about: Omit<NewSession, 'identity'>): Kept {
    const ending = new AbortController()
    setMaxListeners(0, ending.signal)
    const end = () => this.#end(hash)
    ended?.addEventListener('abort', end, { once: true })
    const start = this.#runtime.now()
    return {
      ...about,
      principal,
      start,
      expire: start + this.#life * 1000,
      ended: ending.signal,
      ending,
      due: this.#runtime.monotonic() + this.#life,
      release: () => ended?.removeEventListener('abort', end),
    }
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
    session.release()
    const { name } = session.principal
    const left = (this.#counts.get(name) ?? 1) - 1
    if (left === 0) this.#counts.delete(name)
    else this.#counts.set(name, left)
    session.ending.abort()
  }

  /** One timer, for the one that expires first. */
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
