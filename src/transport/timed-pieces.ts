import type { Runtime } from '../event/runtime.js'
import type { Units } from './units.js'

const SHORTEST = 512
const LONGEST = 64 * 1024
/** Work on a piece that is shorter or longer than this changes the length of the next, ms. */
const [SHORT_MS, LONG_MS] = [0.25, 1]

/** Divides bytes into pieces on each of which a library works for about a millisecond. */
export class TimedPieces implements Units {
  readonly #runtime: Pick<Runtime, 'monotonic'>
  readonly #waiting: Buffer[] = []
  held = 0
  #length = SHORTEST
  #begun = 0
  #wasFull = false

  constructor(runtime: Pick<Runtime, 'monotonic'>) {
    this.#runtime = runtime
  }

  push(bytes: Buffer): void {
    this.#waiting.push(bytes)
    this.held += bytes.length
  }

  next(): Buffer | undefined {
    const [first] = this.#waiting
    if (first === undefined) return undefined
    this.#wasFull = first.length >= this.#length
    const piece = first.subarray(0, this.#length)
    if (piece.length === first.length) this.#waiting.shift()
    else this.#waiting[0] = first.subarray(piece.length)
    this.held -= piece.length
    this.#begun = this.#runtime.monotonic()
    return piece
  }

  /** Returns all that is held, as one. */
  takeRest(): Buffer {
    this.held = 0
    return Buffer.concat(this.#waiting.splice(0))
  }

  done(): void {
    const took = this.#runtime.monotonic() - this.#begun
    if (took > LONG_MS) this.#length = Math.max(SHORTEST, this.#length >> 1)
    else if (took < SHORT_MS && this.#wasFull) this.#length = Math.min(LONGEST, this.#length << 1)
  }
}
