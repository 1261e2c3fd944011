import { TocsinError, toTocsinError } from '../../../src/errors/tocsin-error.js'
import { frameSeq } from '../../../src/event/frame.js'
import type { Cancel, Runtime } from '../../../src/event/runtime.js'
import { newEpoch } from '../../../src/log/epoch.js'
import type {
  CompactionReport,
  EventLog,
  FrameBatch,
  LogStats,
  LostRange,
  ProducerRange,
  ReadLimits,
  Retention,
  StoredCounters,
} from '../../../src/log/event-log.js'
import { type FrameRange, skipToTime } from '../../../src/log/frame-range.js'
import { FrameReader } from '../../../src/log/frame-reader.js'
import { LogClock } from '../../../src/log/log-clock.js'
import { Ring, type StoredRange } from '../../../src/log/ring.js'
import { type AppendDone, StoredListeners } from '../../../src/log/stored-listeners.js'
import { Random } from '../base/random.js'

/** Seqs that are reserved at a time. */
const BLOCK = 1000
/** Longest time between an append and its flush, ms. */
const PAUSE_MS = 50
const RETRY_MS = 1000

interface Chunk {
  run: StoredRange
  producers: ProducerRange[]
  /** Only a piece of it was written. */
  isTorn?: boolean
}

/** What outlives a kill: whole chunks with the counters of their producers, and the seqs that may be in use. */
export class Disk {
  epoch = ''
  chunks: Chunk[] = []
  reserved = 1
  lost: LostRange[] = []
  /** Nothing can be flushed. */
  isFull = false
  /** Called when a flush is about to be on the disk. Returns true if the process is killed at that moment. */
  onWriting: (() => boolean) | undefined
  /** What a flush writes now. */
  writing: readonly Chunk[] = []
  readonly random: Random

  constructor(seed: string) {
    this.random = new Random(seed)
  }

  /** The process was killed within a flush, which is on the disk without its knowledge, or torn. */
  tear(): void {
    const isTorn = this.random.chance(0.5)
    this.chunks.push(...this.writing.map((chunk) => ({ ...chunk, isTorn })))
    this.writing = []
  }
}

/** A log with the rules of the one on LMDB: an event can be read at once, and is on the disk when a flush has ended. */
export class DiskLog implements EventLog {
  readonly capabilities = { durable: true, shared: false }
  readonly epoch: string
  readonly lost: readonly LostRange[]
  last: number
  flushed: number
  readonly #disk: Disk
  readonly #runtime: Runtime
  readonly #clock: LogClock
  readonly #ring = new Ring(64 * 1024)
  readonly #listeners = new StoredListeners()
  #next: number
  #unflushed: Chunk[] = []
  #waiting: { seq: number; done(error?: TocsinError): void }[] = []
  #isFlushing = false
  #cancel: Cancel | undefined
  #fault: TocsinError | undefined
  #bytesAfterLast = 0
  #isClosed = false

  constructor(disk: Disk, runtime: Runtime) {
    if (disk.epoch === '') disk.epoch = newEpoch(runtime)
    this.#disk = disk
    this.#runtime = runtime
    this.epoch = disk.epoch
    disk.writing = []
    disk.chunks = disk.chunks.filter(({ isTorn }) => isTorn !== true)
    const newest = disk.chunks.at(-1)?.run
    this.last = this.flushed = newest?.lastSeq ?? 0
    this.#next = Math.max(disk.reserved, this.last + 1)
    if (this.#next > this.last + 1) disk.lost = [...disk.lost, { from: this.last + 1, to: this.#next - 1 }]
    this.lost = disk.lost
    this.#clock = new LogClock(runtime, newest?.time ?? 0)
    if (newest !== undefined) this.#restore(disk.chunks)
  }

  get first(): number {
    return this.#ring.slabs[0]?.firstSeq ?? this.last + 1
  }

  get stats(): LogStats {
    const unflushedBytes = this.#unflushed.reduce((sum, { run }) => sum + lengthOf(run), 0)
    const bytes = this.#disk.chunks.reduce((sum, { run }) => sum + lengthOf(run), unflushedBytes)
    const fault = this.#fault
    return { engine: 'lmdb', bytes, unflushedBytes, segments: 1, flushMicros: 0, ...(fault && { fault }) }
  }

  append({ bytes, producers = [], given }: FrameBatch, done: AppendDone): void {
    let runs: StoredRange[]
    try {
      this.#checkOpen()
      if (this.#fault !== undefined) throw this.#fault
      runs = this.#ring.append(bytes, this.#next, this.#clock.now(), given)
    } catch (thrown) {
      done(toTocsinError(thrown, 'TCN_LOG_WRITE'), this.last)
      return
    }
    for (const run of runs) {
      this.last = run.lastSeq
      this.#unflushed.push({ run, producers: run === runs.at(-1) ? producers : [] })
    }
    this.#next = this.last + 1
    this.#disk.reserved = Math.max(this.#disk.reserved, this.#next + BLOCK)
    this.#cancel ??= this.#runtime.after(PAUSE_MS, () => this.#flush())
    this.#listeners.deliver({ runs, producers, done, lastSeq: this.last })
  }

  onStored(listener: (batch: FrameBatch) => void): () => void {
    return this.#listeners.add(listener)
  }

  durable(seq: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (seq <= this.flushed) resolve()
      else if (this.#fault !== undefined) reject(this.#fault)
      else {
        this.#waiting.push({ seq, done: (error) => (error === undefined ? resolve() : reject(error)) })
        this.#flush()
      }
    })
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

  async *counters(from: number): AsyncIterable<StoredCounters> {
    for (const { run, producers } of [...this.#disk.chunks, ...this.#unflushed])
      if (run.lastSeq >= from) yield { producers, time: run.time }
  }

  /** It has one segment, which is never removed. */
  async compact(_: Retention, cause: CompactionReport['cause'] = 'manual'): Promise<CompactionReport> {
    const { bytes } = this.stats
    const start = this.#runtime.now()
    const bytesAfterLast = this.#bytesAfterLast
    this.#bytesAfterLast = bytes
    const sizes = { bytesBefore: bytes, bytesAfter: bytes, bytesAfterLast }
    return { file: 'disk', cause, ...sizes, start, duration: 0, transactions: 0, removed: undefined }
  }

  /** What is left is on the disk then, and no seqs are lost. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    if (this.#unflushed.length > 0) await this.durable(this.last).catch(() => undefined)
    this.#isClosed = true
    this.#cancel?.()
    if (this.#unflushed.length === 0) this.#disk.reserved = this.#next
  }

  #restore(chunks: readonly Chunk[]): void {
    const runs = chunks.map(({ run }) => run)
    const bytes = Buffer.concat(runs.map(({ bytes, start, end }) => bytes.subarray(start, end)))
    const [first, last] = [runs[0], runs[runs.length - 1]]
    const count = runs.reduce((sum, run) => sum + run.count, 0)
    const range = {
      bytes,
      start: 0,
      end: bytes.length,
      count,
      firstSeq: first.firstSeq,
      lastSeq: last.lastSeq,
    }
    this.#ring.adopt(range, first.time, last.time)
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new TocsinError('TCN_LOG_CLOSED')
  }

  /** What was appended before its begin is on the disk in one piece at its end, unless the process is killed meanwhile. */
  #flush(): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#isFlushing || this.#isClosed) return
    this.#isFlushing = true
    const { random } = this.#disk
    const chunks = [...this.#unflushed]
    this.#disk.writing = chunks
    this.#runtime.after(random.chance(0.05) ? random.between(20, 300) : random.between(0.5, 5), () => {
      if (chunks.length > 0 && this.#disk.onWriting?.() === true) return
      this.#disk.writing = []
      this.#isFlushing = false
      if (this.#disk.isFull) this.#failed()
      else this.#stored(chunks)
    })
  }

  #stored(chunks: readonly Chunk[]): void {
    this.#disk.chunks.push(...chunks)
    this.#unflushed.splice(0, chunks.length)
    this.flushed = chunks.at(-1)?.run.lastSeq ?? this.flushed
    this.#fault = undefined
    const ready = this.#waiting.filter(({ seq }) => seq <= this.flushed)
    this.#waiting = this.#waiting.filter(({ seq }) => seq > this.flushed)
    for (const { done } of ready) done()
    if (this.#waiting.length > 0) this.#flush()
    else if (this.#unflushed.length > 0) this.#cancel ??= this.#runtime.after(PAUSE_MS, () => this.#flush())
  }

  /** It is tried again, and until then nothing is taken. */
  #failed(): void {
    this.#fault = new TocsinError('TCN_LOG_FULL', 'no space left on the disk')
    for (const { done } of this.#waiting.splice(0)) done(this.#fault)
    this.#cancel ??= this.#runtime.after(RETRY_MS, () => this.#flush())
  }
}

function lengthOf({ start, end }: FrameRange): number {
  return end - start
}
