import { frameBytes, frameSeq } from '../event/frame.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { SourceSink } from '../sources/source.js'

/** The part of a source's context that is used here. */
export interface DurableHost {
  readonly runtime: Pick<Runtime, 'after'>
  /** Resolves when everything up to seq is as safe as this hub can make it. */
  flushed(seq: number): Promise<void>
  /** The last event that is so. */
  flushedTo(): number
}

/** A report, or frames one after the other. */
type Held = { seq: number; hand(): void } | { seq: number; frames: Uint8Array }

/** A log commits by itself within this time, so that asking it then costs no commit of its own, ms. */
const COMMIT_MS = 50
/** Bytes for which a commit of their own is worth its cost. */
const MANY_BYTES = 256 * 1024
/** Bytes that may be held before more is read from the log. */
const WINDOW_BYTES = 1024 * 1024
const RETRY_MS = 1_000

/**
 * Hands on what a subscription gives, in its order, once it is on the disk of this hub. An event that was forwarded and
 * then lost in a crash would be published again here, under another number, and be there twice.
 */
export class UntilDurable implements SourceSink {
  readonly keepsNothing = true
  readonly #host: DurableHost
  readonly #sink: SourceSink
  readonly #drained: () => void
  #held: Held[] = []
  #bytes = 0
  /** Everything up to there is durable. */
  #durable = 0
  #isAsking = false
  #timer: Cancel | undefined
  #isClosed = false

  /** `drained` is called when there is room again. */
  constructor(host: DurableHost, sink: SourceSink, drained: () => void) {
    this.#host = host
    this.#sink = sink
    this.#drained = drained
  }

  get isEmpty(): boolean {
    return this.#held.length === 0
  }

  get pending(): number {
    return this.#sink.pending + Math.max(0, this.#bytes - WINDOW_BYTES)
  }

  write(pieces: readonly Uint8Array[]): void {
    const seq = lastSeqOf(pieces)
    if (this.#isPassed(seq)) this.#sink.write(pieces)
    else this.#hold({ seq, frames: Buffer.concat(pieces) })
  }

  position(seq: number): void {
    if (this.#isPassed(seq)) this.#sink.position(seq)
    else this.#hold({ seq, hand: () => this.#sink.position(seq) })
  }

  live(seq: number): void {
    if (this.#isPassed(seq)) this.#sink.live?.(seq)
    else this.#hold({ seq, hand: () => this.#sink.live?.(seq) })
  }

  gap(reason: string, from: number, to: number, next: number): void {
    if (this.#isPassed(next)) this.#sink.gap(reason, from, to, next)
    else this.#hold({ seq: next, hand: () => this.#sink.gap(reason, from, to, next) })
  }

  end(error: Error | undefined): void {
    this.close()
    this.#sink.end(error)
  }

  /** Drops what is held: it is read from the log again. */
  close(): void {
    this.#isClosed = true
    this.#timer?.()
    this.#held = []
    this.#bytes = 0
  }

  #isPassed(seq: number): boolean {
    return this.#isClosed || (this.isEmpty && seq <= this.#durable)
  }

  #hold(held: Held): void {
    this.#held.push(held)
    this.#bytes += heldBytes(held)
    this.#askSoon()
  }

  #askSoon(): void {
    if (this.#isAsking || this.isEmpty) return
    if (this.#bytes >= MANY_BYTES) void this.#ask()
    else this.#timer ??= this.#host.runtime.after(COMMIT_MS, () => void this.#ask())
  }

  async #ask(): Promise<void> {
    this.#timer?.()
    this.#timer = undefined
    this.#isAsking = true
    const seq = this.#held.reduce((highest, held) => Math.max(highest, held.seq), 0)
    try {
      await this.#host.flushed(seq)
    } catch {
      // The disk is full, or the hub stops: only what is there already is forwarded meanwhile.
      this.#release(Math.min(seq, this.#host.flushedTo()))
      this.#timer = this.#host.runtime.after(RETRY_MS, () => void (this.#isClosed || this.#ask()))
      return
    }
    this.#isAsking = false
    this.#release(seq)
    this.#askSoon()
  }

  #release(durable: number): void {
    this.#durable = Math.max(this.#durable, durable)
    while (this.#held.length > 0 && this.#held[0].seq <= this.#durable) {
      const held = this.#held[0]
      this.#held.shift()
      this.#bytes -= heldBytes(held)
      if ('frames' in held) this.#sink.write([held.frames])
      else held.hand()
    }
    this.#releaseFirstFrames()
    if (!this.#isClosed && this.pending === 0) this.#drained()
  }

  /** Some frames of those that came together may be durable. */
  #releaseFirstFrames(): void {
    const [first] = this.#held
    if (first === undefined || !('frames' in first)) return
    const end = endOfFrames(first.frames, this.#durable)
    if (end === 0) return
    this.#held[0] = { ...first, frames: first.frames.subarray(end) }
    this.#bytes -= end
    this.#sink.write([first.frames.subarray(0, end)])
  }
}

function heldBytes(held: Held): number {
  return 'frames' in held ? held.frames.length : 0
}

/** Returns where the frames up to this seq end. */
function endOfFrames(frames: Uint8Array, seq: number): number {
  let at = 0
  while (at < frames.length && frameSeq(frames, at) <= seq) at += frameBytes(frames, at)
  return at
}

function lastSeqOf(pieces: readonly Uint8Array[]): number {
  const piece = pieces[pieces.length - 1]
  let last = 0
  for (let at = 0; at < piece.length; at += frameBytes(piece, at)) last = at
  return frameSeq(piece, last)
}
