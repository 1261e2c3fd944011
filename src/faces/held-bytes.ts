/** Counts what is half received over all connections. */
export interface HalfReceived {
  /** False when it is too much in all. */
  countHalfReceived(change: number): boolean
}

/**
 * What one request or connection holds of the memory that all share for what is half received. Whoever is refused is
 * about to go and counts no more: others have its room at once, and are not refused for its sake.
 */
export class HeldBytes {
  readonly #shared: HalfReceived
  #bytes = 0
  #isRefused = false

  constructor(shared: HalfReceived) {
    this.#shared = shared
  }

  get bytes(): number {
    return this.#bytes
  }

  /** False when all together hold too much, and from then on. */
  set(bytes: number): boolean {
    if (this.#isRefused) return false
    const change = bytes - this.#bytes
    if (change === 0) return true
    this.#bytes = bytes
    if (this.#shared.countHalfReceived(change)) return true
    this.#shared.countHalfReceived(-bytes)
    this.#bytes = 0
    this.#isRefused = true
    return false
  }
}
