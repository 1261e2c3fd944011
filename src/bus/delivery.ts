import type { Runtime } from '../event/runtime.js'
import type { FrameBatch } from '../log/event-log.js'
import { GroupTable } from './group-table.js'
import { Marks } from './marks.js'
import type { Publisher } from './publisher.js'
import { TickTimes } from './tick-times.js'

/**
 * The tick: collects what the log reports as stored, and once a turn of the event loop writes it to
 * those who are live and tells publishers what was accepted.
 */
export class Delivery {
  readonly groups = new GroupTable()
  readonly marks: Marks
  readonly times = new TickTimes()
  /** Last seq handed to those who are live. */
  flushed: number
  /** Events stored since the bus was opened. */
  accepted = 0
  readonly #runtime: Runtime
  readonly #afterFlush: () => void
  #stored: number
  #storedBytes = 0
  #settling: Publisher[] = []
  #late: FrameBatch[] = []
  #scheduled = false
  #scheduledAt = 0
  #flushing = false

  constructor(runtime: Runtime, last: number, reach: number, afterFlush: () => void) {
    this.#runtime = runtime
    this.#afterFlush = afterFlush
    this.#stored = last
    this.flushed = last
    this.marks = new Marks(reach)
  }

  readonly onStored = (batch: FrameBatch): void => {
    this.accepted += batch.count
    // What a sink publishes while it is written to is part of the next tick, and all that follows.
    if (this.#flushing || this.#late.length > 0) this.#late.push({ ...batch })
    else this.#collect(batch)
    this.#schedule()
  }

  /** The publisher is told `accepted` after the coming flush. */
  settle(publisher: Publisher): void {
    if (publisher.settling) return
    publisher.settling = true
    this.#settling.push(publisher)
    this.#schedule()
  }

  /**
   * Writes out what the tick brought. `flushed` moves last: who falls behind meanwhile has seen nothing
   * of it. All groups are empty afterwards; what is published in answer waits for the next flush.
   */
  flush(): void {
    if (this.#flushing) return
    if (this.#late.length > 0) for (const batch of this.#late.splice(0)) this.#collect(batch)
    const settling = this.#takeSettling()
    this.#flushing = true
    try {
      this.#deliver()
      for (let i = 0; i < settling.length; i++) settling[i].tellAccepted()
      this.#afterFlush()
    } finally {
      this.#flushing = false
    }
  }

  #deliver(): void {
    if (this.#stored === this.flushed) return
    this.groups.flush()
    this.flushed = this.#stored
    this.marks.advance(this.flushed, this.#storedBytes)
    this.#storedBytes = 0
  }

  #collect(batch: FrameBatch): void {
    this.groups.collect(batch)
    this.#stored = batch.lastSeq
    this.#storedBytes += batch.bytes.length
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

  /** Who settles from now on is told after the next flush. */
  #takeSettling(): readonly Publisher[] {
    const settling = this.#settling
    if (settling.length === 0) return settling
    this.#settling = []
    for (const publisher of settling) publisher.settling = false
    return settling
  }
}
