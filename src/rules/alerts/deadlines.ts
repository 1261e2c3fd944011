/** Deadlines of many things by their keys. The order of equal ones is that of their keys, so that it is always the same. */
export class Deadlines {
  readonly #dues = new Map<string, number>()
  /** A heap. An entry that is not what `dues` says is old: it is left out, or added at its new time. */
  #heap: HeapEntry[] = []

  get size(): number {
    return this.#dues.size
  }

  set(key: string, due: number): void {
    const known = this.#dues.get(key)
    this.#dues.set(key, due)
    // When the old entry comes first, the new time takes its place.
    if (known === undefined || due < known) this.#push([due, key])
  }

  delete(key: string): void {
    this.#dues.delete(key)
    if (this.#dues.size === 0) this.#heap = []
  }

  get first(): readonly [due: number, key: string] | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      const due = this.#dues.get(top[1])
      if (due === top[0]) return top
      this.#pop()
      if (due !== undefined && due > top[0]) this.#push([due, top[1]])
    }
    return undefined
  }

  get next(): number {
    return this.first?.[0] ?? Number.POSITIVE_INFINITY
  }

  #push(entry: HeapEntry): void {
    if (this.#heap.length > 2 * this.#dues.size + 64) {
      const current = [...this.#dues].map(([key, due]): HeapEntry => [due, key])
      this.#heap = current.sort((one, other) => (isBefore(one, other) ? -1 : 1))
      return
    }
    const heap = this.#heap
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(entry, heap[parent])) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const moved = heap.pop()
    if (moved === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++
      if (child >= heap.length || !isBefore(heap[child], moved)) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = moved
  }
}

type HeapEntry = readonly [due: number, key: string]

function isBefore(one: HeapEntry, other: HeapEntry): boolean {
  return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1])
}
