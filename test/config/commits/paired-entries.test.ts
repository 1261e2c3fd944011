import fc from 'fast-check'
import { expect, it } from 'vitest'
import { pairedEntries, pairsByName } from '../../../src/config/commits/paired-entries.js'

const entry = fc.oneof(
  fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), n: fc.nat(2) }),
  fc.record({ n: fc.nat(2) }),
  fc.constantFrom(null, 'text', 1, []),
)
const entries = fc.array(entry, { maxLength: 8 })

it('entries are paired when others go, come or move', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ name }))
  const changed = { name: 'b', n: 1 }
  const gone = (at: number) => [at, undefined]
  const come = (at: number) => [undefined, at]
  expect(pairedEntries([a, b, c], [b, c])).toEqual([gone(0), [1, 0], [2, 1]])
  expect(pairedEntries([a, b, c], [c, a, changed])).toEqual([
    [2, 0],
    [0, 1],
    [1, 2],
  ])
  expect(pairedEntries([a, c], [b, a, c])).toEqual([come(0), [0, 1], [1, 2]])
  // A twin is a new one.
  expect(pairedEntries([a], [a, a])).toEqual([[0, 0], come(1)])
  expect(pairedEntries([a, b], [changed, { name: 'z' }])).toEqual([gone(0), [1, 0], come(1)])
})

it('no entry is lost, or is the same as two others', () => {
  fc.assert(
    fc.property(entries, entries, (before, after) => {
      for (const [side, list] of [before, after].entries()) {
        const numbers = pairedEntries(before, after).flatMap((pair) => pair[side] ?? [])
        expect(numbers.sort((one, other) => one - other)).toEqual([...list.keys()])
      }
      const pairs = pairsByName(before, after)
      for (const side of [0, 1]) expect(new Set(pairs.map((pair) => pair[side])).size).toBe(pairs.length)
    }),
  )
})

it('of a list in another order, each entry has itself', () => {
  const moved = fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e'], { minLength: 5 })
  fc.assert(
    fc.property(moved, moved, (names, others) => {
      const [before, after] = [names, others].map((all) => all.map((name) => ({ name })))
      for (const [from = -1, to = -1] of pairedEntries(before, after)) expect(before[from]).toEqual(after[to])
    }),
  )
})

it('a hundred thousand entries are paired in a moment', () => {
  const many = Array.from({ length: 100_000 }, (_, n) => ({ n: n % 3 }))
  expect(pairedEntries(many, many.toReversed())).toHaveLength(100_000)
})
