import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FieldValue } from '../../../src/methods/contract/index.js'
import { Count } from '../../../src/methods/counts/count.js'
import { ManyValues } from '../../../src/methods/counts/many-values.js'

const anyValue: fc.Arbitrary<FieldValue> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 2 }),
  fc.double({ noNaN: true }).map((number) => number + 0),
  fc.integer({ min: -3, max: 3 }),
  fc.boolean(),
  fc.constant(null),
)

test('values of each kind are counted apart, and come back as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyValue, fc.integer({ min: 1, max: 5 })), { maxLength: 200 }), (added) => {
      const counts = new ManyValues(200)
      const expected = new Map<FieldValue, number>()
      for (const [value, count] of added) {
        expect(counts.add(value, count)).toBe(0)
        expected.set(value, (expected.get(value) ?? 0) + count)
      }
      expect([...counts]).toEqual([...expected])
      for (const [value, count] of expected) expect(counts.get(value)).toBe(count)
      expect(counts.size).toBe(expected.size)
    }),
  )
})

test('the number of a value is never too large, and too small by no more than was dropped', () => {
  fc.assert(
    fc.property(fc.array(anyValue, { maxLength: 300 }), fc.integer({ min: 1, max: 9 }), (added, most) => {
      const counts = new ManyValues(most)
      const truth = new Map<FieldValue, number>()
      let missed = 0
      for (const value of added) {
        missed += counts.add(value, 1)
        truth.set(value, (truth.get(value) ?? 0) + 1)
      }
      expect(counts.size).toBeLessThanOrEqual(most)
      for (const [value, count] of truth) {
        expect(counts.get(value) ?? 0).toBeLessThanOrEqual(count)
        expect((counts.get(value) ?? 0) + missed).toBeGreaterThanOrEqual(count)
      }
    }),
  )
})

test('of values that were chosen for the same slot, those that need a long search are left out and said', () => {
  const counts = new ManyValues(10_000)
  const chosen: string[] = []
  for (let nth = 0; chosen.length < 300; nth++) if (slotOf(`${nth}`) === 7) chosen.push(`${nth}`)
  const missed = chosen.map((value) => counts.add(value, 2))
  expect(missed.filter((count) => count > 0)).toEqual(Array(44).fill(2))
  expect(counts.add(chosen[299], 3)).toBe(3)
  expect([...counts].map(([value]) => value)).toEqual(chosen.slice(0, 256))
})

test('a count says that chosen values may have more events, from the first one that was left out', () => {
  const count = new Count(300)
  const chosen: string[] = []
  for (let nth = 0; chosen.length < 300; nth++) if ((slotOf(`${nth}`) & 1023) === 7) chosen.push(`${nth}`)
  for (const value of chosen) count.add(value)
  expect(count.missed).toBe(0)
  count.add('one more')
  expect(count.missed).toBeGreaterThanOrEqual(44)
})

/** The slot of a text in a table for 10,000 values, by FNV-1a. */
function slotOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash ^ (hash >>> 15)) & 32_767
}
