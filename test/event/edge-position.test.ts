import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  formatEdgePosition,
  isEdgePosition,
  parseEdgePosition,
  placeIn,
} from '../../src/event/edge-position.js'
import { parseTime } from '../../src/event/position.js'

const CURSOR = '0abcdefghijkl-4711'

it('a position is the cursor of an event, the hub in whose log it is, and its time', () => {
  const position = { cursor: CURSOR, stream: 'web1', time: 1_764_212_345_000_001 }
  expect(formatEdgePosition(position)).toBe('0abcdefghijkl-4711@web1@1764212345000001')
  expect(parseEdgePosition(formatEdgePosition(position))).toEqual(position)
  const below = { cursor: formatEdgePosition(position), stream: 'mid/', time: position.time }
  expect(parseEdgePosition(formatEdgePosition(below))).toEqual(below)
  expect(parseEdgePosition(formatEdgePosition({ ...position, stream: '' }))).toEqual({
    ...position,
    stream: '',
  })
})

it.each(['start', '-1h', '@4711', CURSOR, '2026-11-20T06:00Z', 'end-20'])(
  '%s is a position of another kind',
  (text) => {
    expect(isEdgePosition(text)).toBe(false)
    expect(parseEdgePosition(text)).toBeUndefined()
  },
)

it.each([
  `${CURSOR}@web1`,
  `${CURSOR}@web1@`,
  `${CURSOR}@web1@x`,
  'a@b@99999999999999999',
  'x@web 1@5',
  `${'x'.repeat(1100)}@a@5`,
])('a text that is no whole position is refused', (text) => {
  expect(() => parseEdgePosition(text)).toThrow(expect.objectContaining({ code: 'TCN_RANGE_INVALID' }))
})

it('every stream continues after all events that come before the position in the order of the answer', () => {
  const streams = ['', 'a', 'b', 'b/', 'c']
  const event = fc.record({ stream: fc.constantFrom(...streams), time: fc.integer({ min: 1, max: 5 }) })
  fc.assert(
    fc.property(event, event, fc.boolean(), (at, other, isBackwards) => {
      if (at.stream === other.stream) return
      const order = (a: typeof at, b: typeof at) => a.time - b.time || (a.stream < b.stream ? -1 : 1)
      const isLater = isBackwards ? order(other, at) < 0 : order(other, at) > 0
      const place = parseTime(placeIn(other.stream, { ...at, cursor: CURSOR }, isBackwards)) ?? Number.NaN
      // Forwards, a time means from then on; backwards, before it.
      expect(isBackwards ? other.time < place : other.time >= place).toBe(isLater)
    }),
  )
})
