import { expect, test } from 'vitest'
import { judge, type Row } from '../../bench/harness/row.js'
import { median, pairedRatio, quantile } from '../../bench/harness/statistics.js'
import { benchmarks } from '../../bench/rows.js'

function row(judgedBy: Row['judge'], must: number): Row {
  return { name: 'row', what: '', unit: 'events/s', judge: judgedBy, must, aim: must }
}

test('a row is judged by its value or by its ratio to the peer', () => {
  expect(judge(row('ratio-at-least', 2), { value: 300, peer: 100 })).toEqual({
    value: 300,
    unit: 'events/s',
    peer: 100,
    ratio: 3,
    must: 2,
    ok: true,
  })
  expect(judge(row('ratio-at-least', 4), { value: 300, peer: 100 }).ok).toBe(false)
  expect(judge(row('ratio-at-most', 1), { value: 99, peer: 100 }).ok).toBe(true)
  expect(judge(row('value-at-least', 10), { value: 9 }).ok).toBe(false)
  expect(judge(row('value-at-most', 10), { value: 9 }).ok).toBe(true)
})

test('a row whose other condition does not hold, or that gave no figure, has not passed', () => {
  const missed = { ok: false, what: 'the hub grows' }
  expect(judge(row('value-at-least', 1), { value: 2, also: [missed] }).ok).toBe(false)
  expect(judge(row('value-at-least', 1), { value: Number.NaN }).ok).toBe(false)
  expect(judge(row('ratio-at-least', 1), { value: 2 }).ok).toBe(false)
})

test('the median is the middle, or between the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([4, 1, 9, 2])).toBe(3)
  expect(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.99)).toBe(10)
})

test('the ratio of values measured in turn is not moved by a round in which the machine was slow', () => {
  expect(pairedRatio([200, 20, 210], [100, 10, 100])).toBe(2)
})

test('no two rows have the same name', () => {
  const names = benchmarks.flatMap((benchmark) => benchmark.rows.map(({ name }) => name))
  expect(new Set(names).size).toBe(names.length)
})
