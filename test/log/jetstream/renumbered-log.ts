import { frameBytes, frameSeq, setFrameSeq } from '../../../src/event/frame.js'
import type { CompactionReport, EventLog, FrameBatch, ReadLimits } from '../../../src/log/event-log.js'

/**
 * A log as one whose first event has the number 1: with `before` numbers that no event has. The suite in
 * test/log/conformance counts from 1; the hub relies only on numbers that rise.
 */
export class RenumberedLog implements EventLog {
  readonly log: EventLog
  readonly before: number

  constructor(log: EventLog, before: number) {
    this.log = log
    this.before = before
  }

  get capabilities() {
    return this.log.capabilities
  }

  get epoch() {
    return this.log.epoch
  }

  get first() {
    return Math.max(1, this.log.first - this.before)
  }

  get last() {
    return Math.max(0, this.log.last - this.before)
  }

  get flushed() {
    return this.last
  }

  get lost() {
    return this.log.lost
  }

  get stats() {
    return this.log.stats
  }

  append(batch: FrameBatch, done: Parameters<EventLog['append']>[1]): void {
    this.log.append(batch, (error, lastSeq) => done(error, lastSeq - this.before))
  }

  onStored(listener: (batch: FrameBatch) => void): () => void {
    return this.log.onStored((batch) => listener(this.#renumbered(batch)))
  }

  durable(seq: number): Promise<void> {
    return this.log.durable(seq + this.before)
  }

  read(from: number, { to, ...limits }: ReadLimits): AsyncIterable<FrameBatch> {
    const end = to === undefined ? undefined : to + this.before
    const batches = this.log.read(from + this.before, { ...limits, to: end })
    const next = async (batches: AsyncIterator<FrameBatch>) => {
      const { done, value } = await batches.next()
      return done ? { done, value: undefined } : { value: this.#renumbered(value) }
    }
    return {
      [Symbol.asyncIterator]() {
        const iterator = batches[Symbol.asyncIterator]()
        return { next: () => next(iterator), return: () => iterator.return!() }
      },
    }
  }

  async seek(timeMicros: number): Promise<number> {
    return Math.max(1, (await this.log.seek(timeMicros)) - this.before)
  }

  async compact(...given: Parameters<EventLog['compact']>): Promise<CompactionReport> {
    const report = await this.log.compact(...given)
    const { removed } = report
    if (removed === undefined) return report
    return {
      ...report,
      removed: { from: Math.max(1, removed.from - this.before), to: removed.to - this.before },
    }
  }

  close(): Promise<void> {
    return this.log.close()
  }

  #renumbered(batch: FrameBatch): FrameBatch {
    const bytes = Uint8Array.from(batch.bytes)
    for (let at = 0; at < bytes.length; at += frameBytes(bytes, at))
      setFrameSeq(bytes, at, frameSeq(bytes, at) - this.before)
    return {
      ...batch,
      bytes,
      firstSeq: batch.firstSeq - this.before,
      lastSeq: batch.lastSeq - this.before,
    }
  }
}
