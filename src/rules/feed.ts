import { frameBytes, frameSeq } from '../event/frame.js'
import { endOfWork, type Runtime } from '../event/runtime.js'

/** Time that the rules may take in one turn of the event loop, ms. */
export const SLICE_MS = 4
/** Events, or bytes of them, between two looks at the clock. */
const LOOK_EVERY = 64
const LOOK_EVERY_BYTES = 16 * 1024

export interface FeedTaker {
  /** Does what is due before the event can be taken. Returns false if the time was over before all was done. */
  prepare(bytes: Uint8Array, at: number, hasTime: () => boolean): boolean
  /** Takes an event. Returns false if it can take no more for now. */
  take(bytes: Uint8Array, at: number): boolean
  /** Called when all was handed on. */
  empty(): void
}

/** Hands frames on, one after the other, for a short time in each turn of the event loop. */
export class Feed {
  /** Bytes that were not handed on yet. */
  pending = 0
  /** The last event that was handed on. */
  seq = 0
  readonly #runtime: Runtime
  readonly #taker: FeedTaker
  #pieces: Uint8Array[] = []
  /** Where the first piece goes on. */
  #at = 0
  #isBlocked = false
  #isDue = false
  #isClosed = false

  constructor(runtime: Runtime, taker: FeedTaker) {
    this.#runtime = runtime
    this.#taker = taker
  }

  /** Hands nothing on until `unblock`. */
  block(): void {
    this.#isBlocked = true
  }

  add(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      this.#pieces.push(piece)
      this.pending += piece.length
    }
    if (!this.#isBlocked && !this.#isDue) this.#run()
  }

  /** Continues after `take` has returned false, or after `block`. */
  unblock(): void {
    this.#isBlocked = false
    if (!this.#isDue) this.#run()
  }

  close(): void {
    this.#isClosed = true
    this.#pieces = []
    this.pending = 0
  }

  #run(): void {
    const until = endOfWork(this.#runtime, SLICE_MS)
    while (!this.#isBlocked && this.#pieces.length > 0 && !this.#isClosed) {
      this.#handOn(until)
      if (this.#runtime.monotonic() >= until) break
    }
    if (this.#isClosed || this.#isBlocked) return
    if (this.#pieces.length > 0) this.#later()
    else this.#taker.empty()
  }

  #later(): void {
    this.#isDue = true
    this.#runtime.soon(() => {
      this.#isDue = false
      if (!this.#isClosed && !this.#isBlocked) this.#run()
    })
  }

  /** Hands on what is left of the first piece, or a part of it. */
  #handOn(until: number): void {
    const [piece] = this.#pieces
    const hasTime = () => this.#runtime.monotonic() < until
    let looked = this.#at
    for (let count = 1; this.#at < piece.length; count++) {
      const at = this.#at
      if (!this.#taker.prepare(piece, at, hasTime)) break
      this.#at += frameBytes(piece, at)
      this.seq = frameSeq(piece, at)
      this.#isBlocked = !this.#taker.take(piece, at)
      if (this.#isBlocked) break
      if (count % LOOK_EVERY !== 0 && this.#at - looked < LOOK_EVERY_BYTES) continue
      looked = this.#at
      if (!hasTime()) break
    }
    if (this.#at < piece.length) return
    this.#at = 0
    this.#pieces.shift()
    this.pending -= piece.length
  }
}
