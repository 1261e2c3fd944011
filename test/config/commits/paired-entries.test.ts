import fc from 'fast-check'
import { expect, it } from 'vitest'
import { entriesInPlace, pairsByName } from '../../../src/config/commits/paired-entries.js'

const entry = fc.oneof(
  fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), n: fc.nat(2) }),
  fc.record({ n: fc.nat(2) }),
  fc.constantFrom(null, 'text', 1, []),
)
const entries = fc.array(entry, { maxLength: 8 })

it('entries keep their numbers when others go, come or move', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ name }))
  const changed = { name: 'b', n: 1 }
  expect(entriesInPlace([a, b, c], [b, c])).toEqual([undefined, b, c])
  expect(entriesInPlace([a, b, c], [c, a, changed])).toEqual([a, changed, c])
  expect(entriesInPlace([a, c], [b, a, c])).toEqual([a, c, b])
  // A twin is a new one.
  expect(entriesInPlace([a], [a, a])).toEqual([a, a])
  expect(entriesInPlace([a, b], [changed, { name: 'z' }])).toEqual([undefined, changed, { name: 'z' }])
})

it('no entry is lost, or is the same as two others', () => {
  fc.assert(
    fc.property(entries, entries, (before, after) => {
      const placed = entriesInPlace(before, after).filter((each) => each !== undefined)
      const texts = (all: readonly unknown[]) => all.map((each) => JSON.stringify(each)).sort()
      expect(texts(placed)).toEqual(texts(after))
      const pairs = pairsByName(before, after)
      for (const side of [0, 1]) expect(new Set(pairs.map((pair) => pair[side])).size).toBe(pairs.length)
    }),
  )
})

it('a list that moves as a whole has no changes', () => {
  const moved = fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e'], { minLength: 5 })
  fc.assert(
    fc.property(moved, moved, (names, others) => {
      const [before, after] = [names, others].map((all) => all.map((name) => ({ name })))
      expect(entriesInPlace(before, after)).toEqual(before)
    }),
  )
})

it('a hundred thousand entries are paired in a moment', () => {
  const many = Array.from({ length: 100_000 }, (_, n) => ({ n: n % 3 }))
  expect(entriesInPlace(many, many.toReversed())).toHaveLength(100_000)
})
