import { expect, test } from 'vitest'
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
