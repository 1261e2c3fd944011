import type { Count } from './count.js'

/** Limit for the numbers in all cached counts together. */
const MAX_NUMBERS = 100_000

/** Caches counts of time spans that can no longer change, so that repeated questions are answered at once. */
export class BucketCache {
  // In the order of last use.
  readonly #counts = new Map<string, Count>()
  #numbers = 0

  get(key: string): Count | undefined {
    const count = this.#counts.get(key)
    if (count !== undefined) {
      this.#counts.delete(key)
      this.#counts.set(key, count)
    }
    return count
  }

  set(key: string, count: Count): void {
    this.#delete(key)
    this.#counts.set(key, count)
    this.#numbers += weightOf(count)
    for (const oldest of this.#counts.keys()) {
      if (this.#numbers <= MAX_NUMBERS) break
      this.#delete(oldest)
    }
  }

  #delete(key: string): void {
    const count = this.#counts.get(key)
    if (count === undefined) return
    this.#counts.delete(key)
    this.#numbers -= weightOf(count)
  }
}

function weightOf({ values }: Count): number {
  return 1 + values.size
}
