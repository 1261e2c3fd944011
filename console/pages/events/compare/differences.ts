import type { Facets } from '../../../../src/methods/contract/index.js'

/** A value with its count. */
export type Found = Facets['values'][number]

export interface Difference {
  readonly found: Found
  /** Events more than in the other time, as if it were as long. */
  readonly by: number
  readonly isNew: boolean
}

/** The values of two times, those that differ most first. `limit`: values that were asked for. With fewer, all are known. */
export function differences(found: Facets, other: Facets, limit: number): Difference[] {
  const scale = (found.to - found.from) / Math.max(1, other.to - other.from)
  const now = new Set(found.values.map(({ value }) => value))
  const then = new Map(other.values.map(({ value, count }) => [value, count * scale]))
  const isAll = ({ values, missed }: Facets) => values.length < limit && missed === undefined
  // A value that is not listed may have as many as the last one that is.
  const unlisted = isAll(other) ? 0 : (other.values.at(-1)?.count ?? 0) * scale
  const gone = isAll(found) ? other.values.filter(({ value }) => !now.has(value)) : []
  const all = [...found.values, ...gone.map(({ more, value }) => ({ value, more, count: 0 }))]
  return all
    .map((each) => {
      const before = then.get(each.value)
      const by = Math.round(each.count - (before ?? unlisted))
      return { found: each, by, isNew: before === undefined && isAll(other) }
    })
    .toSorted((a, b) => Math.abs(b.by) - Math.abs(a.by))
}
