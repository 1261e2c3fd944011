const BITS = 32
const LEVELS = 4

/**
 * The types of notifications that somebody reads now, and how verbose. What is costly to report is reported only while
 * it is wanted.
 */
export class NotificationDemand {
  /** Called when another set of types, or another verbosity, is wanted. */
  changed: () => void = () => undefined
  /** Readers of each bit, and of each verbosity. */
  readonly #readers = new Array<number>(BITS).fill(0)
  readonly #verbosities = new Array<number>(LEVELS).fill(0)
  #mask = 0
  #verbosity = 0

  /** The highest verbosity that a reader has. */
  get verbosity(): number {
    return this.#verbosity
  }

  /** Returns whether somebody reads one of these types. */
  wants(types: number): boolean {
    return (this.#mask & types) !== 0
  }

  /** Returns a function that ends it. */
  add(mask: number, verbosity = 0): () => void {
    this.#count(mask, verbosity, 1)
    return () => this.#count(mask, verbosity, -1)
  }

  #count(mask: number, verbosity: number, change: number): void {
    for (let bit = 0; bit < BITS; bit++) if ((mask & (1 << bit)) !== 0) this.#readers[bit] += change
    this.#verbosities[verbosity] += change
    const [mask0, verbosity0] = [this.#mask, this.#verbosity]
    this.#mask = this.#readers.reduce((sum, readers, bit) => (readers > 0 ? sum | (1 << bit) : sum), 0)
    this.#verbosity = Math.max(
      0,
      this.#verbosities.findLastIndex((readers) => readers > 0),
    )
    if (mask0 !== this.#mask || verbosity0 !== this.#verbosity) this.changed()
  }
}
