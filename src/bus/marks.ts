/** Remembers which seq stood how many bytes ago, coarsely, over the last `reach` bytes. */
export class Marks {
  readonly #reach: number
  readonly #step: number
  readonly #seqs: number[] = []
  readonly #totals: number[] = []
  /** Bytes stored since the bus started. */
  total = 0

  constructor(reach: number, steps = 64) {
    this.#reach = reach
    this.#step = reach / steps
  }

  /** After a flush: everything up to `seq` has gone out, `bytes` more than at the flush before. */
  advance(seq: number, bytes: number): void {
    this.total += bytes
    const last = this.#totals.at(-1)
    if (last !== undefined && this.total - last < this.#step) return
    this.#seqs.push(seq)
    this.#totals.push(this.total)
    while (this.#totals.length > 1 && this.#totals[1] <= this.total - this.#reach) {
      this.#seqs.shift()
      this.#totals.shift()
    }
  }

  /** A seq with at most about `bytes` of events behind it, as far back as that allows. */
  seqBehind(bytes: number, newest: number): number {
    const limit = this.total - Math.min(bytes, this.#reach)
    for (let i = 0; i < this.#totals.length; i++) if (this.#totals[i] >= limit) return this.#seqs[i]
    return newest
  }
}
