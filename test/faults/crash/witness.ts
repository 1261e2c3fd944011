import { type Event, parseCursor } from '../../../src/client/index.js'
import type { SeqRange } from '../../../src/log/event-log.js'

/** Tags of the load begin so, and end with the number of the producer. */
export const LOAD = 'load/'
const MAX_FAULTS = 20
const PRODUCER = 2 ** 40

export interface Acknowledged {
  /** Undefined when it was lost with the connection. */
  seq: number | undefined
  level: 'accepted' | 'durable'
}

/** Remembers over all rounds what was said and seen, and finds contradictions. */
export class Witness {
  readonly faults: string[] = []
  readonly #names = new Names()
  readonly #acknowledged = new Map<number, Map<number, Acknowledged>>()
  readonly #durable = new Map<number, number>()
  readonly #lost = new Set<number>()
  #epoch: string | undefined
  /** Everything up to here is on the disk. */
  durableSeq = 0

  fault(text: string): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push(text)
  }

  epoch(epoch: string): void {
    this.#epoch ??= epoch
    if (epoch !== this.#epoch) this.fault(`the epoch was ${this.#epoch} and is ${epoch}`)
  }

  /** A cursor means one event for ever, also when a crash took that. */
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

  /** Highest number of the producer that is on the disk. */
  durableOf(producer: number): number {
    return this.#durable.get(producer) ?? 0
  }

  acknowledgement(producer: number, n: number): Acknowledged | undefined {
    return this.#of(producer).get(n)
  }

  /** A crash took it, and nobody had been told that it was on the disk. */
  lost(producer: number, n: number): void {
    this.#lost.add(producer * PRODUCER + n)
  }

  get lostCount(): number {
    return this.#lost.size
  }

  isLost(producer: number, n: number): boolean {
    return this.#lost.has(producer * PRODUCER + n)
  }

  /** It has been compared with the log, where it stays. */
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

/** A name for each number: millions of them in a long run, more than a Map holds. */
class Names {
  readonly #blocks = new Map<number, Float64Array>()

  /** Keeps the first name; returns it. */
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

/** The range that holds the number. Ranges are in order, and there may be a thousand. */
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

/** What an event is, told by more than its number: that of its producer, or the time of one of the hub's own. */
function nameOf(event: Event): number {
  const load = loadOf(event)
  return load === undefined ? -event.time : load.producer * PRODUCER + load.n
}

function show(name: number): string {
  return name < 0 ? `the event of ${-name}` : `p${Math.floor(name / PRODUCER)}:${name % PRODUCER}`
}
