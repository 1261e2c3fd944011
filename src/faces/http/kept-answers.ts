import type { Bucket } from '../../state/index.js'

export interface KeptLimits {
  /** Of one principal. */
  answers: number
  bytes: number
}

const DEFAULT_KEPT_LIMITS: KeptLimits = { answers: 10_000, bytes: 16 * 1024 * 1024 }

/** Sizes by key, the oldest first. */
interface Shelf {
  sizes: Map<string, number>
  bytes: number
}

/**
 * Answers to be given again, in the state store under `<principal>/<name>`. Each principal has room for so many; of
 * more the oldest go, so that nobody fills the store or takes the room of another.
 */
export class KeptAnswers {
  readonly #bucket: Bucket
  readonly #limits: KeptLimits
  readonly #shelves = new Map<string, Shelf>()
  #opened: Promise<void> | undefined

  constructor(bucket: Bucket, limits = DEFAULT_KEPT_LIMITS) {
    this.#bucket = bucket
    this.#limits = limits
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.#bucket.get(key))?.value
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    await this.#open()
    await this.#bucket.put(key, value)
    const shelf = this.#note(key, value.length)
    await Promise.all(this.#tooMany(shelf).map((old) => this.#bucket.delete(old)))
  }

  #open(): Promise<void> {
    this.#opened ??= this.#restore().catch((error) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  async #restore(): Promise<void> {
    this.#shelves.clear()
    const found: { key: string; size: number; revision: number }[] = []
    for await (const { key, value, revision } of this.#bucket.list()) {
      found.push({ key, size: value.length, revision })
    }
    found.sort((a, b) => a.revision - b.revision)
    for (const { key, size } of found) this.#note(key, size)
  }

  #note(key: string, size: number): Shelf {
    const principal = key.slice(0, key.lastIndexOf('/'))
    const shelf = this.#shelves.get(principal) ?? { sizes: new Map(), bytes: 0 }
    this.#shelves.set(principal, shelf)
    shelf.bytes += size - (shelf.sizes.get(key) ?? 0)
    shelf.sizes.delete(key)
    shelf.sizes.set(key, size)
    return shelf
  }

  /** Takes the oldest off until the others are within the limits. Those that have expired go like this too. */
  #tooMany(shelf: Shelf): string[] {
    const old: string[] = []
    for (const [key, size] of shelf.sizes) {
      if (shelf.sizes.size <= this.#limits.answers && shelf.bytes <= this.#limits.bytes) break
      shelf.sizes.delete(key)
      shelf.bytes -= size
      old.push(key)
    }
    return old
  }
}
