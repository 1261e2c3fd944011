import { expect, test } from 'vitest'
import { losesCounts, mergeSummaries, partsOf } from '../../../src/log/lmdb/rewriting/merge-summaries.js'
import { decodeSummary, encodeSummary } from '../../../src/log/lmdb/summary-codec.js'

const list = (counts: [string, number][], complete = true) => ({ counts, complete })
const one = {
  firstSeq: 1,
  lastSeq: 10,
  firstTime: 100,
  lastTime: 200,
  count: 9,
  bytes: 900,
  crc32: 7,
  types: list([['a', 9]]),
  sources: list([
    ['host/web1', 8],
    ['host/web2', 1],
  ]),
  prefixes: list([['test/', 9]]),
  producers: [{ key: 'admin/p', first: 1, last: 9, count: 9 }],
}
const next = {
  ...one,
  firstSeq: 12,
  lastSeq: 13,
  firstTime: 200,
  lastTime: 300,
  count: 2,
  bytes: 100,
  sources: list([['host/web2', 2]]),
  prefixes: list([['other/', 2]]),
  producers: [
    { key: 'admin/p', first: 10, last: 11, count: 2 },
    { key: 'admin/q', first: 1, last: 1, count: 1 },
  ],
}

test('a merged summary has the extent, the sums and the counters of both', () => {
  const merged = mergeSummaries(one, next)
  expect(merged).toEqual({
    firstSeq: 1,
    lastSeq: 13,
    firstTime: 100,
    lastTime: 300,
    count: 11,
    bytes: 1000,
    crc32: 0,
    types: list([['a', 18]]),
    sources: list([
      ['host/web1', 8],
      ['host/web2', 3],
    ]),
    prefixes: list([
      ['test/', 9],
      ['other/', 2],
    ]),
    producers: [
      { key: 'admin/p', first: 1, last: 11, count: 11 },
      { key: 'admin/q', first: 1, last: 1, count: 1 },
    ],
  })
  expect(decodeSummary(encodeSummary(partsOf(merged)))).toEqual(merged)
})

test('counters that were refused are kept in a merged summary', () => {
  const refused = [{ first: 10, last: 10, code: 'TCN_BUS_RIGHTS' as never }]
  const range = { key: 'admin/p', first: 11, last: 11, count: 1, refused }
  const merged = mergeSummaries(one, { ...next, producers: [range] })
  expect(merged.producers).toEqual([{ key: 'admin/p', first: 1, last: 11, count: 10, refused }])
})

test('a list with more values than a summary has is not complete, and the merge says that counts are lost', () => {
  const many = (prefix: string) =>
    list(Array.from({ length: 20 }, (_, nth): [string, number] => [`${prefix}${nth}`, 1]))
  const [first, second] = [
    { ...one, sources: many('a') },
    { ...next, sources: many('b') },
  ]
  const merged = mergeSummaries(first, second)
  expect([merged.sources.complete, merged.sources.counts.length]).toEqual([false, 32])
  expect(losesCounts(first, second, merged)).toBe(true)
  expect(losesCounts(one, next, mergeSummaries(one, next))).toBe(false)
})

test('nothing is lost by a merge of lists that are not complete anyway', () => {
  const [first, second] = [
    { ...one, sources: list([['x', 1]], false) },
    { ...next, sources: list([['x', 1]], false) },
  ]
  const merged = mergeSummaries(first, second)
  expect([merged.sources, losesCounts(first, second, merged)]).toEqual([list([['x', 2]], false), false])
})
