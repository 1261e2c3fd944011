import { Queue } from './queue.js'

/** Above it nothing more is read from the hub; below it reading goes on. */
const FULL = 1024 * 1024
const LOW = 256 * 1024

/** What was received and not yet taken by the program: bounded, in order, with one reader. */
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

  /** Puts the item in the place of the last one, where that says the same and was not taken yet. */
  putLatest(item: T, isSame: (last: T) => boolean): void {
    const last = this.#items.last
    if (last !== undefined && isSame(last) && !this.#ended) this.#items.replaceLast(item)
    else this.put(item)
  }

  put(item: T): void {
    if (this.#ended) return
    this.#items.push(item)
    this.#bytes += this.#sizeOf(item)
    if (this.#bytes >= FULL && !this.#full) {
      this.#full = true
      this.#onFull()
    }
    this.#wakeReader()
  }

  /** Nothing more comes. What is there can still be taken; then the reader sees the error, if there is one. */
  end(error?: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#wakeReader()
  }

  /** What is there is not wanted any more. */
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
    if (this.#full && this.#bytes <= LOW) {
      this.#full = false
      this.#onLow()
    }
    return item
  }

  /** The next item, waiting for it; undefined at the end. */
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
