import { createHash } from 'node:crypto'
import { z } from 'zod'

const MAX_IDS = 4_000
/** Characters of base64, 96 bits. */
const SHORT = 16

type Kept = readonly (readonly [id: string, at: number])[]

/** The last requests by the names that their senders gave them, so that one that comes again is left out. */
export class RecentIds {
  /** Times in seconds since the epoch, oldest first. */
  readonly #ids: Map<string, number>
  readonly #seconds: number

  /** `ms`: how long a name is remembered. */
  constructor(ms: number, kept: Kept = []) {
    this.#seconds = Math.ceil(ms / 1000)
    this.#ids = new Map(kept.slice(-MAX_IDS))
  }

  has(id: string, now: number): boolean {
    const at = this.#ids.get(shortened(id))
    return at !== undefined && now / 1e6 - at <= this.#seconds
  }

  /** `now`: µs since the epoch. */
  add(id: string, now: number): void {
    const seconds = Math.floor(now / 1e6)
    for (const [oldest, at] of this.#ids) {
      if (this.#ids.size < MAX_IDS && seconds - at <= this.#seconds) break
      this.#ids.delete(oldest)
    }
    this.#ids.set(shortened(id), seconds)
  }

  delete(id: string): void {
    this.#ids.delete(shortened(id))
  }

  kept(): Kept {
    return [...this.#ids]
  }
}

function shortened(id: string): string {
  return createHash('sha256').update(id).digest('base64').slice(0, SHORT)
}

/** Throws if what is stored are no names with their times. */
export function keptIds(stored: unknown): Kept {
  return z.array(z.tuple([z.string(), z.number()])).parse(stored)
}
