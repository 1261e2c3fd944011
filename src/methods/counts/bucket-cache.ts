import type { Count } from './count.js'

/** Limit for all cached counts together. */
const MAX_BYTES = 16 * 2 ** 20
/** An entry without its key and values. */
const ENTRY_BYTES = 256

interface CachedCount {
  readonly count: Count
  readonly bytes: number
}

/** Caches counts of time spans that can no longer change, so that repeated questions are answered at once. */
export class BucketCache {
  // In the order of last use.
  readonly #counts = new Map<string, CachedCount>()
  #bytes = 0

  get(key: string): Count | undefined {
    const cached = this.#counts.get(key)
    if (cached === undefined) return undefined
    this.#counts.delete(key)
    this.#counts.set(key, cached)
    return cached.count
  }

  set(key: string, count: Count): void {
    this.#delete(key)
    const bytes = ENTRY_BYTES + key.length + count.bytes
    this.#counts.set(key, { count, bytes })
    this.#bytes += bytes
    for (const oldest of this.#counts.keys()) {
      if (this.#bytes <= MAX_BYTES) break
      this.#delete(oldest)
    }
  }

  #delete(key: string): void {
    const cached = this.#counts.get(key)
    if (cached === undefined) return
    this.#counts.delete(key)
    this.#bytes -= cached.bytes
  }
}
