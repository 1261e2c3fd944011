import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../../../event/runtime.js'
import { Boundary } from '../../../parts/boundary.js'
import { dataFile } from '../../../storage/folder.js'
import type { CompressedSegment, LogCompression } from '../../event-log.js'
import { toLogFault } from '../log-fault.js'
import type { LogMeta } from '../log-meta.js'
import { isDamage } from '../read-fault.js'
import type { Segment } from '../segment.js'
import { removeFolder } from '../segment-folder.js'
import type { Segments } from '../segments.js'
import type { CompressionWork } from './compress-segment.js'
import { CompressionFault } from './compression-thread.js'

/** Time after the log was opened until the first segment is compressed, ms. */
const FIRST_MS = 5000
/** Time after a failure until the next attempt, ms; it doubles each time. */
const RETRY_MS = 60_000
const MAX_RETRY_MS = 3_600_000
/** Time between two looks at whether a walk over the chunks of a segment has ended, ms. */
const LOOK_MS = 200

interface FailedAttempt {
  readonly pause: number
  /** When to try again, ms of the monotonic clock. */
  readonly until: number
}

export interface CompressorOptions {
  readonly runtime: Runtime
  readonly segments: Segments
  readonly meta: LogMeta
  /** True if segments are compressed by themselves at first. */
  readonly isAutomatic: boolean
  readonly work: CompressionWork
  /** Returns false once another hub has taken over the folder. */
  readonly isOwner: () => boolean
}

/** Compresses sealed segments, oldest first and one at a time. A segment that cannot be compressed stays plain. */
export class Compressor {
  readonly #options: CompressorOptions
  readonly #part = new Boundary('upkeep', 'compression', () => {})
  readonly #failures = new Map<Segment, FailedAttempt>()
  readonly #stop = new AbortController()
  #isAutomatic: boolean
  #running: Promise<unknown> = Promise.resolve()
  #isAtWork = false
  #cancel: Cancel | undefined
  #wait = () => {}

  constructor(options: CompressorOptions) {
    this.#options = options
    this.#isAutomatic = options.isAutomatic
  }

  /** Compresses segments by itself from now on, or no further one. */
  set isAutomatic(isAutomatic: boolean) {
    this.#isAutomatic = isAutomatic
    this.wake()
  }

  start(): void {
    this.#wakeAfter(FIRST_MS)
  }

  /** Begins with what is due, unless it is at work. */
  wake(): void {
    const { runtime } = this.#options
    if (!this.#isAutomatic || this.#isAtWork || this.#stop.signal.aborted) return
    const now = runtime.monotonic()
    const due = this.#plain.find((segment) => (this.#failures.get(segment)?.until ?? 0) <= now)
    if (due !== undefined) void this.#part.run(() => this.#compressDue(due))
    else if (this.#plain.length > 0) this.#wakeAfter(RETRY_MS)
  }

  get state(): LogCompression {
    const { segments } = this.#options
    const compressed = segments.all.filter(({ isCompressed }) => isCompressed)
    const sum = (bytesOf: (segment: Segment) => number) =>
      compressed.reduce((bytes, segment) => bytes + bytesOf(segment), 0)
    return {
      isAutomatic: this.#isAutomatic,
      segments: compressed.length,
      plainBytes: sum(({ totals }) => totals.bytes),
      diskBytes: sum(({ fileBytes }) => fileBytes),
    }
  }

  /** Compresses all sealed segments that are plain, also those that have failed before. */
  async *compressAll(signal: AbortSignal): AsyncIterable<CompressedSegment> {
    const segments = this.#plain
    for (const [at, segment] of segments.entries()) {
      if (signal.aborted) throw new TocsinError('TCN_CLIENT_ABORTED', undefined, { cause: signal.reason })
      const { folder, firstSeq, lastSeq, fileBytes } = segment
      const extent = { segment: folder, firstSeq, lastSeq, left: segments.length - at - 1 }
      const bytes = { plainBytes: segment.totals.bytes, bytesBefore: fileBytes }
      try {
        await this.#next(segment)
        if (this.#stop.signal.aborted) throw new TocsinError('TCN_LOG_CLOSED')
        yield { ...extent, ...bytes, bytesAfter: segment.fileBytes }
      } catch (thrown) {
        if (TocsinError.is(thrown, 'TCN_LOG_CLOSED')) throw thrown
        yield { ...extent, ...bytes, bytesAfter: fileBytes, error: errorOf(thrown) }
      }
    }
  }

  /** Resolves when nothing of the log is in use. */
  async stop(): Promise<void> {
    this.#cancel?.()
    this.#stop.abort()
    this.#wait()
    await this.#running
  }

  /** The sealed segments that are not compressed yet. */
  get #plain(): Segment[] {
    const { all } = this.#options.segments
    return all.slice(0, -1).filter(({ isCompressed, fault }) => !isCompressed && fault === undefined)
  }

  async #compressDue(segment: Segment): Promise<void> {
    this.#isAtWork = true
    await this.#next(segment).catch(() => {})
    this.#isAtWork = false
    this.wake()
  }

  /** Compresses a segment when all others before it are done. Rejects if it stays plain. */
  #next(segment: Segment): Promise<void> {
    const next = this.#running.then(() => this.#attempt(segment))
    this.#running = next.catch(() => {})
    return next
  }

  async #attempt(segment: Segment): Promise<void> {
    try {
      await this.#compress(segment)
      this.#failures.delete(segment)
    } catch (thrown) {
      if (!this.#options.segments.all.includes(segment)) return
      this.#failed(segment, thrown)
      throw thrown
    }
  }

  #failed(segment: Segment, thrown: unknown): void {
    const { pause: last = RETRY_MS / 2 } = this.#failures.get(segment) ?? {}
    const pause = isLasting(thrown) ? Number.POSITIVE_INFINITY : Math.min(last * 2, MAX_RETRY_MS)
    this.#failures.set(segment, { pause, until: this.#options.runtime.monotonic() + pause })
    this.#part.note(thrown)
  }

  async #compress(segment: Segment): Promise<void> {
    const { segments, work } = this.#options
    const { signal } = this.#stop
    if (segment.isCompressed || signal.aborted || !segments.all.includes(segment)) return
    const task = segments.compressionOf(segment)
    try {
      const bytes = await work(task, signal)
      if (bytes !== undefined) await this.#replace(segment, dataFile(task.target), bytes)
    } finally {
      await removeFolder(task.target)
    }
  }

  async #replace(segment: Segment, file: string, bytes: number): Promise<void> {
    const { segments, meta, isOwner } = this.#options
    if (!isOwner()) return
    // A file that is not smaller is not used, and the segment is done.
    const isSmaller = bytes < segment.fileBytes
    await this.#unwalked(segment)
    if (this.#stop.signal.aborted || !isOwner() || !segments.all.includes(segment)) return
    if (isSmaller) await segments.replaceFile(segment, file)
    segment.isCompressed = true
    meta.segmentCompressed(segment.firstSeq)
  }

  /** Resolves when no walk over the chunks of the segment is in progress. */
  async #unwalked(segment: Segment): Promise<void> {
    const { runtime } = this.#options
    while (segment.walks > 0 && !this.#stop.signal.aborted)
      await new Promise<void>((resolve) => {
        this.#wait = resolve
        runtime.after(LOOK_MS, resolve)
      })
  }

  #wakeAfter(ms: number): void {
    this.#cancel?.()
    this.#cancel = this.#options.runtime.after(ms, () => this.wake())
  }
}

/** Returns whether another attempt is in vain. */
function isLasting(thrown: unknown): boolean {
  return thrown instanceof CompressionFault ? thrown.isDamage : isDamage(thrown)
}

function errorOf(thrown: unknown): TocsinError {
  if (!(thrown instanceof CompressionFault && thrown.isDamage)) return toLogFault(thrown)
  return new TocsinError('TCN_LOG_CORRUPT', thrown.message)
}
