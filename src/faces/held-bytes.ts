/** Counts what is half received over all connections. */
export interface HalfReceived {
  /** False when it is too much in all. */
  countHalfReceived(change: number): boolean
}

/** What one request or connection holds of the memory that all share for what is half received. */
export class HeldBytes {
  readonly #shared: HalfReceived
  #bytes = 0

  constructor(shared: HalfReceived) {
    this.#shared = shared
  }

  get bytes(): number {
    return this.#bytes
  }

  /** False when all together hold too much. */
  set(bytes: number): boolean {
    const change = bytes - this.#bytes
    if (change === 0) return true
    this.#bytes = bytes
    return this.#shared.countHalfReceived(change)
  }
}
