import { expect, test } from 'vitest'
import { Differences, MAX_RANGES } from '../../../src/cluster/verify/differences.js'

/** What three servers have at a place, by a letter for each; a dot is nothing. */
function add(found: Differences, seq: number, letters: string): boolean {
  return found.add(
    seq,
    [...letters].map((letter, at) => {
      const place = { seq, subject: letter, time: seq, digest: letter }
      return { server: `n${at + 1}`, place: letter === '.' ? undefined : place }
    }),
  )
}

test('places that follow each other and differ at the same servers are one range', () => {
  const found = new Differences()
  const same = ['aaa', 'aab', 'ccd', 'eee', 'aab', 'ba.', 'aa.'].map((letters, at) =>
    add(found, 10 * at, letters),
  )
  expect(same).toEqual([true, false, false, true, false, false, false])
  expect(found.places).toBe(5)
  expect(found.ranges.map(({ from, to, places }) => [from, to, places])).toEqual([
    [10, 20, 2],
    [40, 40, 1],
    [50, 50, 1],
    [60, 60, 1],
  ])
  expect(found.has(15)).toBe(true)
  expect(found.has(30)).toBe(false)
})

test('what most servers have comes first, and nothing is a copy too', () => {
  const found = new Differences()
  add(found, 1, 'b..')
  expect(found.ranges[0].copies).toEqual([
    { servers: ['n2', 'n3'] },
    { servers: ['n1'], subject: 'b', time: 1 },
  ])
})

test('the number of ranges is bounded, and every place that differs is counted', () => {
  const found = new Differences()
  for (let seq = 1; seq <= 4 * MAX_RANGES; seq++) add(found, seq, seq % 2 === 0 ? 'aaa' : 'aab')
  expect(found.ranges).toHaveLength(MAX_RANGES)
  expect(found.places).toBe(2 * MAX_RANGES)
  expect(found.ranges.at(-1)!.to).toBe(4 * MAX_RANGES - 1)
})
