import type { LongOutput, Piece } from '../bus/sink.js'
import type { LongWork } from './long-work.js'

/** While fewer bytes wait for the peer, more output is made. */
const LOW_WATER_BYTES = 64 * 1024
/**
 * The number of waiting bytes that is reported while output is made: with it, nothing more is read from the log for
 * the peer.
 */
const IN_PROGRESS_BYTES = LOW_WATER_BYTES + 1

/** A connection that long output is written to. */
export interface LongPeer {
  /** Name of the principal, whose turn it has to be. */
  readonly principal?: string
  /** Bytes that were written and that the peer has not taken. */
  readonly unsent: number
  send(pieces: readonly Uint8Array[]): void
  /** Called when everything is written. */
  longDone(): void
  /** Called if there is too much other work. */
  longFailed(error: unknown): void
}

/**
 * Writes long output, and everything that came after it, to one connection: in order, in small steps between which all
 * other work continues, and only as fast as the peer takes it.
 */
export class LongWriter {
  readonly #peer: LongPeer
  readonly #work: LongWork
  readonly #waiting: Piece[] = []
  #waitingBytes = 0
  #steps: Iterator<readonly Uint8Array[], void> | undefined
  #isRunning = false
  #isStopped = false

  constructor(peer: LongPeer, work: LongWork) {
    this.#peer = peer
    this.#work = work
  }

  /** Bytes that wait, besides those that the peer's connection has. */
  get pending(): number {
    return IN_PROGRESS_BYTES + this.#waitingBytes
  }

  add(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      this.#waiting.push(piece)
      this.#waitingBytes += sizeOf(piece)
    }
    this.goOn()
  }

  /** Called when the peer has taken what was written. */
  goOn(): void {
    if (this.#isRunning || this.#isStopped || !this.#hasRoom) return
    this.#isRunning = true
    this.#work
      .run(this.#peer.principal ?? '', this.#run())
      .catch((error) => this.#isStopped || this.#peer.longFailed(error))
  }

  /** Stops for good, for example because the peer has disconnected. */
  stop(): void {
    this.#isStopped = true
    this.#steps = undefined
    this.#waiting.length = 0
  }

  get #hasRoom(): boolean {
    return this.#peer.unsent <= LOW_WATER_BYTES
  }

  *#run(): Generator<undefined, void> {
    while (!this.#isStopped && this.#hasRoom) {
      if (!this.#step()) {
        this.#isStopped = true
        this.#peer.longDone()
      }
      yield
    }
    this.#isRunning = false
  }

  /** Returns false if there is nothing left to write. */
  #step(): boolean {
    if (this.#steps !== undefined) {
      const { done, value } = this.#steps.next()
      if (done) this.#steps = undefined
      else if (value.length > 0) this.#peer.send(value)
      return true
    }
    const next = this.#waiting.shift()
    if (next === undefined) return false
    this.#waitingBytes -= sizeOf(next)
    if (next instanceof Uint8Array) this.#peer.send([next])
    else this.#steps = next.steps()
    return true
  }
}

export function isLongOutput(piece: Piece): piece is LongOutput {
  return !(piece instanceof Uint8Array)
}

function sizeOf(piece: Piece): number {
  return isLongOutput(piece) ? piece.bytes : piece.length
}
