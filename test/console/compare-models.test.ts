import { describe, expect, it } from 'vitest'
import { differences } from '../../console/pages/events/compare/differences.js'
import { comparisonIn, otherSpan } from '../../console/pages/events/counts/comparison.js'

describe('a time that is compared', () => {
  const hour = { from: 10 * 3600e6, to: 11 * 3600e6 }
  const day = 86_400e6

  it('is the one before, the same of another day, or a typed one', () => {
    expect(otherSpan('before', hour)).toEqual({ from: 9 * 3600e6, to: 10 * 3600e6 })
    expect(otherSpan('7d', hour)).toEqual({ from: hour.from - 7 * day, to: hour.to - 7 * day })
    const typed = '1970-01-02T00:00:00Z/1970-01-02T02:00:00Z'
    expect(otherSpan(typed, hour)).toEqual({ from: day, to: day + 2 * 3600e6 })
  })

  it('is taken from the address only if it is one', () => {
    const given = (compare: string) => comparisonIn(new URLSearchParams({ compare }))
    expect(given('1d')).toBe('1d')
    for (const wrong of ['', 'x', '1d/2d', '1970-01-02T00:00:00Z/1970-01-01T00:00:00Z'])
      expect(given(wrong)).toBeUndefined()
  })
})

describe('values of two times', () => {
  const facets = (from: number, to: number, counts: Record<string, number>) => ({
    field: 'host',
    exact: true,
    from,
    to,
    values: Object.entries(counts).map(([value, count]) => ({ value, count })),
  })
  const found = facets(10, 20, { a: 100, b: 50, c: 5 })

  it('are in the order of how much they differ, new and missing ones among them', () => {
    const all = differences(found, facets(0, 10, { a: 95, b: 50, d: 20 }), 200)
    expect(all.map(({ found: { value }, by, isNew }) => [value, by, isNew])).toEqual([
      ['d', -20, false],
      ['a', 5, false],
      ['c', 5, true],
      ['b', 0, false],
    ])
  })

  it('are compared as if both times had the same length', () => {
    const [first] = differences(found, facets(0, 100, { a: 500, b: 500, c: 50 }), 200)
    expect([first.found.value, first.by]).toEqual(['a', 50])
  })

  it('that may be beyond the list of the other time are not called new', () => {
    const all = differences(found, facets(0, 10, { a: 100, b: 2 }), 2)
    expect(all.map(({ found: { value }, by, isNew }) => [value, by, isNew])).toEqual([
      ['b', 48, false],
      ['c', 3, false],
      ['a', 0, false],
    ])
  })
})
