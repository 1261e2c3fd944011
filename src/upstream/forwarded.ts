import { isCount } from '../event/json/object.js'
import type { SeqRange } from '../log/event-log.js'
import type { ForwardedEvents } from '../sources/source.js'

/** The forwarded events, as they are kept beside the position. */
export interface ForwardedRange {
  /** Events after this number were forwarded if the filter selects them. */
  since: number
  /** The filter, as JSON. */
  filter: string
  /** Events that the filter selects, and that the other hub does not have: refused, too large, too old or parked. */
  leftOut: [from: number, to: number][]
}

/** A place up to which events were forwarded. */
interface ReachedPlace {
  seq: number
  counter: number
  /** Epoch of the log there. */
  there?: string
  range?: ForwardedRange
}

/** The other hub, as it is at a connection. */
interface HubThere {
  lastCounter: number
  epoch: string
  /** True if it keeps events on a disk. */
  durable: boolean
}

/** Ranges that are kept apart. Older ones are joined, with what is between them. */
const MAX_RANGES = 64
/** No event was forwarded to a disk. */
const NEVER = Number.POSITIVE_INFINITY

/** Knows which events of this hub are on the disk of another one. */
export class Forwarded implements ForwardedEvents {
  readonly name: string
  readonly filters: readonly string[]
  readonly #filter: string
  readonly #away: () => string | undefined
  #since: number | undefined
  #leftOut: SeqRange[] = []
  passed = 0

  /** `away`: why nothing is forwarded now. */
  constructor(name: string, filters: readonly string[], away: () => string | undefined) {
    this.name = name
    this.filters = filters
    this.#filter = JSON.stringify(filters)
    this.#away = away
  }

  get away(): string | undefined {
    return this.#away()
  }

  /** Equal as long as what was forwarded stays so. */
  get key(): string {
    return JSON.stringify([this.name, this.#filter, this.#since, this.#leftOut])
  }

  has(seq: number): boolean {
    if (this.#since === undefined || seq <= this.#since || seq > this.passed) return false
    return !this.#leftOut.some(({ from, to }) => from <= seq && seq <= to)
  }

  /** Continues at a place that is stored; undefined: nothing of this log was forwarded. */
  restore(reached: ReachedPlace | undefined): void {
    const { seq = 0, range } = reached ?? {}
    const isKnown = range?.filter === this.#filter
    this.passed = seq
    this.#since = isKnown ? range.since : undefined
    this.#leftOut = isKnown ? range.leftOut.map(([from, to]) => ({ from, to })) : []
  }

  /**
   * Forwarding continues over a new connection, after this number (undefined: where the configuration says). What the hub
   * there has, but has not said to be on its disk, does not count.
   */
  connected(
    reached: ReachedPlace | undefined,
    after: number | undefined,
    { lastCounter, epoch, durable }: HubThere,
  ): void {
    const isOtherLog = reached?.there !== undefined && reached.there !== epoch
    if (isOtherLog) this.#since = after
    else this.#since ??= after
    if (!durable) this.#since = NEVER
    // It has lost what it had on its disk: only its next answer says what it still has there.
    const hasLost = lastCounter > 0 && lastCounter < (reached?.counter ?? 0)
    this.passed = hasLost || isOtherLog ? 0 : Math.min(this.passed, after ?? this.passed)
  }

  /** Every event up to this number is safe there, or is not to be forwarded. */
  movedTo(seq: number): void {
    this.#since ??= seq
    this.passed = seq
  }

  leaveOut({ from, to }: SeqRange): void {
    const last = this.#leftOut.at(-1)
    if (last !== undefined && from <= last.to + 1 && to >= last.from) {
      last.from = Math.min(last.from, from)
      last.to = Math.max(last.to, to)
      return
    }
    this.#leftOut.push({ from, to })
    if (this.#leftOut.length <= MAX_RANGES) return
    const [oldest, second] = this.#leftOut.splice(0, 2)
    this.#leftOut.unshift({ from: Math.min(oldest.from, second.from), to: Math.max(oldest.to, second.to) })
  }

  get range(): ForwardedRange | undefined {
    if (this.#since === undefined || this.#since === NEVER) return undefined
    const leftOut = this.#leftOut.map(({ from, to }): [number, number] => [from, to])
    return { since: this.#since, filter: this.#filter, leftOut }
  }
}

/** Returns whether a stored value is a range; it may be missing. */
export function isForwardedRange(stored: unknown): stored is ForwardedRange | undefined {
  if (stored === undefined) return true
  const { since, filter, leftOut } = (stored ?? {}) as Partial<ForwardedRange>
  return (
    isCount(since) &&
    typeof filter === 'string' &&
    Array.isArray(leftOut) &&
    leftOut.every((range) => Array.isArray(range) && range.length === 2 && range.every(isCount))
  )
}
