import type { FieldValue } from '../contract/counts.js'

/** Different values that one count distinguishes. */
const MAX_VALUES = 10_000

/** Number of events, in total and for each value of a field. */
export class Count {
  total = 0
  readonly values = new Map<FieldValue, number>()
  /** Whether there were more values, which are only part of `total`. */
  overflowed = false

  add(value: FieldValue | undefined, count = 1): void {
    this.total += count
    if (value !== undefined) this.addValue(value, count)
  }

  /** Adds events of a value that are already part of `total`. */
  addValue(value: FieldValue, count: number): void {
    const known = this.values.get(value)
    if (known === undefined && this.values.size === MAX_VALUES) this.overflowed = true
    else this.values.set(value, (known ?? 0) + count)
  }

  addAll(other: Count): void {
    this.total += other.total
    for (const [value, count] of other.values) this.addValue(value, count)
    this.overflowed ||= other.overflowed
  }

  /** Returns the most frequent values. */
  top(most: number): { value: FieldValue; count: number }[] {
    return [...this.values]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1))
      .slice(0, most)
  }
}
