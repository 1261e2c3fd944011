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
    const half = Math.max(1, this.values.size >> 1)
    const { limit, below } = limitOf(this.values.values(), half)
    let atLimit = half - below
    this.missed += limit
    for (const [value, count] of this.values) {
      if (count < limit || (count === limit && atLimit-- > 0)) this.values.delete(value)
    }
  }
}

/** Numbers below it are counted one by one; nearly all numbers of values that are dropped are. */
const COUNTED = 64

/** Returns the largest of the `rarest` smallest numbers, and how many numbers are smaller than that. */
function limitOf(numbers: Iterable<number>, rarest: number): { limit: number; below: number } {
  const times = new Uint32Array(COUNTED)
  const large: number[] = []
  for (const number of numbers) {
    if (number < COUNTED) times[number]++
    else large.push(number)
  }
  let below = 0
  for (let limit = 0; limit < COUNTED; below += times[limit++])
    if (below + times[limit] >= rarest) return { limit, below }
  const sorted = Float64Array.from(large).sort()
  const limit = sorted[rarest - below - 1]
  return { limit, below: below + sorted.indexOf(limit) }
}

function keepMost(found: CountedValue[], most: number): void {
  found.sort((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1))
  found.length = Math.min(found.length, most)
}
