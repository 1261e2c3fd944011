const FIRST_PAUSE_MS = 50
const MAX_PAUSE_MS = 5000

/** Growing pauses between attempts, ms, with a random part so that the clients of a hub do not return all at once. */
export class Backoff {
  #next = FIRST_PAUSE_MS
  readonly #random: () => number

  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** `lasted`: for how long there was a connection after the last attempt, ms. One that ends soon does not count. */
  next(lasted = 0): number {
    if (lasted >= MAX_PAUSE_MS) this.reset()
    const delay = this.#next * (0.5 + this.#random() / 2)
    this.#next = Math.min(this.#next * 2, MAX_PAUSE_MS)
    return Math.round(delay)
  }

  reset(): void {
    this.#next = FIRST_PAUSE_MS
  }
}
