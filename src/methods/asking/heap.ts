/** Items of which the first one is known. Its place may be renewed when it has changed. */
export class Heap<Item> {
  readonly #isBefore: (one: Item, other: Item) => boolean
  readonly #items: Item[] = []

  constructor(isBefore: (one: Item, other: Item) => boolean) {
    this.#isBefore = isBefore
  }

  get first(): Item | undefined {
    return this.#items[0]
  }

  add(item: Item): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(item, items[parent])) break
      items[at] = items[parent]
      at = parent
    }
    items[at] = item
  }

  removeFirst(): void {
    const last = this.#items.pop()
    if (last !== undefined && this.#items.length > 0) this.#sink(last)
  }

  /** The first item comes later than before. */
  renewFirst(): void {
    this.#sink(this.#items[0])
  }

  #sink(item: Item): void {
    const items = this.#items
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && this.#isBefore(items[child + 1], items[child])) child++
      if (!this.#isBefore(items[child], item)) break
      items[at] = items[child]
      at = child
    }
    items[at] = item
  }
}
