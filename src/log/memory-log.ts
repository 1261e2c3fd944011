import { TocsinError, toTocsinError } from '../errors/tocsin-error.js'
import { frameSeq } from '../event/frame.js'
import type { Runtime } from '../event/runtime.js'
import { newEpoch } from './epoch.js'
import type {
  CompactionReport,
  EventLog,
  FrameBatch,
  LogCapabilities,
  LogStats,
  ReadLimits,
  Retention,
} from './event-log.js'
import { skipToTime } from './frame-range.js'
import { FrameReader } from './frame-reader.js'
import { LogClock } from './log-clock.js'
import type { LogEngine } from './log-engine.js'
import { expiredSegments } from './retention.js'
import { Ring, SLAB_BYTES, type StoredRange } from './ring.js'
import { type AppendDone, StoredListeners } from './stored-listeners.js'

export interface MemoryLogOptions {
  runtime: Runtime
  /** Memory for events; when it is full, the oldest are dropped. Default 64 MiB. */
  maxBytes?: number
  /** Size of the slabs in which events are dropped. Default 1 MiB. */
  slabBytes?: number
  /** Acknowledges events as durable although nothing is flushed: for tests of programs. */
  acknowledges?: boolean
}

export const memoryEngine: LogEngine = {
  name: 'memory',
  summary: 'keeps the most recent ones while the hub runs',
  usesFolder: false,
  open: async ({ runtime, config }) => openMemoryLog({ runtime, maxBytes: config.ring }),
}

/** Opens a log in memory, which is lost when the process ends. */
export function openMemoryLog(options: MemoryLogOptions): EventLog {
  return new MemoryLog(options)
}

class MemoryLog implements EventLog {
  readonly capabilities: LogCapabilities
  readonly epoch: string
  readonly lost = []
  last = 0
  readonly #runtime: Runtime
  readonly #maxBytes: number
  readonly #ring: Ring
  readonly #listeners = new StoredListeners()
  readonly #clock: LogClock
  #bytes = 0
  #appends = 0
  #bytesAfterLast = 0
  #closed = false

  constructor({ runtime, maxBytes = 64 * SLAB_BYTES, slabBytes, acknowledges = false }: MemoryLogOptions) {
    this.capabilities = { durable: acknowledges, shared: false }
    this.epoch = newEpoch(runtime)
    this.#runtime = runtime
    this.#clock = new LogClock(runtime)
    this.#maxBytes = maxBytes
    this.#ring = new Ring(slabBytes)
  }

  get first(): number {
    return this.#ring.slabs[0]?.firstSeq ?? this.last + 1
  }

  get stats(): LogStats {
    const segments = this.#ring.slabs.length
    return { engine: memoryEngine.name, bytes: this.#bytes, unflushedBytes: 0, segments, flushMicros: 0 }
  }

  append(batch: FrameBatch, done: AppendDone): void {
    let runs: StoredRange[]
    try {
      this.#checkOpen()
      runs = this.#store(batch)
    } catch (thrown) {
      done(toTocsinError(thrown, 'TCN_LOG_WRITE'), this.last)
      return
    }
    this.#listeners.deliver({ runs, producers: batch.producers, done, lastSeq: this.last })
  }

  onStored(listener: (batch: FrameBatch) => void): () => void {
    return this.#listeners.add(listener)
  }

  get flushed(): number {
    return this.capabilities.durable ? this.last : 0
  }

  async durable(): Promise<void> {
    if (this.capabilities.durable) return
    throw new TocsinError('TCN_LOG_NOT_DURABLE')
  }

  read(from: number, limits: ReadLimits): AsyncIterable<FrameBatch> {
    this.#checkOpen()
    return new FrameReader(this.#runtime, this.#ring, { from, first: this.first, last: this.last }, limits)
  }

  async seek(timeMicros: number): Promise<number> {
    this.#checkOpen()
    const slab = this.#ring.findTime(timeMicros)
    return slab === undefined ? this.last + 1 : frameSeq(slab.bytes, skipToTime(slab, timeMicros))
  }

  async compact(policy: Retention, cause: CompactionReport['cause'] = 'manual'): Promise<CompactionReport> {
    this.#checkOpen()
    const start = this.#runtime.now()
    const before = { bytes: this.#bytes, first: this.first }
    const extents = this.#ring.slabs.map(({ end, ...slab }) => ({ ...slab, bytes: end }))
    const active = extents.pop()
    if (active !== undefined) this.#drop(expiredSegments(extents, active, policy, start))
    return this.#report(cause, start, before)
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #checkOpen(): void {
    if (this.#closed) throw new TocsinError('TCN_LOG_CLOSED')
  }

  #store({ bytes: frames, given }: FrameBatch): StoredRange[] {
    const runs = this.#ring.append(frames, this.last + 1, this.#clock.now(), given)
    this.last += runs.reduce((sum, run) => sum + run.count, 0)
    this.#bytes += frames.length
    this.#appends++
    while (this.#ring.allocated > this.#maxBytes && this.#ring.slabs.length > 1) this.#drop(1)
    return runs
  }

  #drop(slabs: number): void {
    for (let dropped = 0; dropped < slabs; dropped++) {
      this.#bytes -= this.#ring.slabs[0].end
      this.#ring.dropOldest()
    }
  }

  #report(
    cause: CompactionReport['cause'],
    start: number,
    before: { bytes: number; first: number },
  ): CompactionReport {
    const report: CompactionReport = {
      file: 'memory',
      cause,
      bytesBefore: before.bytes,
      bytesAfter: this.#bytes,
      bytesAfterLast: this.#bytesAfterLast,
      start,
      duration: this.#runtime.now() - start,
      transactions: this.#appends,
      removed: this.first === before.first ? undefined : { from: before.first, to: this.first - 1 },
    }
    this.#bytesAfterLast = this.#bytes
    this.#appends = 0
    return report
  }
}
