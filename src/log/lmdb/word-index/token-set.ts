const SLOTS = 64 * 1024
const MOST = SLOTS / 4

/** The different tokens of one chunk, in memory that is used again. */
export class TokenSet {
  readonly #slots = new Uint32Array(SLOTS)
  readonly #tokens = new Uint32Array(MOST)
  #size = 0
  /** True if there were more than it can keep. */
  isFull = false

  clear(): void {
    this.#slots.fill(0)
    this.#size = 0
    this.isFull = false
  }

  /** A token is never 0. */
  readonly add = (token: number): void => {
    let at = token % SLOTS
    while (this.#slots[at] !== 0) {
      if (this.#slots[at] === token) return
      at = (at + 1) % SLOTS
    }
    if (this.#size === MOST) {
      this.isFull = true
      return
    }
    this.#slots[at] = token
    this.#tokens[this.#size++] = token
  }

  get tokens(): Uint32Array {
    return this.#tokens.subarray(0, this.#size)
  }
}
