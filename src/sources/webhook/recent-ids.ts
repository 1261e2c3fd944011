import { createHash } from 'node:crypto'

const MAX_IDS = 4_000
/** Characters of base64, 96 bits. */
const SHORT = 16

type Kept = readonly (readonly [id: string, at: number])[]

/** The last requests by the names that their senders gave them, so that one that comes again is left out. */
export class RecentIds {
  /** Times in seconds since the epoch, oldest first. */
  readonly #ids: Map<string, number>
  readonly #seconds: number

  /** `ms`: how long a name is remembered. `kept` comes from the state store, and may be anything. */
  constructor(ms: number, kept: unknown) {
    this.#seconds = Math.ceil(ms / 1000)
    this.#ids = new Map(isKept(kept) ? kept.slice(-MAX_IDS) : [])
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

function isKept(value: unknown): value is Kept {
  return (
    Array.isArray(value) &&
    value.every((each) => Array.isArray(each) && typeof each[0] === 'string' && typeof each[1] === 'number')
  )
}
