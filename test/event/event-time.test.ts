import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventTime, ownEventTime } from '../../src/event/event-time.js'
import { encodeFrame } from '../../src/event/frame.js'
import { Event, encode } from '../../src/event/index.js'
import { MOST_AHEAD } from '../../src/event/plausible-time.js'
import { formatTime, parseTime } from '../../src/event/position.js'

const stored = 1_764_000_000_000_000

function frame(attributes: object | undefined): Uint8Array {
  return encodeFrame({
    tag: 'a',
    source: 'host/web1',
    attributes: attributes && encode(attributes),
    body: Uint8Array.of(0xc0),
    time: stored,
  })
}

const timeOf = (time: unknown, others: object = {}) => eventTime(frame({ ...others, time }), 0)

test('an event without a time of its own happened when it was stored', () => {
  expect(eventTime(frame(undefined), 0)).toBe(stored)
  expect(eventTime(frame({ type: 'a.b' }), 0)).toBe(stored)
  expect(ownEventTime(frame(undefined), 0)).toBe(-1)
})

test('the attribute time says when an event happened, in every form of RFC 3339 and beside other attributes', () => {
  const texts = [
    '2025-11-24T15:59:59.000001Z',
    '2025-11-24T15:59:59.5Z',
    '2025-11-24T15:59:59Z',
    '2025-11-24T15:59Z',
    '2025-11-24T16:59:59.123456789+01:00',
    '2025-11-24t15:59:59z',
    '2025-11-23T00:00:00Z',
    '2024-02-29T23:59:59.999999Z',
    '2016-12-31T23:59:60Z',
    '2016-12-31T23:59:59Z',
    '1970-01-01T00:00:00Z',
  ]
  for (const text of [...texts, ...texts]) {
    expect(timeOf(text)).toBe(parseTime(text))
    expect(timeOf(text, { id: '7', type: 'a' })).toBe(parseTime(text))
  }
})

test('a time that cannot be right does not count: no time, one before 1970, and one over a day ahead of the log', () => {
  const ahead = formatTime(stored + MOST_AHEAD)
  expect(timeOf(ahead)).toBe(stored + MOST_AHEAD)
  const wrong = ['', 'yesterday', 7, true, '1969-12-31T23:59:59Z', formatTime(stored + MOST_AHEAD + 1)]
  const alike = [
    '2025-11-24T24:00:00Z',
    '2025-11-24T15:60:00Z',
    '2025-11-24T15:5a:00Z',
    '2025-11-24T15:59:00.Z',
  ]
  // After a time of the same day, which is the quick case.
  expect(timeOf('2025-11-24T15:59:59Z')).toBe(parseTime('2025-11-24T15:59:59Z'))
  for (const time of [...wrong, ...alike]) expect(timeOf(time), String(time)).toBe(stored)
})

test('the date of an event is the time at which it happened, by the same rule', () => {
  const near = formatTime(stored)
  const texts = [
    ...['2025-11-24T15:59:59.5Z', '2025-11-24T15:59Z', '2016-12-31T23:59:60Z', '2025-11-24t16:59:59.1+01:00'],
    ...['1969-12-31T23:59:59Z', formatTime(stored + MOST_AHEAD), formatTime(stored + MOST_AHEAD + 1)],
    // Date.parse reads these.
    ...[
      '2025-11-24',
      '2025',
      '2025-11-24T15:59:59',
      'Mon, 24 Nov 2025 15:59:59 GMT',
      '2025-11-24T24:00:00Z',
      '7',
    ],
  ]
  for (const time of [...texts, 7, true, near.slice(0, 10), `${near} `]) {
    const bytes = frame({ time })
    expect(new Event(bytes, 0).date, String(time)).toEqual(new Date(eventTime(bytes, 0) / 1000))
  }
})

test('times of any order are read as the parser of positions reads them', () => {
  const time = fc.integer({ min: 0, max: stored / 1000 }).chain((ms) => {
    const text = formatTime(ms * 1000 + (ms % 1000))
    return fc.constantFrom(text, text.replace(/\d{3}Z$/, 'Z'), text.replace(/\.\d+Z$/, 'Z'))
  })
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 20 }), (texts) => {
      for (const text of texts) expect(timeOf(text)).toBe(parseTime(text))
    }),
  )
})
