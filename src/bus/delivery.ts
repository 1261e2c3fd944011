import type { Runtime } from '../event/runtime.js'
import type { FrameBatch } from '../log/event-log.js'
import { begin, type Work } from '../parts/work.js'
import { GroupTable } from './group-table.js'
import { LagMeter } from './lag-meter.js'
import type { BusLimits } from './limits.js'

/** A publisher with events whose acceptance has not been reported. */
export interface Settling {
  /** Waits for the coming flush; set by `Delivery`. */
  settling: boolean
  /** Called when everything stored until now has been delivered. */
  afterFlush(): void
}

const DELIVERY: Work = { face: 'bus', what: 'delivery' }

/**
 * The tick: collects the events that the log reports as stored, and once a turn of the event loop writes
 * them to live subscriptions and reports to publishers what was accepted.
 */
export class Delivery {
  readonly groups: GroupTable
  readonly lagMeter: LagMeter
  readonly times = new TickTimes()
  /** Last seq handed to live subscriptions. */
  dispatched: number
  /** Events stored since the bus was opened. */
  accepted = 0
  readonly #runtime: Runtime
  readonly #afterFlush: () => void
  #lastStored: number
  #tickBytes = 0
  #settling: Settling[] = []
  #late: FrameBatch[] = []
  #scheduled = false
  #scheduledAt = 0
  #flushing = false

  constructor(runtime: Runtime, last: number, limits: Pick<BusLimits, 'queue'>, afterFlush: () => void) {
    this.#runtime = runtime
    this.groups = new GroupTable(runtime)
    this.#afterFlush = afterFlush
    this.#lastStored = last
    this.dispatched = last
    this.lagMeter = new LagMeter(limits)
  }

  readonly onStored = (batch: FrameBatch): void => {
    this.accepted += batch.count
    // Events that a sink publishes while it is written to belong to the next tick, as do all after them.
    if (this.#flushing || this.#late.length > 0) this.#late.push({ ...batch })
    else this.#collect(batch)
    this.#schedule()
  }

  /** Continues after `last`: in a log that has taken the place of another one, or behind events that were removed. */
  restart(last: number): void {
    this.flush()
    this.#lastStored = last
    this.dispatched = last
  }

  /** Calls the publisher after the coming flush. */
  settle(publisher: Settling): void {
    if (publisher.settling) return
    publisher.settling = true
    this.#settling.push(publisher)
    this.#schedule()
  }

  /**
   * Writes the events of the tick. `dispatched` moves last: a subscription that falls behind meanwhile has
   * received none of them. All groups are empty afterwards; events published in response wait for the next
   * flush.
   */
  flush(): void {
    if (this.#flushing) return
    if (this.#late.length > 0) for (const batch of this.#late.splice(0)) this.#collect(batch)
    const settling = this.#takeSettling()
    this.#flushing = true
    try {
      this.#deliver()
      for (let i = 0; i < settling.length; i++) settling[i].afterFlush()
      this.#afterFlush()
    } finally {
      this.#flushing = false
    }
  }

  #deliver(): void {
    if (this.#lastStored === this.dispatched) return
    begin(DELIVERY)
    this.groups.flush()
    this.dispatched = this.#lastStored
    this.lagMeter.advance(this.dispatched, this.#tickBytes)
    this.#tickBytes = 0
  }

  #collect(batch: FrameBatch): void {
    this.groups.collect(batch)
    this.#lastStored = batch.lastSeq
    this.#tickBytes += batch.bytes.length
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#scheduledAt = this.#runtime.monotonic()
    this.#runtime.soon(this.#flushTick)
  }

  readonly #flushTick = (): void => {
    this.#scheduled = false
    const since = this.#scheduledAt
    this.flush()
    this.times.add(this.#runtime.monotonic() - since)
  }

  /** Returns the waiting publishers. One that settles from now on is called after the next flush. */
  #takeSettling(): readonly Settling[] {
    const settling = this.#settling
    if (settling.length === 0) return settling
    this.#settling = []
    for (const publisher of settling) publisher.settling = false
    return settling
  }
}

/** Upper bounds of tick times, ms. */
export const TICK_BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000]

/** The times that events waited between being stored and being delivered and acknowledged; one measurement a tick. */
export class TickTimes {
  /** Ticks within each bound and over the one before it; the last element counts those over all bounds. */
  readonly counts: number[] = new Array(TICK_BOUNDS.length + 1).fill(0)
  /** Sum of all measurements, ms. */
  sum = 0

  add(ms: number): void {
    let at = 0
    while (at < TICK_BOUNDS.length && ms > TICK_BOUNDS[at]) at++
    this.counts[at]++
    this.sum += ms
  }
}
