import type { BusLimits } from './limits.js'

/** Counts the bytes of stored events, and remembers roughly where each seq is in as many of the last as one may lag. */
export class LagMeter {
  readonly #limits: Pick<BusLimits, 'queue'>
  readonly #steps: number
  readonly #seqs: number[] = []
  readonly #totals: number[] = []
  /** Bytes stored since the bus was opened. */
  total = 0

  constructor(limits: Pick<BusLimits, 'queue'>, steps = 64) {
    this.#limits = limits
    this.#steps = steps
  }

  /** Called after a flush: everything up to `seq` was delivered, `bytes` more than at the previous flush. */
  advance(seq: number, bytes: number): void {
    this.total += bytes
    const reach = this.#limits.queue
    const last = this.#totals.at(-1)
    if (last !== undefined && this.total - last < reach / this.#steps) return
    this.#seqs.push(seq)
    this.#totals.push(this.total)
    while (this.#totals.length > 1 && this.#totals[1] <= this.total - reach) {
      this.#seqs.shift()
      this.#totals.shift()
    }
  }

  /** Returns the earliest remembered seq with at most about `bytes` of events after it; `newest` if there is none. */
  seqBefore(bytes: number, newest: number): number {
    const limit = this.total - Math.min(bytes, this.#limits.queue)
    for (let i = 0; i < this.#totals.length; i++) if (this.#totals[i] >= limit) return this.#seqs[i]
    return newest
  }
}
