import type { Runtime } from '../event/runtime.js'
import type { LiveSession } from './session.js'
import type { SessionRecord } from './session-record.js'

/** A session as one hub knows it. */
export interface KeptSession {
  readonly key: string
  readonly record: SessionRecord
  /** The revision of the record in the store; 0 if it is not stored yet. */
  revision: number
  /** Set when somebody has shown the secret to this hub. */
  live: LiveSession | undefined
  /** When it is over if nobody uses it, and in any case, ms (monotonic). */
  idleDue: number
  readonly endDue: number
}

/** The duration of sessions, ms. */
export interface SessionTimes {
  readonly life?: number
  readonly idle?: number
}

/** A last use is stored at most this often in the time that a session may be unused. */
const USES_STORED = 15

/** Sessions by their keys; the one unused for longest is the first. */
export class SessionTable implements Iterable<KeptSession> {
  readonly #runtime: Runtime
  readonly #life: number
  readonly #idle: number
  readonly #byKey = new Map<string, KeptSession>()
  readonly #counts = new Map<string, number>()

  constructor(runtime: Runtime, { life, idle }: SessionTimes) {
    this.#runtime = runtime
    this.#life = life ?? Number.POSITIVE_INFINITY
    this.#idle = idle ?? Number.POSITIVE_INFINITY
  }

  get size(): number {
    return this.#byKey.size
  }

  [Symbol.iterator](): Iterator<KeptSession> {
    return this.#byKey.values()
  }

  get(key: string): KeptSession | undefined {
    return this.#byKey.get(key)
  }

  has(kept: KeptSession): boolean {
    return this.#byKey.get(kept.key) === kept
  }

  countOf(principal: string): number {
    return this.#counts.get(principal) ?? 0
  }

  oldestOf(principal: string): KeptSession | undefined {
    for (const kept of this.#byKey.values()) if (kept.record.principal === principal) return kept
    return undefined
  }

  /** Puts those that were added in another order into that of their last use. */
  sort(): void {
    const sorted = [...this.#byKey.values()].sort((a, b) => a.record.used - b.record.used)
    this.#byKey.clear()
    for (const kept of sorted) this.#byKey.set(kept.key, kept)
  }

  add(key: string, record: SessionRecord): KeptSession {
    const endDue = this.#endDue(record)
    const kept: KeptSession = { key, record, revision: 0, live: undefined, idleDue: -Infinity, endDue }
    this.#setIdleDue(kept, record.used)
    this.#byKey.set(key, kept)
    this.#counts.set(record.principal, this.countOf(record.principal) + 1)
    return kept
  }

  /** Returns false if it is not there any more. */
  remove(kept: KeptSession): boolean {
    if (!this.has(kept)) return false
    const { principal } = kept.record
    this.#byKey.delete(kept.key)
    const left = this.countOf(principal) - 1
    if (left === 0) this.#counts.delete(principal)
    else this.#counts.set(principal, left)
    return true
  }

  due({ idleDue, endDue }: KeptSession): number {
    return Math.min(idleDue, endDue)
  }

  isDue(kept: KeptSession): boolean {
    return this.due(kept) <= this.#runtime.monotonic()
  }

  /** Notes a use on this hub; true if it should be stored. */
  use(kept: KeptSession): boolean {
    if (this.#idle === Number.POSITIVE_INFINITY) return false
    kept.idleDue = this.#runtime.monotonic() + this.#idle
    this.#toEnd(kept)
    const now = this.#runtime.now()
    if (Math.abs(now - kept.record.used) < this.#storedEvery * 1000) return false
    kept.record.used = now
    return true
  }

  /** Takes over the last use that another hub has stored. */
  usedElsewhere(kept: KeptSession, used: number): void {
    if (used <= kept.record.used) return
    kept.record.used = used
    this.#setIdleDue(kept, used)
    this.#toEnd(kept)
  }

  get #storedEvery(): number {
    return this.#idle / USES_STORED
  }

  /** The hub that has stored this use may have seen later ones. */
  #setIdleDue(kept: KeptSession, used: number): void {
    if (this.#idle === Number.POSITIVE_INFINITY) {
      kept.idleDue = this.#idle
      return
    }
    const unused = Math.max(0, this.#runtime.now() - used) / 1000
    const due = this.#runtime.monotonic() + this.#idle + this.#storedEvery - unused
    kept.idleDue = Math.max(kept.idleDue, due)
  }

  #endDue({ started, until = Number.POSITIVE_INFINITY }: SessionRecord): number {
    const last = Math.min(until, started + this.#life * 1000)
    const left = (last - this.#runtime.now()) / 1000
    return this.#runtime.monotonic() + Math.min(left, this.#life)
  }

  #toEnd(kept: KeptSession): void {
    this.#byKey.delete(kept.key)
    this.#byKey.set(kept.key, kept)
  }
}
