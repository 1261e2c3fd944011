const FIRST = 50
const LONGEST = 5000

/** Pauses between tries, ms: growing, and spread so that not all clients of a hub come back at once. */
export class Backoff {
  #next = FIRST
  readonly #random: () => number

  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  next(): number {
    const delay = this.#next * (0.5 + this.#random() / 2)
    this.#next = Math.min(this.#next * 2, LONGEST)
    return Math.round(delay)
  }

  reset(): void {
    this.#next = FIRST
  }
}
