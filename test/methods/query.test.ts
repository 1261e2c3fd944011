import { expect, test } from 'vitest'
import { FilterLimits, parseFilter } from '../../src/filter/index.js'
import { filters } from '../../src/methods/query.js'

test('a filter with the key __proto__ is refused, instead of matching everything', () => {
  const { success, error } = filters.safeParse(JSON.parse('{ "__proto__": { "prefix": { "tag": "a/" } } }'))
  expect(success).toBe(false)
  expect(error?.issues[0].message).toBe('__proto__ is no key of a filter')
})

test.each(['a/', ['a/', 'b/'], { prefix: { tag: 'a/' } }, {}].map((filter) => [filter]))(
  'the filter %j is taken as it is',
  (filter) => {
    expect(filters.parse(filter)).toEqual(filter)
  },
)

test('of a list that is too long only so much is checked that it is refused for its length', () => {
  const many: unknown[] = Array.from({ length: FilterLimits.parts + 1 }, (_, nth) => `a/${nth}`)
  const taken = filters.parse([...many, 5])
  expect(taken).toEqual(many)
  expect(() => parseFilter(taken)).toThrow(`at most ${FilterLimits.parts} patterns`)
})
