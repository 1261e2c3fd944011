import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../../../event/runtime.js'
import { Boundary } from '../../../parts/boundary.js'
import { dataFile } from '../../../storage/folder.js'
import type { CompressedSegment, LogCompression, WordIndex } from '../../event-log.js'
import { toLogFault } from '../log-fault.js'
import type { LogMeta } from '../log-meta.js'
import { isDamage } from '../read-fault.js'
import type { Segment } from '../segment.js'
import { removeFolder } from '../segment-folder.js'
import type { Segments } from '../segments.js'
import type { RewriteTask, RewriteWork, StoredForms } from './rewrite-segment.js'
import { RewriteFault } from './rewriting-thread.js'

/** Time after the log was opened until the first segment is rewritten, ms. */
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

export interface RewriterOptions {
  readonly runtime: Runtime
  readonly segments: Segments
  readonly meta: LogMeta
  /** The forms that segments get by themselves at first. */
  readonly automatic: StoredForms
  readonly work: RewriteWork
  /** Returns false once another hub has taken over the folder. */
  readonly isOwner: () => boolean
}

/**
 * Rewrites sealed segments, compressed and with an index of words, oldest first and one at a time. A segment for which
 * that fails stays as it is.
 */
export class Rewriter {
  readonly #options: RewriterOptions
  readonly #part = new Boundary('upkeep', 'compression', () => {})
  readonly #failures = new Map<Segment, FailedAttempt>()
  readonly #stop = new AbortController()
  #automatic: StoredForms
  #running: Promise<unknown> = Promise.resolve()
  #isAtWork = false
  #cancel: Cancel | undefined
  #wait = () => {}

  constructor(options: RewriterOptions) {
    this.#options = options
    this.#automatic = options.automatic
  }

  /** Compresses segments by itself from now on, or no further one. */
  set isAutomatic(isAutomatic: boolean) {
    this.#automatic = { ...this.#automatic, isPacked: isAutomatic }
    this.wake()
  }

  start(): void {
    this.#wakeAfter(FIRST_MS)
  }

  /** Begins with what is due, unless it is at work. */
  wake(): void {
    const { runtime } = this.#options
    if (this.#isAtWork || this.#stop.signal.aborted) return
    const now = runtime.monotonic()
    const waiting = this.#lacking(this.#automatic)
    const due = waiting.find((segment) => (this.#failures.get(segment)?.until ?? 0) <= now)
    if (due !== undefined) void this.#part.run(() => this.#storeDue(due))
    else if (waiting.length > 0) this.#wakeAfter(RETRY_MS)
  }

  get state(): LogCompression {
    const { segments } = this.#options
    const compressed = segments.all.filter(({ isCompressed }) => isCompressed)
    const sum = (bytesOf: (segment: Segment) => number) =>
      compressed.reduce((bytes, segment) => bytes + bytesOf(segment), 0)
    return {
      isAutomatic: this.#automatic.isPacked,
      segments: compressed.length,
      plainBytes: sum(({ totals }) => totals.bytes),
      diskBytes: sum(({ fileBytes }) => fileBytes),
    }
  }

  get index(): WordIndex {
    const { segments } = this.#options
    const { bytes: memoryBytes, skipped: skippedChunks } = segments.index
    return {
      isAutomatic: this.#automatic.isIndexed,
      segments: segments.all.filter(({ isIndexed }) => isIndexed).length,
      missing: this.#lacking({ isPacked: false, isIndexed: true }).length,
      memoryBytes,
      skippedChunks,
    }
  }

  /** Compresses all sealed segments that are plain, also those that have failed before. */
  compressAll(signal: AbortSignal): AsyncIterable<CompressedSegment> {
    return this.#storeAll({ isPacked: true, isIndexed: false }, signal)
  }

  /** Makes the index of all sealed segments that have none, also of those that have failed before. */
  indexAll(signal: AbortSignal): AsyncIterable<CompressedSegment> {
    return this.#storeAll({ isPacked: false, isIndexed: true }, signal)
  }

  async *#storeAll(wanted: StoredForms, signal: AbortSignal): AsyncIterable<CompressedSegment> {
    const segments = this.#lacking(wanted)
    for (const [at, segment] of segments.entries()) {
      if (signal.aborted) throw new TocsinError('TCN_CLIENT_ABORTED', undefined, { cause: signal.reason })
      const { folder, firstSeq, lastSeq, fileBytes } = segment
      const extent = { segment: folder, firstSeq, lastSeq, left: segments.length - at - 1 }
      const bytes = { plainBytes: segment.totals.bytes, bytesBefore: fileBytes }
      try {
        await this.#next(segment, wanted)
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

  /** The sealed segments that do not have all of these forms yet. */
  #lacking(wanted: StoredForms): Segment[] {
    const sealed = this.#options.segments.all.slice(0, -1)
    return sealed.filter((segment) => segment.fault === undefined && lacks(segment, wanted))
  }

  async #storeDue(segment: Segment): Promise<void> {
    this.#isAtWork = true
    await this.#next(segment, this.#automatic).catch(() => {})
    this.#isAtWork = false
    this.wake()
  }

  /** Rewrites a segment when all others before it are done. Rejects if it stays as it is. */
  #next(segment: Segment, wanted: StoredForms): Promise<void> {
    const next = this.#running.then(() => this.#attempt(segment, wanted))
    this.#running = next.catch(() => {})
    return next
  }

  async #attempt(segment: Segment, wanted: StoredForms): Promise<void> {
    try {
      await this.#store(segment, wanted)
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

  async #store(segment: Segment, wanted: StoredForms): Promise<void> {
    const { segments, work } = this.#options
    const automatic = this.#automatic
    const { signal } = this.#stop
    if (!lacks(segment, wanted) || signal.aborted || !segments.all.includes(segment)) return
    // A new file has what the old one has, and what it would get by itself.
    const forms = {
      isPacked: (wanted.isPacked || automatic.isPacked) && !segment.isCompressed,
      isIndexed: wanted.isIndexed || automatic.isIndexed || segment.isIndexed,
    }
    const task = segments.rewriteOf(segment, forms)
    try {
      const bytes = await work(task, signal)
      if (bytes !== undefined) await this.#replace(segment, task, bytes)
    } finally {
      await removeFolder(task.target)
    }
  }

  async #replace(
    segment: Segment,
    { target, isPacked, isIndexed }: RewriteTask,
    bytes: number,
  ): Promise<void> {
    const { segments, meta, isOwner } = this.#options
    if (!isOwner()) return
    // A file that is only compressed is not used unless it is smaller, and the segment is done.
    const isUsed = isIndexed || bytes < segment.fileBytes
    await this.#unwalked(segment)
    if (this.#stop.signal.aborted || !isOwner() || !segments.all.includes(segment)) return
    if (isUsed) await segments.replaceFile(segment, dataFile(target))
    if (isPacked) {
      segment.isCompressed = true
      meta.segmentCompressed(segment.firstSeq)
    }
    if (isIndexed) {
      segment.isIndexed = true
      meta.segmentIndexed(segment.firstSeq)
    }
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

function lacks({ isCompressed, isIndexed }: Segment, wanted: StoredForms): boolean {
  return (wanted.isPacked && !isCompressed) || (wanted.isIndexed && !isIndexed)
}

/** Returns whether another attempt is in vain. */
function isLasting(thrown: unknown): boolean {
  return thrown instanceof RewriteFault ? thrown.isDamage : isDamage(thrown)
}

function errorOf(thrown: unknown): TocsinError {
  if (!(thrown instanceof RewriteFault && thrown.isDamage)) return toLogFault(thrown)
  return new TocsinError('TCN_LOG_CORRUPT', thrown.message)
}
