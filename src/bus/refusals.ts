import type { ErrorCode } from '../errors/catalogue.js'
import type { ProducerRange } from '../log/event-log.js'
import { addSpans, type RefusedSpan, spanOf, spansBetween } from '../log/refused-spans.js'

/** Spans after the last stored event, at most: the oldest are with events on their way to the log, or come again. */
const MAX_OPEN = 100
/** Spans between two events that are stored: further refusals have the code of the last. */
const MAX_BETWEEN = 16

/**
 * The refused events of a producer. Those before its last stored event are in the log, beside the counter that passed
 * them, so that every hub knows them. Those after it are known here only: when they are repeated, they are judged anew.
 */
export class Refusals {
  /** The hub no longer knows which of the counters up to this one were refused. */
  forgotten = 0
  #stored: RefusedSpan[] = []
  #open: RefusedSpan[] = []

  /** The last counter that was refused; 0 if there is none. */
  get last(): number {
    return this.#open.at(-1)?.last ?? this.#stored.at(-1)?.last ?? 0
  }

  get stored(): readonly RefusedSpan[] {
    return this.#stored
  }

  /** Adds a refused event. `given`: the counter before it of the last event that the log was given. */
  add(first: number, last: number, code: ErrorCode, given: number): void {
    const at = this.#open.findLastIndex((span) => span.first <= first)
    const before = this.#open[at]
    if (before !== undefined && before.last >= last) return
    const isClose = before !== undefined && before.last > given && at === this.#open.length - 1
    if (isClose && (before.code === code || this.#countAfter(given) >= MAX_BETWEEN)) before.last = last
    else this.#open.splice(at + 1, 0, { first, last, code })
    if (this.#open.length > MAX_OPEN) this.#open.shift()
  }

  /** Takes over what is stored with an event: of the counters up to it, only what the log says counts. */
  take({ last, refused, forgotten = 0 }: Pick<ProducerRange, 'last' | 'refused' | 'forgotten'>): void {
    this.#open = spansBetween(this.#open, last, Number.POSITIVE_INFINITY)
    this.forgotten = Math.max(this.forgotten, forgotten, addSpans(this.#stored, refused ?? []))
  }

  /** Those after a counter and before another, to be stored with that one. */
  between(after: number, before: number): RefusedSpan[] {
    return spansBetween(this.#open, after, before)
  }

  after(counter: number): RefusedSpan[] {
    return [...spansBetween(this.#stored, counter, Number.POSITIVE_INFINITY), ...this.#open]
  }

  codeOf(counter: number): ErrorCode | undefined {
    return (spanOf(this.#open, counter) ?? spanOf(this.#stored, counter))?.code
  }

  #countAfter(counter: number): number {
    return this.#open.length - 1 - this.#open.findLastIndex(({ last }) => last <= counter)
  }
}
