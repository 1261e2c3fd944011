import { TocsinError } from '../errors/tocsin-error.js'
import { nextTurn, type Runtime } from '../event/runtime.js'
import { asFault } from '../parts/core.js'
import type { FrameBatch, ReadLimits, SeqRange } from './event-log.js'
import { type FrameRange, selectFrames } from './frame-range.js'
import { NotReady } from './not-ready.js'

/** Largest batch of a read, unless a single frame is larger. */
export const BATCH_BYTES = 256 * 1024
/** Number of bytes after which a read yields to the event loop. */
export const BYTES_A_TURN = 1024 * 1024

/** The store from which a read takes its frames. */
export interface FrameSource {
  /**
   * Returns the frames that include `seq`, else the next ones in the direction of reading. Throws TCN_LOG_CORRUPT,
   * with the range in its details, if they are damaged, and NotReady if they cannot be read yet.
   */
  find(seq: number, backwards: boolean): FrameRange | undefined
  /** Called once, when the read is over. */
  release?(): void
  /** Set while the source is opening; `find` must not be called before it resolves. */
  readonly opening?: Promise<void> | undefined
}

export interface ReadStart {
  from: number
  /** First and last seq of the log. */
  first: number
  last: number
}

/** A read of one range. Batches are views of stored bytes and must not be written to. */
export class FrameReader implements AsyncIterableIterator<FrameBatch> {
  readonly #runtime: Runtime
  readonly #source: FrameSource
  readonly #signal: AbortSignal | undefined
  readonly #damaged: ReadLimits['damaged']
  readonly #backwards: boolean
  /** The remaining range, inclusive. */
  #low: number
  #high: number
  #events: number
  #bytes: number
  #turnBytes = 0
  #over = false

  constructor(runtime: Runtime, source: FrameSource, { from, first, last }: ReadStart, limits: ReadLimits) {
    this.#runtime = runtime
    this.#source = source
    this.#signal = limits.signal
    this.#damaged = limits.damaged
    this.#backwards = limits.backwards ?? false
    this.#low = Math.max(first, this.#backwards ? (limits.to ?? first) : from)
    this.#high = Math.min(last, this.#backwards ? from : (limits.to ?? last))
    this.#events = limits.events ?? Number.POSITIVE_INFINITY
    this.#bytes = limits.bytes ?? Number.POSITIVE_INFINITY
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<FrameBatch, undefined>> {
    try {
      for (;;) {
        if (this.#turnBytes >= BYTES_A_TURN) await this.#turn()
        if (this.#source.opening !== undefined) await this.#source.opening
        const batch = this.#over ? undefined : this.#take()
        if (batch instanceof NotReady) await batch.ready
        if (batch === 'damaged' || batch instanceof NotReady) continue
        if (batch === undefined) return this.return()
        return { done: false, value: batch }
      }
    } catch (thrown) {
      this.#end()
      throw asFault(thrown)
    }
  }

  async return(): Promise<IteratorResult<FrameBatch, undefined>> {
    this.#end()
    return { done: true, value: undefined }
  }

  #take(): FrameBatch | NotReady | 'damaged' | undefined {
    if (this.#signal?.aborted)
      throw new TocsinError('TCN_CLIENT_ABORTED', undefined, { cause: this.#signal.reason })
    if (this.#low > this.#high || this.#events <= 0 || this.#bytes <= 0) return undefined
    const run = this.#find()
    if (run === undefined || run === 'damaged' || run instanceof NotReady) return run
    const batch = selectFrames(run, this.#wanted(), this.#backwards)
    const { memory } = run
    if (batch === undefined) {
      memory?.release()
      return undefined
    }
    if (memory !== undefined) batch.release = () => memory.release()
    this.#moveOn(batch)
    return batch
  }

  #find(): FrameRange | NotReady | 'damaged' | undefined {
    try {
      return this.#source.find(this.#backwards ? this.#high : this.#low, this.#backwards)
    } catch (thrown) {
      if (thrown instanceof NotReady) return thrown
      if (this.#damaged === undefined || !TocsinError.is(thrown, 'TCN_LOG_CORRUPT')) throw thrown
      const { firstSeq, lastSeq } = thrown.details as { firstSeq: number; lastSeq: number }
      // Only what lies ahead can be passed.
      if (this.#backwards ? firstSeq > this.#high : lastSeq < this.#low) throw thrown
      this.#pass({ from: Math.max(firstSeq, this.#low), to: Math.min(lastSeq, this.#high) })
      return 'damaged'
    }
  }

  /** Goes on behind a damaged range. */
  #pass(range: SeqRange): void {
    if (this.#backwards) this.#high = range.from - 1
    else this.#low = range.to + 1
    // Looking for the extent of the damage may have taken long.
    this.#turnBytes = BYTES_A_TURN
    if (range.from <= range.to) this.#damaged?.(range)
  }

  #wanted() {
    const bytes = Math.min(BATCH_BYTES, this.#bytes)
    return { from: this.#low, to: this.#high, events: this.#events, bytes }
  }

  #moveOn(batch: FrameBatch): void {
    if (this.#backwards) this.#high = batch.firstSeq - 1
    else this.#low = batch.lastSeq + 1
    this.#events -= batch.count
    this.#bytes -= batch.bytes.length
    this.#turnBytes += batch.bytes.length
  }

  #turn(): Promise<void> {
    this.#turnBytes = 0
    return nextTurn(this.#runtime)
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    this.#source.release?.()
  }
}
