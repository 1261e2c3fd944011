import { Queue } from '../queue.js'

/** Reading from the hub stops when this much waits, and resumes when no more than `LOW_BYTES` are left. */
const FULL_BYTES = 1024 * 1024
const LOW_BYTES = 256 * 1024

/** Items that were received and that the program has not taken yet: bounded, in order, with one reader. */
export class Inbox<T> {
  readonly #items = new Queue<T>()
  readonly #sizeOf: (item: T) => number
  readonly #onFull: () => void
  readonly #onLow: () => void
  #bytes = 0
  #full = false
  #wake: (() => void) | undefined
  #ended = false
  #error: Error | undefined

  constructor(options: { sizeOf: (item: T) => number; onFull: () => void; onLow: () => void }) {
    this.#sizeOf = options.sizeOf
    this.#onFull = options.onFull
    this.#onLow = options.onLow
  }

  /** Replaces the last item if it is of the same kind and was not taken yet; adds the item otherwise. */
  putLatest(item: T, isSame: (last: T) => boolean): void {
    const last = this.#items.last
    if (last === undefined || !isSame(last) || this.#ended) {
      this.put(item)
      return
    }
    this.#items.replaceLast(item)
    this.#bytes += this.#sizeOf(item) - this.#sizeOf(last)
  }

  put(item: T): void {
    if (this.#ended) return
    this.#items.push(item)
    this.#bytes += this.#sizeOf(item)
    if (this.#bytes >= FULL_BYTES && !this.#full) {
      this.#full = true
      this.#onFull()
    }
    this.#wakeReader()
  }

  /** Ends the inbox: the reader still receives the remaining items, and then the error if there is one. */
  end(error?: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#wakeReader()
  }

  /** Drops the remaining items. */
  clear(): void {
    this.#items.clear()
    this.#bytes = 0
    this.#full = false
  }

  get isFull(): boolean {
    return this.#full
  }

  take(): T | undefined {
    const item = this.#items.shift()
    if (item === undefined) return undefined
    this.#bytes -= this.#sizeOf(item)
    if (this.#full && this.#bytes <= LOW_BYTES) {
      this.#full = false
      this.#onLow()
    }
    return item
  }

  /** Waits for the next item; undefined at the end. */
  async next(): Promise<T | undefined> {
    for (;;) {
      const item = this.take()
      if (item !== undefined) return item
      if (this.#ended) {
        const error = this.#error
        this.#error = undefined
        if (error !== undefined) throw error
        return undefined
      }
      await new Promise<void>((wake) => {
        this.#wake = wake
      })
    }
  }

  #wakeReader(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}
