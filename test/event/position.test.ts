import { describe, expect, it } from 'vitest'
import type { TocsinError } from '../../src/errors/tocsin-error.js'
import { formatTime, parsePosition, parseTime } from '../../src/event/position.js'

const noon = Date.UTC(2026, 10, 20, 12) * 1000

describe('position', () => {
  it.each<[string, object]>([
    ['start', { at: 'start' }],
    ['end', { at: 'end' }],
    ['now', { at: 'now' }],
    ['-1s', { at: 'ago', micros: 1e6 }],
    ['-10m', { at: 'ago', micros: 600e6 }],
    ['-1h', { at: 'ago', micros: 3600e6 }],
    ['-2d', { at: 'ago', micros: 172800e6 }],
    ['-1w', { at: 'ago', micros: 604800e6 }],
    ['@0', { at: 'seq', seq: 0 }],
    ['@42', { at: 'seq', seq: 42 }],
    ['k3j9-42', { at: 'cursor', epoch: 'k3j9', seq: 42 }],
    ['2026-11-20T12:00Z', { at: 'time', micros: noon }],
    ['2026-11-20 12:00:00.5Z', { at: 'time', micros: noon + 500_000 }],
    ['2026-11-20T13:00:00+01:00', { at: 'time', micros: noon }],
  ])('%s is accepted', (text, position) => {
    expect(parsePosition(text)).toEqual(position)
  })

  it.each([
    '',
    'yesterday',
    '-1',
    '-1y',
    '1h',
    '@',
    '@-1',
    '@99999999999999999',
    '2026-11-20',
    '2026-13-01T00:00Z',
    'START',
    '-1h ',
    '2026-11-20T12:00',
  ])('%j is refused with a list of the accepted forms', (text) => {
    let thrown: TocsinError | undefined
    try {
      parsePosition(text)
    } catch (error) {
      thrown = error as TocsinError
    }
    expect(thrown?.code).toBe('TCN_RANGE_INVALID')
    expect(thrown?.message).toContain('start, end, now, -1h')
  })
})

describe('time', () => {
  it('is read and written to the microsecond', () => {
    for (const text of [
      '2026-11-20T12:00:00.000001Z',
      '1970-01-01T00:00:00.999999Z',
      '2026-11-20T12:00:00.123000Z',
    ]) {
      expect(formatTime(parseTime(text) as number)).toBe(text)
    }
    expect(parseTime('2026-11-20t12:00:00.1234567z')).toBe(noon + 123_456)
    expect(parseTime('1969-12-31T23:59:59.999999Z')).toBe(-1)
    expect(formatTime(-1)).toBe('1969-12-31T23:59:59.999999Z')
  })

  it('is undefined if the text is not a time', () => {
    for (const text of [
      '',
      '12:00',
      '2026-11-20T25:00Z',
      '2026-11-20T24:00Z',
      '2026-02-30T00:00Z',
      '2026-11-20T12:00:61Z',
      '2026-11-20T12:00:00.Z',
      '2026-11-20T12:00+1',
    ]) {
      expect(parseTime(text)).toBeUndefined()
    }
  })

  it('can be formatted however large it is', () => {
    expect(formatTime(Number.MAX_SAFE_INTEGER * 1000)).toBe('+275760-09-13T00:00:00.000000Z')
  })
})
