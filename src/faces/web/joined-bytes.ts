/** The memory becomes so many times larger when it is full, so that all copying together stays in proportion. */
const GROWTH = 4

/**
 * Joins the pieces of a body as they arrive. Joining them when the last one is there would need both in memory, and
 * would hold up the event loop for as long as copying all of it takes.
 */
export class JoinedBytes {
  readonly #most: number
  #memory: Buffer = NOTHING
  #length = 0

  /** `most`: the bytes expected, or the most there can be. They are not allocated before a sixteenth has arrived. */
  constructor(most: number) {
    this.#most = most
  }

  get length(): number {
    return this.#length
  }

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length)
  }

  /** The first piece is kept as it is, so that a body of one piece is never copied. */
  add(piece: Buffer): void {
    const length = this.#length + piece.length
    if (this.#length === 0) this.#memory = piece
    else {
      if (length > this.#memory.length) this.#enlarge(length)
      piece.copy(this.#memory, this.#length)
    }
    this.#length = length
  }

  #enlarge(needed: number): void {
    const larger = needed * GROWTH
    const memory = Buffer.allocUnsafeSlow(
      larger * GROWTH < this.#most ? larger : Math.max(needed, this.#most),
    )
    this.#memory.copy(memory, 0, 0, this.#length)
    this.#memory = memory
  }
}

const NOTHING = Buffer.alloc(0)
