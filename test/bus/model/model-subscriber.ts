import type { LagPolicy, SubscriptionApi } from '../../../src/bus/api.js'
import type { EndReason, Sink, SubscriberStatus } from '../../../src/bus/sink.js'
import type { Subscription } from '../../../src/bus/subscription.js'
import { iterateFrames } from '../../../src/event/index.js'
import type { EventLog } from '../../../src/log/index.js'
import type { ModelFilter } from './filters.js'

export interface Stored {
  seq: number
  tag: string
  /** µs */
  time: number
}

/**
 * A subscriber that knows what it must receive: every event after `at` that matches its filter, once and in
 * order, or a gap for what is missing. It records the first violation in `failures`.
 */
export class ModelSubscriber implements Sink {
  api: SubscriptionApi | undefined
  filter: ModelFilter
  readonly lag: LagPolicy
  readonly to: number | undefined
  readonly #log: () => EventLog
  readonly #stored: readonly Stored[]
  readonly #failures: string[]
  readonly #queue: number
  /** Everything up to this seq is handled; the cursor of a client. */
  at: number
  /** The gap that must come first, if the position could not be honoured. */
  #expectedGap: { reason: string; next: number } | undefined
  /** Filters, each with the seq after which it applies. */
  #filters: { after: number; filter: ModelFilter }[]
  pending = 0
  stalled = false
  /** Whether the connection is closed: everything it still receives is ignored. */
  gone = false
  ended: EndReason | undefined
  onEvent: ((tag: string) => void) | undefined
  story: string[] = []

  constructor(fields: {
    log: () => EventLog
    stored: readonly Stored[]
    failures: string[]
    queue: number
    filter: ModelFilter
    lag: LagPolicy
    at: number
    to?: number
    expectedGap?: { reason: string; next: number }
  }) {
    this.#log = fields.log
    this.#stored = fields.stored
    this.#failures = fields.failures
    this.#queue = fields.queue
    this.filter = fields.filter
    this.lag = fields.lag
    this.at = fields.at
    this.to = fields.to
    this.#expectedGap = fields.expectedGap
    this.#filters = [{ after: 0, filter: fields.filter }]
  }

  get over(): boolean {
    return this.gone || this.ended !== undefined
  }

  change(filter: ModelFilter): void {
    this.api?.change(filter.filters)
    this.filter = filter
    this.#filters.push({ after: (this.api as Subscription).cursor, filter })
  }

  /** Reports the output as drained, like a face: only once everything waiting was taken. */
  drain(): void {
    this.stalled = false
    if (this.pending === 0) return
    this.pending = 0
    if (!this.over) this.api?.drained()
  }

  write(pieces: readonly Uint8Array[]): void {
    if (this.gone) return
    if (this.over) this.#fail('written to after the end')
    if (this.pending > this.#queue) this.#fail(`written to while ${this.pending} bytes wait`)
    for (const piece of pieces) {
      if (this.stalled) this.pending += piece.length
      for (const { seq, tag, flags } of iterateFrames(piece)) {
        this.#got(seq, tag)
        if (flags !== 0) this.#fail(`event ${seq} has flags ${flags}`)
        this.onEvent?.(tag)
      }
    }
  }

  status(status: SubscriberStatus): void {
    if (this.gone) return
    if (this.over) this.#fail(`told ${status.type} after the end`)
    this.story.push(`${status.type} ${JSON.stringify(status)}`)
    if (status.type === 'gap') this.#gap(status)
    else if (status.type !== 'gate') this.#passTo(status.seq, status.type)
  }

  end(reason: EndReason): void {
    if (this.gone) return
    if (this.over) this.#fail('ended twice')
    this.story.push(`end ${JSON.stringify(reason)}`)
    this.ended = reason
    const allowed: string[] = ['STOP', ...(this.to === undefined ? [] : ['END'])]
    if (this.lag === 'disconnect') allowed.push('TCN_BUS_LAG')
    if (!allowed.includes(reason.code)) this.#fail(`ended with ${reason.code} ${reason.message}`)
    this.#passTo(reason.seq, 'end')
    if (reason.code === 'END') this.#passTo(this.to ?? 0, 'end')
  }

  /** Checks that nothing is missing when the bus is idle. */
  checkComplete(last: number): void {
    if (this.over) return
    if (this.to !== undefined) this.#fail('a bounded subscription has not ended')
    const { state } = this.api as Subscription
    if (state !== 'live') this.#fail(`is ${state} when all is quiet`)
    this.#passTo(last, 'quiet')
  }

  #got(seq: number, tag: string): void {
    this.story.push(`event ${seq} ${tag}`)
    if (this.#expectedGap !== undefined) this.#fail(`event ${seq} before the gap ${this.#expectedGap.reason}`)
    if (seq <= this.at) this.#fail(`event ${seq} after ${this.at}`)
    if (this.to !== undefined && seq > this.to) this.#fail(`event ${seq} beyond ${this.to}`)
    this.#passTo(seq - 1, `event ${seq}`)
    const stored = this.#stored.find((event) => event.seq === seq)
    if (stored?.tag !== tag) this.#fail(`event ${seq} is ${tag}, stored is ${stored?.tag}`)
    if (!this.#wants(seq, tag)) this.#fail(`event ${seq} ${tag} does not match`)
    this.at = seq
  }

  #gap({ from, to, reason, next }: Extract<SubscriberStatus, { type: 'gap' }>): void {
    const expected = this.#expectedGap
    if (expected !== undefined) {
      this.#expectedGap = undefined
      if (reason !== expected.reason || next !== expected.next)
        this.#fail(`gap ${reason} to ${next}, expected ${expected.reason} to ${expected.next}`)
      this.at = next
      return
    }
    if (from <= this.at) this.#fail(`gap from ${from} after ${this.at}`)
    if (to < from || next < to) this.#fail(`gap from ${from} to ${to}, next ${next}`)
    this.#passTo(from - 1, 'gap')
    if (reason === 'expired' && to >= this.#log().first)
      this.#fail(`gap up to ${to} though the log begins at ${this.#log().first}`)
    if (reason === 'skipped' && this.lag !== 'skip') this.#fail('skipped something')
    if (reason !== 'expired' && reason !== 'skipped') this.#fail(`unexpected gap ${reason}`)
    this.at = next
  }

  /** Moves on to `seq`, and checks that no matching event was left out up to there. */
  #passTo(seq: number, why: string): void {
    if (seq < this.at && why !== 'end' && !why.startsWith('event') && why !== 'gap')
      this.#fail(`${why} at ${seq} after ${this.at}`)
    const missed = this.#stored.find(
      (event) => event.seq > this.at && event.seq <= seq && this.#wants(event.seq, event.tag),
    )
    if (missed !== undefined) this.#fail(`${why} at ${seq}, but never got ${missed.seq} ${missed.tag}`)
    this.at = Math.max(this.at, seq)
  }

  #wants(seq: number, tag: string): boolean {
    return this.#filters.findLast(({ after }) => seq > after)?.filter.matches(tag) ?? false
  }

  #fail(what: string): void {
    const told = this.story.slice(-8).join('; ')
    this.#failures.push(`${what} (filter ${JSON.stringify(this.filter.filters)}, ${this.lag}; ${told})`)
  }
}
