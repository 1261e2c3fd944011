import { firstFor } from '../../bus/event-order.js'
import { type ScanWork, timeFrom } from '../../bus/scan.js'
import { intersect } from '../../filter/index.js'
import type { LogReader } from '../../log/event-log.js'

import type { WhichTime } from '../query.js'
import type { BucketCache } from './bucket-cache.js'
import type { Question } from './chunk-counter.js'
import { Count } from './count.js'
import { type CountRange, countRange, type Reached } from './count-range.js'

/** Different values that all buckets distinguish together. */
const MAX_VALUES = 30_000

export interface Span {
  /** µs; `to` is exclusive. */
  from: number
  to: number
  /** Last seq that is counted. */
  dispatched: number
  time: WhichTime
}

/** The numbers of the events that a count by this span looks at, and when those that it counts happened. */
export async function countedIn(
  log: LogReader,
  { from, to, dispatched, time }: Span,
): Promise<Omit<CountRange, 'at'>> {
  if (time === 'event') return { from: await firstFor(log, from), to: dispatched, happened: { from, to } }
  return { from: await log.seek(from), to: Math.min((await log.seek(to)) - 1, dispatched) }
}

/** Counts the events of a time span in buckets. Cached buckets are not counted again. */
export class HistogramCount {
  readonly #log: LogReader
  readonly #question: Question
  readonly #buckets: Buckets
  readonly #span: Span
  readonly #cache: BucketCache
  readonly #key: string
  readonly counts: Count[]

  constructor(log: LogReader, question: Question, buckets: Buckets, span: Span, cache: BucketCache) {
    this.#log = log
    this.#question = question
    this.#buckets = buckets
    this.#span = span
    this.#cache = cache
    const maxValues = Math.floor(MAX_VALUES / Math.max(1, buckets.count))
    this.counts = Array.from({ length: buckets.count }, () => new Count(maxValues))
    const { wanted, rights, by } = question
    this.#key = `${by?.name ?? ''} ${buckets.step} ${intersect(wanted, rights).key}`
  }

  /** Counts the newest events first. */
  async run(work: ScanWork, reached: Reached): Promise<void> {
    const settled = await this.#settled()
    const { count } = this.#buckets
    const known = Array.from({ length: count }, (_, nth) =>
      this.#isWithin(nth, settled) ? this.#cache.get(this.#keyOf(nth)) : undefined,
    )
    for (const [nth, cached] of known.entries()) if (cached !== undefined) this.counts[nth] = cached
    let isDamaged = false
    for (let last = count - 1; last >= 0; last--) {
      if (known[last] !== undefined) continue
      let first = last
      while (first > 0 && known[first - 1] === undefined) first--
      reached.isDamaged = false
      await this.#countRun(first, last, work, reached)
      if (!reached.isDamaged) this.#keep(first, last, settled)
      isDamaged ||= reached.isDamaged
      last = first
    }
    reached.isDamaged = isDamaged
    reached.after = undefined
  }

  async #countRun(first: number, last: number, work: ScanWork, reached: Reached): Promise<void> {
    const { start, step } = this.#buckets
    reached.after = Math.min(this.#span.to, start + (last + 1) * step)
    const from = Math.max(this.#span.from, start + first * step)
    const to = Math.min(this.#span.to, start + (last + 1) * step)
    const range = {
      ...(await countedIn(this.#log, { ...this.#span, from, to })),
      at: (micros: number) =>
        this.counts[Math.min(last, Math.max(first, Math.floor((micros - start) / step)))],
    }
    await countRange(this.#log, this.#question, range, work, reached)
  }

  #keep(first: number, last: number, settled: Settled): void {
    for (let nth = first; nth <= last; nth++) {
      if (this.#isWithin(nth, settled)) this.#cache.set(this.#keyOf(nth), this.counts[nth])
    }
  }

  /**
   * Returns the time between the first and the last event: retention has removed nothing from it, and no later
   * event can have a time in it.
   */
  async #settled(): Promise<Settled> {
    const { dispatched: flushed, time } = this.#span
    // An event that happened in the past can be stored at any time.
    if (flushed < this.#log.first || time === 'event') return { from: 0, to: 0 }
    const [first, last] = [await timeFrom(this.#log, this.#log.first), await timeFrom(this.#log, flushed)]
    return first === undefined || last === undefined ? { from: 0, to: 0 } : { from: first + 1, to: last }
  }

  #isWithin(nth: number, settled: Settled): boolean {
    const start = this.#buckets.start + nth * this.#buckets.step
    const end = start + this.#buckets.step
    return start >= settled.from && end <= settled.to && start >= this.#span.from && end <= this.#span.to
  }

  #keyOf(nth: number): string {
    return `${this.#buckets.start + nth * this.#buckets.step} ${this.#key}`
  }
}

interface Settled {
  from: number
  to: number
}

const SECOND = 1e6
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Bucket lengths at which clocks are divided, µs. Longer buckets are whole days. */
const steps = [
  ...[1, 10, 100].map((millis) => millis * 1000),
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR),
]

export interface Buckets {
  start: number
  step: number
  count: number
}

/**
 * Returns at most `most` buckets of equal length, plus a partial one, that cover [from, to), µs since the epoch.
 * They begin at round times of UTC, unless there is only one.
 */
export function bucketsOf(from: number, to: number, most: number): Buckets {
  if (to <= from) return { start: from, step: SECOND, count: 0 }
  if (most === 1) return { start: from, step: to - from, count: 1 }
  const countOf = (step: number) => Math.ceil(to / step) - Math.floor(from / step)
  let step = steps.find((step) => countOf(step) <= most + 1)
  if (step === undefined) {
    step = Math.max(DAY, Math.ceil((to - from) / most / DAY) * DAY)
    while (countOf(step) > most + 1) step *= 2
  }
  return { start: Math.floor(from / step) * step, step, count: countOf(step) }
}
