import { expect, it } from 'vitest'
import { BucketCache } from '../../../src/methods/counts/bucket-cache.js'
import { Count } from '../../../src/methods/counts/count.js'

const MIB = 2 ** 20

/** A count of different values, of which it keeps at most 500. */
function countOf(values: number, length: number): Count {
  const count = new Count(500)
  for (let nth = 0; nth < values; nth++) count.add(String(nth).padStart(length, 'x'))
  return count
}

it.each([
  ['few long values', () => countOf(400, 1_000)],
  ['more long values than it keeps', () => countOf(600, 1_000)],
  ['many short values', () => countOf(500, 4)],
])('counts with %s are cached as far as there is memory, the newest', (_, made) => {
  const cache = new BucketCache()
  const cached: Count[] = []
  for (let nth = 0, bytes = 0; bytes < 64 * MIB; bytes += cached[nth++].bytes) {
    cached.push(made())
    cache.set(`${nth}`, cached[nth])
  }
  const kept = cached.filter((count, nth) => cache.get(`${nth}`) === count)
  const bytes = kept.reduce((sum, count) => sum + count.bytes, 0)
  expect(bytes).toBeLessThanOrEqual(16 * MIB)
  expect(bytes).toBeGreaterThan(12 * MIB)
  expect(cached.indexOf(kept[0])).toBe(cached.length - kept.length)
})

it('counts without values have a limit too, by the length of their keys', () => {
  const cache = new BucketCache()
  const count = new Count()
  const keyOf = (nth: number) => `${nth} ${'x'.repeat(100_000)}`
  for (let nth = 0; nth < 400; nth++) cache.set(keyOf(nth), count)
  expect(cache.get(keyOf(0))).toBeUndefined()
  expect(cache.get(keyOf(399))).toBe(count)
})

it('what is used stays, and what is counted again replaces the first', () => {
  const cache = new BucketCache()
  const used = countOf(600, 1_000)
  cache.set('used', new Count())
  cache.set('used', used)
  for (let nth = 0; nth < 40; nth++) {
    cache.set(`${nth}`, countOf(600, 1_000))
    expect(cache.get('used')).toBe(used)
  }
  expect(cache.get('0')).toBeUndefined()
})
