import { dirname, join } from 'node:path'
import { TocsinError } from '../../errors/tocsin-error.js'
import { frameSeq, HEADER_BYTES } from '../../event/frame.js'
import type { Runtime } from '../../event/runtime.js'
import { decodeUtf8 } from '../../event/utf8.js'
import type { TypeOf, TypeOfBytes } from '../../filter/matcher.js'
import type {
  ChunkCheck,
  ChunkSummary,
  CompactionReport,
  CompressedSegment,
  DamagedRange,
  EventLog,
  FrameBatch,
  LogCompression,
  LogStats,
  LostRange,
  ReadLimits,
  RemovablePart,
  Retention,
  SeqRange,
  TimeSpan,
  WordIndex,
} from '../event-log.js'
import { skipToTime } from '../frame-range.js'
import { FrameReader } from '../frame-reader.js'
import { KnownDamage } from '../known-damage.js'
import { LogClock } from '../log-clock.js'
import { whenReady } from '../not-ready.js'
import { Ring, SLAB_BYTES, type StoredRange } from '../ring.js'
import { type AppendDone, StoredListeners } from '../stored-listeners.js'
import { ChunkQueue, type ChunkWrite, SMALL_CHUNK_BYTES } from './chunk-queue.js'
import { storedSummaries, verifyLog } from './chunk-walks.js'
import { Committer } from './committer.js'
import { compact } from './compact.js'
import { damagedIn } from './damaged-range.js'
import { mayHaveHappened } from './learned-times.js'
import { toLogFault } from './log-fault.js'
import { LogMeta } from './log-meta.js'
import { LogOwner } from './log-owner.js'
import type { RewriteWork } from './rewriting/rewrite-segment.js'
import { Rewriter } from './rewriting/rewriter.js'
import { rewriteInThread } from './rewriting/rewriting-thread.js'
import { Segments } from './segments.js'
import { StoredFrames } from './stored-frames.js'

const DAY_MICROS = 24 * 3600 * 1e6
const MISSING = 'a segment was removed, emptied or cannot be read any more'

export interface LmdbLogOptions {
  runtime: Runtime
  /** The log's own folder, which contains `meta` and `segments`. Created if it does not exist. */
  folder: string
  /** Returns the type of an event from its tag, for summaries. */
  typeOf: TypeOf
  /** Does the same for the bytes of the tag, if there is a faster way. */
  typeOfBytes?: TypeOfBytes
  /** Limits at which a segment is sealed: bytes of frames (default 1 GiB), and age in µs (default one day). */
  segment?: { bytes?: number; age?: number }
  /** Memory for recent events. Default 16 MiB. Events that wait for the disk are kept beyond this limit. */
  ringBytes?: number
  /** Size of the slabs in which recent events are dropped from memory. Default 1 MiB. */
  slabBytes?: number
  /**
   * Longest time between an append and its commit if no `durable` call waits for it, ms. Default 50: with a shorter
   * time, the many small commits take a third of the time of a hub that stores a few thousand events a second.
   */
  commitPause?: number
  /** True if sealed segments are compressed by themselves. */
  compress?: boolean
  /** True if sealed segments get an index of words by themselves. */
  index?: boolean
  /** Rewrites one segment; default: in a thread. */
  rewrite?: RewriteWork
  /** True if the folder is a restored copy: begins a new epoch, since seqs after the copy may already be in use. */
  restored?: boolean
}

/** Opens the log in a folder, or creates one. Rejects with TCN_LOG_LOCKED, _NEWER, _META, _CORRUPT, _FULL, _READ_ONLY. */
export async function openLmdbLog(options: LmdbLogOptions): Promise<EventLog> {
  const { folder, runtime, segment = {}, restored = false } = options
  let owner: LogOwner | undefined
  let meta: LogMeta | undefined
  let segments: Segments | undefined
  try {
    owner = await LogOwner.take(folder, runtime)
    meta = LogMeta.open({ folder: join(folder, 'meta'), runtime, restored })
    const limits = { bytes: segment.bytes ?? 2 ** 30, age: segment.age ?? DAY_MICROS }
    segments = new Segments(join(folder, 'segments'), meta, limits, runtime)
    await segments.open()
    meta.begin(segments.found)
    return new LmdbLog(options, owner, meta, segments)
  } catch (thrown) {
    await segments?.close()
    await meta?.close(undefined).catch(() => undefined)
    owner?.release()
    throw toLogFault(thrown)
  }
}

class LmdbLog implements EventLog {
  readonly capabilities = { durable: true, shared: false }
  readonly #runtime: Runtime
  readonly #owner: LogOwner
  readonly #meta: LogMeta
  readonly #segments: Segments
  readonly #ring: Ring
  readonly #ringBytes: number
  readonly #queue: ChunkQueue
  readonly #committer: Committer
  readonly #rewriter: Rewriter
  readonly #listeners = new StoredListeners()
  readonly #damage = new KnownDamage()
  last: number
  readonly #clock: LogClock
  #closed = false

  constructor(options: LmdbLogOptions, owner: LogOwner, meta: LogMeta, segments: Segments) {
    const { runtime, typeOf, ringBytes = 16 * SLAB_BYTES, commitPause = 50 } = options
    this.#runtime = runtime
    this.#owner = owner
    this.#meta = meta
    this.#segments = segments
    this.#ring = new Ring(options.slabBytes)
    this.#ringBytes = ringBytes
    this.#queue = new ChunkQueue(
      options.typeOfBytes ?? ((bytes, start, end) => typeOf(decodeUtf8(bytes, start, end))),
    )
    const { lastSeq, lastTime } = segments.active?.totals ?? { lastSeq: 0, lastTime: 0 }
    this.last = lastSeq
    this.#clock = new LogClock(runtime, lastTime)
    const store = (writes: readonly ChunkWrite[]) => this.#store(writes)
    this.#committer = new Committer({
      runtime,
      queue: this.#queue,
      pause: commitPause,
      store,
      flushed: lastSeq,
      folder: dirname(options.folder),
    })
    const { compress: isPacked = false, index: isIndexed = false } = options
    this.#rewriter = new Rewriter({
      runtime,
      segments,
      meta,
      automatic: { isPacked, isIndexed },
      work: options.rewrite ?? rewriteInThread(),
      isOwner: () => owner.isOwner,
    })
    segments.onSealed = () => this.#rewriter.wake()
    this.#rewriter.start()
    owner.onOvertaken = (fault) => this.#committer.failed(fault)
    this.#resumeLastChunk()
  }

  get epoch(): string {
    return this.#meta.epoch
  }

  get lost(): readonly LostRange[] {
    return this.#meta.lost
  }

  get findings(): readonly string[] {
    return findingsOf(this.#meta, this.#segments)
  }

  get damage(): readonly DamagedRange[] {
    return this.#damage.all.filter(({ to }) => to >= this.first)
  }

  get first(): number {
    const stored = this.#segments.all[0]?.firstSeq ?? this.#ring.slabs[0]?.firstSeq ?? this.last + 1
    // A range before it that is gone has not expired.
    const gone = this.lost.find(({ damaged }) => damaged)
    return Math.min(stored, gone?.from ?? stored)
  }

  get stats(): LogStats {
    const { fault, flushMicros } = this.#committer
    const unflushedBytes = this.#queue.bytes
    const bytes = this.#segments.bytes + unflushedBytes
    return { engine: 'lmdb', bytes, unflushedBytes, segments: this.#segments.all.length, fault, flushMicros }
  }

  append(batch: FrameBatch, done: AppendDone): void {
    let runs: StoredRange[]
    try {
      this.#checkOpen()
      runs = this.#take(batch)
    } catch (thrown) {
      done(this.#committer.fault ?? toLogFault(thrown), this.last)
      return
    }
    this.#committer.appended()
    this.#listeners.deliver({ runs, producers: batch.producers, done, lastSeq: this.last })
  }

  onStored(listener: (batch: FrameBatch) => void): () => void {
    return this.#listeners.add(listener)
  }

  onDamage(listener: (damage: DamagedRange) => void): void {
    this.#damage.onFound(listener)
    for (const range of this.#meta.missing) listener({ ...range, reason: MISSING })
  }

  async durable(seq: number): Promise<void> {
    await this.#committer.durable(seq)
  }

  get flushed(): number {
    return this.#committer.flushed
  }

  read(from: number, limits: ReadLimits): AsyncIterable<FrameBatch> {
    this.#checkOpen()
    const store = { ring: this.#ring, segments: this.#segments, damage: this.#damage, runtime: this.#runtime }
    const source = new StoredFrames(store, limits)
    return new FrameReader(this.#runtime, source, { from, first: this.first, last: this.last }, limits)
  }

  async seek(timeMicros: number): Promise<number> {
    this.#checkOpen()
    await this.#segments.opening
    const seq = await whenReady(() => this.#seek(timeMicros))
    return Math.max(this.first, seq)
  }

  summaries(from: number, to: number): AsyncIterable<ChunkSummary> {
    this.#checkOpen()
    return storedSummaries(this.#segments, this.#runtime, from, to)
  }

  without(span: TimeSpan): SeqRange[] {
    const known = this.#segments.all.filter((segment) => !mayHaveHappened(segment, span))
    return known.map(({ firstSeq, lastSeq }) => ({ from: firstSeq, to: lastSeq }))
  }

  verify(signal?: AbortSignal): AsyncIterable<ChunkCheck> {
    this.#checkOpen()
    return verifyLog(this.#segments, this.lost, this.#runtime, signal)
  }

  async compact(policy: Retention, cause: CompactionReport['cause'] = 'manual'): Promise<CompactionReport> {
    this.#checkOpen()
    const report = await compact(this.#segments, this.#meta, this.#runtime, policy, cause).catch((thrown) => {
      throw toLogFault(thrown)
    })
    if (report.removed !== undefined) await this.#committer.tryAgain()
    return report
  }

  removable(): RemovablePart[] {
    const sealed = this.#segments.all.slice(0, -1)
    return sealed.map(({ firstSeq, lastSeq, fileBytes }) => ({
      from: firstSeq,
      to: lastSeq,
      bytes: fileBytes,
    }))
  }

  get compression(): LogCompression {
    return this.#rewriter.state
  }

  compressByItself(isAutomatic: boolean): void {
    this.#rewriter.isAutomatic = isAutomatic
  }

  compress(signal: AbortSignal): AsyncIterable<CompressedSegment> {
    this.#checkOpen()
    return this.#rewriter.compressAll(signal)
  }

  get wordIndex(): WordIndex {
    return this.#rewriter.index
  }

  buildIndex(signal: AbortSignal): AsyncIterable<CompressedSegment> {
    this.#checkOpen()
    return this.#rewriter.indexAll(signal)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    let fault: unknown
    await this.#rewriter.stop()
    await this.#committer.close().catch((thrown) => {
      fault = thrown
    })
    await this.#segments.close()
    const lastStored = fault === undefined ? this.last : undefined
    await this.#meta.close(lastStored, this.#owner.isOwner).catch((thrown) => {
      fault ??= toLogFault(thrown)
    })
    this.#owner.release()
    if (fault !== undefined) throw fault
  }

  #seek(timeMicros: number): number {
    const recent = this.#ring.slabs[0]
    const isRecent = recent !== undefined && recent.firstTime < timeMicros
    const stored = isRecent ? undefined : this.#segments.locateTime(timeMicros)
    return stored === undefined ? this.#seekInRing(timeMicros) : this.#seekIn(stored, timeMicros)
  }

  #seekInRing(timeMicros: number): number {
    const run = this.#ring.findTime(timeMicros)
    return run === undefined ? this.last + 1 : frameSeq(run.bytes, skipToTime(run, timeMicros))
  }

  /** Returns the first seq of a damaged range, whose events are not known. */
  #seekIn({ from }: SeqRange, timeMicros: number): number {
    try {
      const run = this.#segments.load(this.#segments.locate(from, false)!)
      return frameSeq(run.bytes, skipToTime(run, timeMicros))
    } catch (thrown) {
      return damagedIn(thrown).from
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new TocsinError('TCN_LOG_CLOSED')
  }

  #take({ bytes, producers, given }: FrameBatch): StoredRange[] {
    if (this.#committer.fault !== undefined) throw this.#committer.fault
    this.#reserve(Math.ceil(bytes.length / HEADER_BYTES))
    const runs = this.#ring.append(bytes, this.#meta.next, this.#clock.now(), given)
    for (const run of runs) {
      this.last = run.lastSeq
      this.#queue.add(run, run === runs.at(-1) ? producers : undefined)
    }
    this.#queue.endBatch()
    this.#meta.next = this.last + 1
    this.#trimRing()
    return runs
  }

  #reserve(count: number): void {
    const failed = (thrown: unknown) => this.#committer.failed(thrown)
    try {
      this.#meta.reserve(count, failed)
    } catch (thrown) {
      failed(thrown)
      throw thrown
    }
  }

  async #store(writes: readonly ChunkWrite[]): Promise<void> {
    this.#owner.check()
    await this.#meta.reserveAhead()
    if (writes.length > 0) await this.#segments.store(writes)
    if (this.#segments.isFull) this.#queue.seal()
  }

  /** Drops the oldest slabs above the memory limit, except those with unflushed events. */
  #trimRing(): void {
    const { slabs } = this.#ring
    while (
      this.#ring.allocated > this.#ringBytes &&
      slabs.length > 1 &&
      slabs[0].lastSeq <= this.#committer.flushed
    ) {
      this.#segments.share(slabs[0])
      this.#ring.dropOldest()
    }
  }

  /** Lets a small last chunk take further frames, unless seqs were lost after it. */
  #resumeLastChunk(): void {
    if (this.#meta.next !== this.last + 1 || this.#segments.active?.fault !== undefined) return
    try {
      const location = this.#segments.locate(this.last, true)
      if (location === undefined || location.chunk.bytes >= SMALL_CHUNK_BYTES) return
      const { firstTime, lastTime, producers } = location.chunk
      this.#queue.resume(this.#ring.adopt(this.#segments.load(location), firstTime, lastTime), producers)
    } catch {
      // A damaged chunk is reported when it is read; new events are stored after it.
    }
  }
}

/** Returns the damage that was found when the log was opened, apart from ranges of events. */
function findingsOf(meta: LogMeta, { putAside, active }: Segments): string[] {
  const findings = putAside.map((path) => `the newest segment could not be read; it was put aside as ${path}`)
  if (active?.fault !== undefined)
    findings.push(`${active.fault.message}. What is sound in it can be read; new events begin a new segment`)
  if (meta.repaired !== undefined) findings.push(meta.repaired)
  else if (meta.isNew && active !== undefined)
    findings.push(`the file with the epoch of the log and its copy are missing: the log begins a new epoch`)
  return findings
}
