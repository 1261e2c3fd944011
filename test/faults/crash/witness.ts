import { type Event, parseCursor } from '../../../src/client/index.js'
import type { SeqRange } from '../../../src/log/event-log.js'

/** Prefix of the tags of load events, before the number of the producer. */
export const LOAD = 'load/'
const MAX_FAULTS = 20
const PRODUCER = 2 ** 40

export interface Acknowledged {
  /** Undefined when it was lost with the connection. */
  seq: number | undefined
  level: 'accepted' | 'durable'
}

/** Remembers over all rounds what the hub acknowledged and delivered, and finds contradictions. */
export class Witness {
  readonly faults: string[] = []
  readonly #names = new Names()
  readonly #acknowledged = new Map<number, Map<number, Acknowledged>>()
  readonly #durable = new Map<number, number>()
  readonly #lost = new Set<number>()
  #epoch: string | undefined
  /** Everything up to this seq is on disk. */
  durableSeq = 0

  fault(text: string): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push(text)
  }

  epoch(epoch: string): void {
    this.#epoch ??= epoch
    if (epoch !== this.#epoch) this.fault(`the epoch was ${this.#epoch} and is ${epoch}`)
  }

  /** Checks that a cursor always names the same event, even if a crash lost that event. */
  saw(event: Event): void {
    this.#named(event.seq, nameOf(event))
  }

  acknowledged(producer: number, n: number, cursor: string | undefined, level: Acknowledged['level']): void {
    const seq = cursor === undefined ? undefined : seqOf(cursor)
    if (seq !== undefined) this.#named(seq, producer * PRODUCER + n)
    this.#of(producer).set(n, { seq, level })
    if (level === 'accepted') return
    this.#durable.set(producer, Math.max(n, this.durableOf(producer)))
    this.durableSeq = Math.max(this.durableSeq, seq ?? 0)
  }

  /** Returns the highest durable event number of the producer. */
  durableOf(producer: number): number {
    return this.#durable.get(producer) ?? 0
  }

  acknowledgement(producer: number, n: number): Acknowledged | undefined {
    return this.#of(producer).get(n)
  }

  /** Records an event that was lost in a crash before it was reported as durable. */
  lost(producer: number, n: number): void {
    this.#lost.add(producer * PRODUCER + n)
  }

  get lostCount(): number {
    return this.#lost.size
  }

  isLost(producer: number, n: number): boolean {
    return this.#lost.has(producer * PRODUCER + n)
  }

  /** Forgets an event that has been compared with the log, where it can no longer change. */
  forget(producer: number, n: number): void {
    this.#of(producer).delete(n)
  }

  #of(producer: number): Map<number, Acknowledged> {
    const known = this.#acknowledged.get(producer)
    if (known !== undefined) return known
    const empty = new Map<number, Acknowledged>()
    this.#acknowledged.set(producer, empty)
    return empty
  }

  #named(seq: number, name: number): void {
    const before = this.#names.note(seq, name)
    if (before !== name) this.fault(`number ${seq} was ${show(before)} and is ${show(name)}`)
  }
}

const BLOCK = 4096

/** A name for each seq. A long run has millions, more than a Map can hold. */
class Names {
  readonly #blocks = new Map<number, Float64Array>()

  /** Keeps the first name of a seq, and returns it. */
  note(seq: number, name: number): number {
    const number = Math.floor(seq / BLOCK)
    let block = this.#blocks.get(number)
    if (block === undefined) {
      block = new Float64Array(BLOCK)
      this.#blocks.set(number, block)
    }
    const at = seq % BLOCK
    if (block[at] === 0) block[at] = name
    return block[at]
  }
}

export function seqOf(cursor: string): number {
  return parseCursor(cursor).seq
}

/** Returns the range that contains the seq. Ranges are in order, and there may be a thousand. */
export function rangeOf(ranges: readonly SeqRange[], seq: number): SeqRange | undefined {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ranges[middle].to < seq) low = middle + 1
    else high = middle
  }
  return low < ranges.length && ranges[low].from <= seq ? ranges[low] : undefined
}

export function loadOf(event: Event): { producer: number; n: number } | undefined {
  if (!event.tag.startsWith(LOAD)) return undefined
  return { producer: Number(event.tag.slice(LOAD.length)), n: (event.data as { n: number }).n }
}

/**
 * Identifies an event by more than its seq: the number of its producer, or the time for one of the hub's own events.
 */
function nameOf(event: Event): number {
  const load = loadOf(event)
  return load === undefined ? -event.time : load.producer * PRODUCER + load.n
}

function show(name: number): string {
  return name < 0 ? `the event of ${-name}` : `p${Math.floor(name / PRODUCER)}:${name % PRODUCER}`
}
