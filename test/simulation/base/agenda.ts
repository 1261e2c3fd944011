/** Something that is to happen. */
export interface Item {
  time: number
  /** When it was to happen, before it was put off. */
  due: number
  order: number
}

/** What is to happen, by time. What was put off to a time comes first there, in the order in which it was due. */
export class Agenda<Entry extends Item> {
  readonly #heap: Entry[] = []

  get size(): number {
    return this.#heap.length
  }

  add(entry: Entry): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(entry, heap[above])) break
      heap[at] = heap[above]
      at = above
    }
    heap[at] = entry
  }

  take(): Entry | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1], heap[below])) below++
      if (!isBefore(heap[below], last)) break
      heap[at] = heap[below]
      at = below
    }
    heap[at] = last
    return first
  }
}

function isBefore(one: Item, other: Item): boolean {
  return (one.time - other.time || one.due - other.due || one.order - other.order) < 0
}
