/** First in, first out. Adding and taking both run in constant time. */
export class Queue<T> {
  #items: T[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  get first(): T | undefined {
    return this.#items[this.#head]
  }

  get last(): T | undefined {
    return this.length === 0 ? undefined : this.#items.at(-1)
  }

  /** Replaces the last item. */
  replaceLast(item: T): void {
    this.#items[this.#items.length - 1] = item
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head++] = undefined as T
    if (this.#head === this.#items.length) this.clear()
    else if (this.#head >= 1024 && this.#head * 2 > this.#items.length) this.#compact()
    return item
  }

  /** Removes the first item that matches, and returns it. */
  remove(matches: (item: T) => boolean): T | undefined {
    const index = this.#items.findIndex((item, at) => at >= this.#head && matches(item))
    return index < 0 ? undefined : this.#items.splice(index, 1)[0]
  }

  clear(): void {
    this.#items = []
    this.#head = 0
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let at = this.#head; at < this.#items.length; at++) yield this.#items[at]
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#head)
    this.#head = 0
  }
}
