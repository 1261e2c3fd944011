import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeFrame } from '../../src/event/frame.js'
import { encode } from '../../src/event/index.js'
import { ChunkStatistics } from '../../src/log/lmdb/chunk-statistics.js'
import {
  decodeSummary,
  encodeSummary,
  readSummaryHeader,
  type TopValues,
} from '../../src/log/lmdb/summary-codec.js'
import { Tally } from '../../src/log/lmdb/tally.js'

const header = {
  firstSeq: 2 ** 40 + 1,
  lastSeq: 2 ** 40 + 3,
  firstTime: 1_700_000_000_000_000,
  lastTime: 1_700_000_000_000_009,
  count: 3,
  bytes: 333,
  crc32: 0xdeadbeef,
}
const values = (...texts: string[]) => texts.map((text, at) => ({ value: Buffer.from(text), count: at + 1 }))

test('a summary has a fixed layout', () => {
  const bytes = encodeSummary({
    ...header,
    types: { values: values('a.b'), complete: true },
    sources: { values: values(''), complete: false },
    prefixes: { values: values('x/y', 'é'), complete: true },
    producers: [{ key: 'p/1', first: 7, last: 9, count: 3 }],
  })
  expect(Buffer.from(bytes).toString('hex')).toBe(
    [
      ['01', '05', '0100', '0100', '0200', 'efbeadde', '03000000', '4d010000', '01000000'],
      ['0100000000010000', '0300000000010000', '00401e18240a0600', '09401e18240a0600'],
      ['01000000', '0300', '612e62'],
      ['01000000', '0000'],
      ['01000000', '0300', '782f79', '02000000', '0200', 'c3a9'],
      ['0700000000000000', '0900000000000000', '03000000', '0300', '702f31'],
    ]
      .flat()
      .join('') + Buffer.from(bytes.slice(-4)).toString('hex'),
  )
  expect(decodeSummary(bytes)).toEqual({
    ...header,
    types: { counts: [['a.b', 1]], complete: true },
    sources: { counts: [['', 1]], complete: false },
    prefixes: {
      counts: [
        ['x/y', 1],
        ['é', 2],
      ],
      complete: true,
    },
    producers: [{ key: 'p/1', first: 7, last: 9, count: 3 }],
  })
})

test('a summary says how many events have a time of their own, and in which two spans', () => {
  const nothing = { values: [], complete: true }
  const lists = { types: nothing, sources: nothing, prefixes: nothing, producers: [] }
  const spans = [
    { from: 1000, to: 2000 },
    { from: 2 ** 50, to: 2 ** 50 + 7 },
  ]
  for (const eventTimes of [
    { count: 0, spans: [] },
    { count: 2, spans: spans.slice(1) },
    { count: 3, spans },
  ]) {
    const bytes = encodeSummary({ ...header, ...lists, eventTimes })
    expect(bytes[0]).toBe(2)
    expect(readSummaryHeader(bytes)).toEqual(header)
    expect(decodeSummary(bytes).eventTimes).toEqual(eventTimes)
  }
  expect(decodeSummary(encodeSummary({ ...header, ...lists })).eventTimes).toBeUndefined()
})

test('a summary with any bit changed, or truncated anywhere, is refused', () => {
  const nothing = { values: [], complete: true }
  const bytes = encodeSummary({
    ...header,
    types: nothing,
    sources: nothing,
    prefixes: { values: values('a/b'), complete: true },
    producers: [],
    eventTimes: { count: 1, spans: [{ from: 5, to: 5 }] },
  })
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Uint8Array.from(bytes)
    changed[bit >> 3] ^= 1 << (bit & 7)
    expect(() => readSummaryHeader(changed)).toThrow(RangeError)
  }
  for (let length = 0; length < bytes.length; length++) {
    expect(() => readSummaryHeader(bytes.subarray(0, length))).toThrow(RangeError)
  }
})

test('a tally counts like a map', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 300 }), (texts) => {
      const tally = new Tally()
      const counts = new Map<string, number>()
      for (const text of texts) {
        const bytes = Buffer.from(`<<${text}>>`)
        tally.add(bytes, 2, bytes.length - 4)
        counts.set(text, (counts.get(text) ?? 0) + 1)
      }
      const top = tally.top()
      expect(top.complete).toBe(counts.size <= 32)
      expect(top.values.map(({ count }) => count).sort()).toEqual(
        [...counts.values()]
          .sort((a, b) => b - a)
          .slice(0, 32)
          .sort(),
      )
      for (const { value, count } of top.values) expect(counts.get(Buffer.from(value).toString())).toBe(count)
    }),
  )
})

test('a tally counts a limited number of different values, and reports that it is incomplete', () => {
  const tally = new Tally()
  for (let nth = 0; nth < 5000; nth++) {
    const bytes = Buffer.from(nth % 2 === 0 ? 'often' : `value ${nth}`)
    tally.add(bytes, 0, bytes.length)
  }
  expect(tally.top().complete).toBe(false)
  expect(tally.top().values.length).toBe(32)
  expect(Buffer.from(tally.top().values[0].value).toString()).toBe('often')
  tally.clear()
  expect(tally.top()).toEqual({ values: [], complete: true })
})

test('statistics count prefixes of two segments, sources, and the types that filters see', () => {
  const statistics = new ChunkStatistics(
    (bytes, start, end) => `type.${Buffer.from(bytes.subarray(start, end)).toString().split('/')[0]}`,
  )
  const tags = ['a/b/c', 'a/b', 'a', 'a/bc', 'a', 'a/', '/a/b', 'a/b/d', 'a/b', 'b']
  for (const tag of tags)
    statistics.add(encodeFrame({ tag, source: `s${tag.length}`, body: Buffer.of(0xc0) }), 0)
  statistics.add(
    encodeFrame({ tag: 'z', attributes: encode({ type: 'given', id: '1' }), body: Buffer.of(0xc0) }),
    0,
  )
  const { types, sources, prefixes } = statistics.counts()
  expect(texts(prefixes)).toEqual({
    'a/b/': 2,
    'a/b': 2,
    a: 2,
    'a/bc': 1,
    'a/': 1,
    '/a/': 1,
    b: 1,
    z: 1,
  })
  expect(texts(sources)).toEqual({ s5: 2, s3: 2, s1: 3, s4: 2, s2: 1, '': 1 })
  expect(texts(types)).toEqual({ 'type.a': 8, 'type.': 1, 'type.b': 1, given: 1 })
})

test('statistics count like a list, even if frames repeat each other', () => {
  const segment = fc.constantFrom('', 'a', 'b', 'aa')
  const frame = fc.record({
    tag: fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/') || 'x'),
    source: fc.constantFrom('', 'a', 'b/a'),
    attributes: fc.constantFrom(undefined, encode({ id: '1' })),
  })
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 60 }), (parts) => {
      const statistics = new ChunkStatistics(() => 'type')
      for (const part of parts) statistics.add(encodeFrame({ ...part, body: Buffer.of(0xc0) }), 0)
      const { sources, prefixes } = statistics.counts()
      expect(texts(sources)).toEqual(countsOf(parts.map(({ source }) => source)))
      expect(texts(prefixes)).toEqual(countsOf(parts.map(({ tag }) => tag.match(/^[^/]*\/[^/]*\/|.*/)![0])))
    }),
  )
})

function texts({ values }: TopValues): Record<string, number> {
  return Object.fromEntries(values.map(({ value, count }) => [Buffer.from(value).toString(), count]))
}

function countsOf(texts: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1
  return counts
}
