import type { FieldValue } from '../contract/index.js'

/** Different values that one count distinguishes. */
const MAX_VALUES = 10_000

interface CountedValue {
  value: FieldValue
  count: number
}

/**
 * Number of events, in total and for each value of a field. With more different values than it may distinguish, it
 * drops the rarest: then the numbers of values are lower bounds, and `missed` says by how much (lossy counting).
 */
export class Count {
  total = 0
  readonly values = new Map<FieldValue, number>()
  /**
   * Events that each value may have more than its number says, because values were dropped; also values that are not
   * there at all.
   */
  missed = 0
  readonly #maxValues: number

  constructor(maxValues = MAX_VALUES) {
    this.#maxValues = Math.min(maxValues, MAX_VALUES)
  }

  add(value: FieldValue | undefined, count = 1): void {
    this.total += count
    if (value !== undefined) this.addValue(value, count)
  }

  /** Adds events of a value that are already part of `total`. */
  addValue(value: FieldValue, count: number): void {
    const known = this.values.get(value)
    if (known === undefined && this.values.size >= this.#maxValues) this.#dropRarest()
    this.values.set(value, (known ?? 0) + count)
  }

  addAll(other: Count): void {
    this.total += other.total
    for (const [value, count] of other.values) this.addValue(value, count)
    this.missed += other.missed
  }

  /** Returns the most frequent values. */
  top(most: number): CountedValue[] {
    const found: CountedValue[] = []
    let least = 0
    for (const [value, count] of this.values) {
      if (count < least) continue
      found.push({ value, count })
      // Sorting all values would take long when they are many.
      if (found.length < 2 * most) continue
      keepMost(found, most)
      least = found[most - 1].count
    }
    keepMost(found, most)
    return found
  }

  /** Drops half of the values, so that this is rare. */
  #dropRarest(): void {
    const counts = Float64Array.from(this.values.values()).sort()
    const half = Math.max(1, counts.length >> 1)
    const limit = counts[half - 1]
    let atLimit = half - counts.indexOf(limit)
    this.missed += limit
    for (const [value, count] of this.values) {
      if (count < limit || (count === limit && atLimit-- > 0)) this.values.delete(value)
    }
  }
}

function keepMost(found: CountedValue[], most: number): void {
  found.sort((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1))
  found.length = Math.min(found.length, most)
}
