import type { FieldValues } from '../types/template.js'

/** The values of an event that an action needs. */
export interface Wanted {
  readonly values: FieldValues
  readonly chain: readonly string[]
  readonly cause: string
  /** `traceparent` of the event. */
  readonly trace: string | undefined
  /** Bytes that it takes in memory, roughly. */
  readonly bytes: number
}

/** An event that waits for its turn in the order in which events happened. Times are µs since the epoch. */
export interface HeldEvent {
  readonly tag: string
  readonly seq: number
  /** When it happened. */
  readonly time: number
  /** The time of the log until which it waits. */
  readonly due: number
  /** The group of the rule. */
  readonly key: string
  /** Undefined if it only ends a wait; the reason if it is too large. */
  readonly wanted: Wanted | string | undefined
  /** The place of the condition that it matches, if the rule has several. */
  readonly place?: number | undefined
}

export type HeldSnapshot = [
  tag: string,
  seq: number,
  time: number,
  due: number,
  key: string,
  wanted?: string | WantedSnapshot,
  place?: number,
]

type WantedSnapshot = [values: FieldValues, chain: string[], cause: string, bytes: number, trace?: string]

const MOST_EVENTS = 10_000
const MOST_BYTES = 4 * 1024 * 1024
/** Bytes of an event beside its texts and values, roughly. */
const EVENT_BYTES = 128
const EVENTS_A_STEP = 64

/** Events of one rule, in bounded number, in the order in which they happened. */
export class HeldMatches {
  /** Events of one time are in the order of their numbers. */
  readonly #inOrder: HeldEvent[] = []
  readonly #asStored = new Set<HeldEvent>()
  /** Number of held events of each group. */
  readonly #counts = new Map<string, number>()
  #bytes = 0

  get size(): number {
    return this.#inOrder.length
  }

  /** Returns whether there are too many. */
  get isFull(): boolean {
    return this.size > MOST_EVENTS || this.#bytes > MOST_BYTES
  }

  /** When the first of them that was stored has waited long enough: it is its turn, after all that happened before it. */
  get nextDue(): number {
    for (const { due } of this.#asStored) return due
    return Number.POSITIVE_INFINITY
  }

  add(event: HeldEvent): void {
    const inOrder = this.#inOrder
    let at = inOrder.length
    while (at > 0 && isAfter(inOrder[at - 1], event)) at--
    inOrder.splice(at, 0, event)
    this.#asStored.add(event)
    this.#counts.set(event.key, (this.#counts.get(event.key) ?? 0) + 1)
    this.#bytes += bytesOf(event)
  }

  /** Takes the one that happened first. */
  take(): HeldEvent | undefined {
    return this.#takeAt(0)
  }

  /** Takes the first of the group, if it did not happen after this time. */
  takeOf(key: string, time: number): HeldEvent | undefined {
    if (!this.#counts.has(key)) return undefined
    const at = this.#inOrder.findIndex((event) => event.key === key || event.time > time)
    return at < 0 || this.#inOrder[at].time > time ? undefined : this.#takeAt(at)
  }

  *snapshotSteps(): Generator<undefined, HeldSnapshot[]> {
    const events: HeldSnapshot[] = []
    for (const { tag, seq, time, due, key, wanted, place } of this.#asStored) {
      const count = events.push([tag, seq, time, due, key, ...kept(wanted, place)])
      if (count % EVENTS_A_STEP === 0) yield
    }
    return events
  }

  restore(events: readonly HeldSnapshot[]): void {
    for (const [tag, seq, time, due, key, wanted, place] of events)
      this.add({ tag, seq, time, due, key, wanted: wantedIn(wanted), place })
  }

  #takeAt(at: number): HeldEvent | undefined {
    const [event] = this.#inOrder.splice(at, 1)
    if (event === undefined) return undefined
    this.#asStored.delete(event)
    this.#bytes -= bytesOf(event)
    const left = (this.#counts.get(event.key) ?? 1) - 1
    if (left > 0) this.#counts.set(event.key, left)
    else this.#counts.delete(event.key)
    return event
  }
}

function isAfter(one: HeldEvent, other: HeldEvent): boolean {
  return one.time > other.time || (one.time === other.time && one.seq > other.seq)
}

function bytesOf({ tag, key, wanted }: HeldEvent): number {
  return EVENT_BYTES + tag.length + key.length + (typeof wanted === 'object' ? wanted.bytes : 0)
}

function kept(wanted: HeldEvent['wanted'], place: HeldEvent['place']): [HeldSnapshot[5]?, HeldSnapshot[6]?] {
  if (wanted === undefined) return []
  const known: [number?] = place === undefined ? [] : [place]
  if (typeof wanted === 'string') return [wanted, ...known]
  const { values, chain, cause, bytes, trace } = wanted
  const snapshot: WantedSnapshot = [values, [...chain], cause, bytes]
  if (trace !== undefined) snapshot.push(trace)
  return [snapshot, ...known]
}

function wantedIn(snapshot: HeldSnapshot[5]): HeldEvent['wanted'] {
  if (!Array.isArray(snapshot)) return snapshot
  const [values, chain, cause, bytes, trace] = snapshot
  return { values, chain, cause, bytes, trace }
}

/** The event that a number of events of its group has led to. */
export function withCount(wanted: Wanted | string, count: number): Wanted | string {
  if (typeof wanted === 'string' || !('count' in wanted.values)) return wanted
  return { ...wanted, values: { ...wanted.values, count } }
}
