import { setMaxListeners } from 'node:events'
import type { Principal } from '../bus/principal.js'
import type { Identity } from './identify.js'
import type { Proof, SessionRecord } from './session-record.js'

/** Somebody who has logged in, as this hub knows them. */
export interface Session {
  readonly principal: Principal
  /** The text that was sealed with the secret. */
  readonly hidden: string | undefined
  /** Number of the session on this hub. */
  readonly usid: number | undefined
  /** µs since the epoch */
  readonly started: number
  readonly until: number | undefined
  /** Aborted when the session ends. */
  readonly ended: AbortSignal
  /** The session as credentials. */
  readonly identity: Identity
  /** Calls the listener when the session ends. */
  onEnd(listener: () => void): void
  offEnd(listener: () => void): void
}

/** There may be thousands, so the signal is made only for those that need it. */
export class LiveSession implements Session {
  readonly key: string
  readonly principal: Principal
  readonly hidden: string | undefined
  usid: number | undefined
  readonly #record: SessionRecord
  readonly #credentials: AbortSignal | undefined
  readonly #listeners = new Set<() => void>()
  #ending: AbortController | undefined
  #onInvalid: () => void = () => undefined
  #hasEnded = false

  constructor(key: string, record: SessionRecord, { principal, ended }: Identity, hidden?: string) {
    this.key = key
    this.principal = principal
    this.hidden = hidden
    this.#record = record
    this.#credentials = ended
  }

  get started(): number {
    return this.#record.started
  }

  get until(): number | undefined {
    return this.#record.until
  }

  get ended(): AbortSignal {
    if (this.#ending === undefined) {
      this.#ending = new AbortController()
      // Every stream that was opened with the session adds a listener.
      setMaxListeners(0, this.#ending.signal)
      if (this.#hasEnded) this.#ending.abort()
    }
    return this.#ending.signal
  }

  get identity(): Identity {
    const { principal, ended } = this
    return { principal, ended, proof: this.#proof }
  }

  /** Calls the listener once when the credentials of the login are no longer valid. */
  whenInvalid(listener: () => void): void {
    this.#onInvalid = listener
    this.#credentials?.addEventListener('abort', listener, { once: true })
  }

  onEnd(listener: () => void): void {
    this.#listeners.add(listener)
  }

  offEnd(listener: () => void): void {
    this.#listeners.delete(listener)
  }

  end(): void {
    this.release()
    this.#hasEnded = true
    this.#ending?.abort()
    for (const listener of [...this.#listeners]) listener()
  }

  /** Forgets the credentials. */
  release(): void {
    this.#credentials?.removeEventListener('abort', this.#onInvalid)
  }

  /** A session that begins with this one ends no later. */
  get #proof(): Proof | undefined {
    const { proof, until } = this.#record
    return until === undefined ? proof : { way: 'principal', id: '', ...proof, until }
  }
}
