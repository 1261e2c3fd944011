import { expect, test } from 'vitest'
import { withoutRepeats } from '../../src/cluster/append/append-entry.js'
import {
  decodeAppends,
  decodeOutcomes,
  encodeAppends,
  encodeOutcomes,
} from '../../src/cluster/append/append-message.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { encode, encodeFrame, iterateFrames } from '../../src/event/index.js'

function entry(number: number, counters: readonly number[]) {
  const bytes = Buffer.concat(
    counters.map((seq) => encodeFrame({ tag: `t/${seq}`, source: 's', body: encode(seq), seq })),
  )
  const producer = { key: 'a/p', first: counters[0], last: counters.at(-1)!, count: counters.length }
  return { number, bytes, producer }
}

const message = { hub: 'h', attempt: 3, nth: 4, entries: [entry(7, [1, 2]), entry(8, [5])] }

test('entries are read as they were written', () => {
  expect(decodeAppends(encodeAppends(message))).toEqual(message)
})

test('outcomes are read as they were written, with codes that this hub does not know as internal ones', () => {
  const outcomes = [
    { number: 7, seq: 100, run: 2 },
    { number: 8, seq: 0, run: 0, error: new TocsinError('TCN_NATS_PAYLOAD', 'too large') },
  ]
  expect(decodeOutcomes(encodeOutcomes(outcomes))).toEqual(outcomes)
  expect(decodeOutcomes(encode([[9, 'TCN_NEWER', 'text']]))[0].error?.code).toBe('TCN_INTERNAL')
  expect(decodeOutcomes(encode({ not: 'a list' }))).toEqual([])
  expect(decodeOutcomes(encode([5, null, ['x']]))).toEqual([])
})

test('a message that is cut or changed anywhere is no message, or one with whole frames', () => {
  const whole = encodeAppends(message)
  for (let length = 0; length < whole.length; length++)
    expect(decodeAppends(whole.subarray(0, length))).toBeUndefined()
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole)
    changed[at] ^= 0xff
    for (const { bytes, producer } of decodeAppends(changed)?.entries ?? [])
      expect([...iterateFrames(bytes)]).toHaveLength(producer.count)
  }
})

test('of an entry of which a part is stored, the rest is left', () => {
  const whole = entry(1, [2, 4, 6])
  expect(withoutRepeats(whole, 1)).toBe(whole)
  expect(withoutRepeats(whole, 6)).toBeUndefined()
  const rest = withoutRepeats(whole, 5)!
  expect(rest.producer).toEqual({ key: 'a/p', first: 6, last: 6, count: 1 })
  expect([...iterateFrames(rest.bytes)].map(({ tag }) => tag)).toEqual(['t/6'])
})

function gap(first: number, last: number, counter = last) {
  const data = {
    source: 'edge/e',
    from: 'a',
    to: 'b',
    reason: 'skipped',
    count: last - first + 1,
    first,
    last,
  }
  const bytes = encodeFrame({ tag: 'hub/gap/edge/e', source: 'hub/h', body: encode(data), seq: counter })
  return { number: 1, bytes, producer: { key: 'a/p', first, last: counter, count: 1 } }
}

test('of a gap of which a part is stored, the rest is left, and names only that', () => {
  const whole = gap(5, 9)
  expect(withoutRepeats(whole, 4)).toBe(whole)
  expect(withoutRepeats(whole, 9)).toBeUndefined()
  expect(withoutRepeats(whole, 6)).toEqual(gap(7, 9))
})

test('of a gap that names nothing else than what is stored, nothing is left', () => {
  expect(withoutRepeats(gap(5, 9, 12), 9)).toBeUndefined()
})
