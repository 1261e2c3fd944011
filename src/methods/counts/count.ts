import type { FieldValue } from '../contract/index.js'
import { ManyValues } from './many-values.js'

/** Different values that one count distinguishes. */
const MAX_VALUES = 10_000
/** A value in a map without its characters, and its number. */
const VALUE_BYTES = 64

interface CountedValue {
  value: FieldValue
  count: number
}

/** The number of each value. */
export interface ValueCounts extends Iterable<[FieldValue, number]> {
  readonly size: number
  get(value: FieldValue): number | undefined
}

/**
 * Number of events, in total and for each value of a field. With more different values than it may distinguish, it
 * drops the rarest: then the numbers of values are lower bounds, and `missed` says by how much (lossy counting).
 */
export class Count {
  total = 0
  /**
   * Events that each value may have more than its number says, because values were dropped; also values that are not
   * there at all.
   */
  missed = 0
  readonly #maxValues: number
  readonly #few = new Map<FieldValue, number>()
  /** Once there were more different values than are kept. */
  #many: ManyValues | undefined

  constructor(maxValues = MAX_VALUES) {
    this.#maxValues = Math.min(maxValues, MAX_VALUES)
  }

  /** Different values that were found, and were not dropped, each with its number. */
  get values(): ValueCounts {
    return this.#many ?? this.#few
  }

  /** The memory that the values take, roughly. */
  get bytes(): number {
    if (this.#many !== undefined) return this.#many.bytes
    let bytes = 0
    for (const value of this.#few.keys())
      bytes += VALUE_BYTES + (typeof value === 'string' ? 2 * value.length : 0)
    return bytes
  }

  add(value: FieldValue | undefined, count = 1): void {
    this.total += count
    if (value !== undefined) this.addValue(value, count)
  }

  /** Adds events of a value that are already part of `total`. */
  addValue(value: FieldValue, count: number): void {
    const known = this.#few.get(value)
    if (this.#many === undefined && (known !== undefined || this.#few.size < this.#maxValues)) {
      this.#few.set(value, (known ?? 0) + count)
      return
    }
    const many = this.#ofMany()
    this.missed += many.add(value, count)
  }

  addAll(other: Count): void {
    this.total += other.total
    for (const [value, count] of other.values) this.addValue(value, count)
    this.missed += other.missed
  }

  #ofMany(): ManyValues {
    if (this.#many !== undefined) return this.#many
    this.#many = new ManyValues(this.#maxValues)
    for (const [value, count] of this.#few) this.missed += this.#many.add(value, count)
    this.#few.clear()
    return this.#many
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
}

function keepMost(found: CountedValue[], most: number): void {
  found.sort((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1))
  found.length = Math.min(found.length, most)
}
