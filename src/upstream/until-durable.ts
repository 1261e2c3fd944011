import { frameBytes, frameSeq } from '../event/frame.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { SourceSink } from '../sources/source.js'

/** The part of a source's context that is used here. */
export interface DurableHost {
  readonly runtime: Pick<Runtime, 'after'>
  /** Resolves when everything up to seq is as safe as this hub can make it. */
  flushed(seq: number): Promise<void>
}

type Held = { seq: number; bytes: number; hand(): void }

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
    else this.#holdCopy(seq, Buffer.concat(pieces))
  }

  position(seq: number): void {
    if (this.#isPassed(seq)) this.#sink.position(seq)
    else this.#hold({ seq, bytes: 0, hand: () => this.#sink.position(seq) })
  }

  live(seq: number): void {
    if (this.#isPassed(seq)) this.#sink.live?.(seq)
    else this.#hold({ seq, bytes: 0, hand: () => this.#sink.live?.(seq) })
  }

  gap(reason: string, from: number, to: number, next: number): void {
    if (this.#isPassed(next)) this.#sink.gap(reason, from, to, next)
    else this.#hold({ seq: next, bytes: 0, hand: () => this.#sink.gap(reason, from, to, next) })
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

  #holdCopy(seq: number, copy: Uint8Array): void {
    this.#hold({ seq, bytes: copy.length, hand: () => this.#sink.write([copy]) })
  }

  #hold(held: Held): void {
    this.#held.push(held)
    this.#bytes += held.bytes
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
      // The disk is full, or the hub stops: nothing is forwarded meanwhile.
      this.#timer = this.#host.runtime.after(RETRY_MS, () => void (this.#isClosed || this.#ask()))
      return
    }
    this.#isAsking = false
    this.#durable = Math.max(this.#durable, seq)
    this.#release()
  }

  #release(): void {
    while (this.#held.length > 0 && this.#held[0].seq <= this.#durable) {
      const { bytes, hand } = this.#held[0]
      this.#held.shift()
      this.#bytes -= bytes
      hand()
    }
    this.#askSoon()
    if (!this.#isClosed && this.pending === 0) this.#drained()
  }
}

function lastSeqOf(pieces: readonly Uint8Array[]): number {
  const piece = pieces[pieces.length - 1]
  let last = 0
  for (let at = 0; at < piece.length; at += frameBytes(piece, at)) last = at
  return frameSeq(piece, last)
}
