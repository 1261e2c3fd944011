import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TocsinError } from '../../src/errors/tocsin-error.js'
import { formatTime, microsOf, parsePosition, parseTime, withoutZone } from '../../src/event/position.js'
import { namedZone, utcZone } from '../../src/event/zone.js'

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
    ['1h', { at: 'ago', micros: 3600e6 }],
    ['-1h30m', { at: 'ago', micros: 5400e6 }],
    ['1.5h', { at: 'ago', micros: 5400e6 }],
    ['5min', { at: 'ago', micros: 300e6 }],
    ['-1w 2d', { at: 'ago', micros: 777600e6 }],
    ['10 minutes ago', { at: 'ago', micros: 600e6 }],
    ['now-2hours', { at: 'ago', micros: 7200e6 }],
    ['end-20', { at: 'back', count: 20 }],
    ['end-0', { at: 'back', count: 0 }],
    ['06:00', { at: 'local', time: { day: 'today', micros: 21600e6 } }],
    ['6:00:30.5', { at: 'local', time: { day: 'today', micros: 21630.5e6 } }],
    ['today', { at: 'local', time: { day: 'today', micros: 0 } }],
    ['yesterday 23:59', { at: 'local', time: { day: 'yesterday', micros: 86340e6 } }],
    ['2026-11-20', { at: 'local', time: { day: noon / 1000 - 43200e3, micros: 0 } }],
    ['2026-11-20 06:00', { at: 'local', time: { day: noon / 1000 - 43200e3, micros: 21600e6 } }],
    ['2026-11-20T12:00', { at: 'local', time: { day: noon / 1000 - 43200e3, micros: 43200e6 } }],
    ['@0', { at: 'seq', seq: 0 }],
    ['@42', { at: 'seq', seq: 42 }],
    ['k3j9k3j9k3j9k-42', { at: 'cursor', epoch: 'k3j9k3j9k3j9k', seq: 42 }],
    ['2026-11-20T12:00Z', { at: 'time', micros: noon }],
    ['2026-11-20 12:00:00.5Z', { at: 'time', micros: noon + 500_000 }],
    ['2026-11-20T13:00:00+01:00', { at: 'time', micros: noon }],
  ])('%s is accepted', (text, position) => {
    expect(parsePosition(text)).toEqual(position)
  })

  it.each([
    '',
    'tomorrow',
    '-1',
    '-1y',
    '1h1',
    'end-',
    'end-1-1',
    'elsewhere-7',
    '24:00',
    '12:60',
    'today ',
    'today12:00',
    '2026-02-30',
    '2026-11-20 ',
    '@',
    '@-1',
    '@99999999999999999',
    '2026-13-01T00:00Z',
    'START',
    ' -1h',
    'x'.repeat(2000),
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

describe('a text that is no position', () => {
  it.each([
    ['4711', '@4711'],
    ['-20', 'end-20'],
    ['START', 'it is written start'],
    ['last', 'end-1'],
    ['3y', 'units are'],
    ['20.11.2026', '2026-11-20'],
    ['2026-11-31', 'no such time'],
    ['06:00Z', 'needs its date'],
    ['nowhere-5', '13 characters'],
  ])('%s is answered with what was probably meant', (text, hint) => {
    expect(() => parsePosition(text)).toThrow(hint)
  })
})

describe('a local time', () => {
  const berlin = namedZone('Europe/Berlin')!
  const at = (text: string, now = noon) => withoutZone(text, now, berlin)

  it('is a time of the clocks of the one who asks', () => {
    expect(at('06:00')).toBe('2026-11-20T05:00:00.000000Z')
    expect(at('today')).toBe('2026-11-19T23:00:00.000000Z')
    expect(at('yesterday 18:30')).toBe('2026-11-19T17:30:00.000000Z')
    expect(at('2026-07-01 06:00:00.25')).toBe('2026-07-01T04:00:00.250000Z')
  })

  it('belongs to the day of those clocks, not to that of UTC', () => {
    const afterMidnight = Date.UTC(2026, 10, 20, 23, 30) * 1000
    expect(at('today', afterMidnight)).toBe('2026-11-20T23:00:00.000000Z')
    expect(at('yesterday', afterMidnight)).toBe('2026-11-19T23:00:00.000000Z')
  })

  it('is the first one where the clocks show it twice, and after the jump where they leave it out', () => {
    expect(at('2026-10-25 02:30')).toBe('2026-10-25T00:30:00.000000Z')
    expect(at('2026-03-29 02:30')).toBe('2026-03-29T01:30:00.000000Z')
  })

  it('leaves every other position as it is', () => {
    for (const text of ['start', 'end-3', '-1h30m', '@7', '2026-11-20T06:00Z']) expect(at(text)).toBe(text)
  })

  it('means UTC where nobody says otherwise', () => {
    const position = parsePosition('2026-11-20 12:00')
    expect(position.at === 'local' && microsOf(position, 0)).toBe(noon)
  })

  it('that a zone shows is the time it was made from', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'Asia/Kathmandu',
      'America/St_Johns',
      'Australia/Lord_Howe',
      '-03:30',
    ]
    const minutes = fc.integer({ min: Date.UTC(1990, 0) / 60e3, max: Date.UTC(2040, 0) / 60e3 })
    fc.assert(
      fc.property(fc.constantFrom(...zones), minutes, (name, minute) => {
        const zone = namedZone(name)!
        const ms = minute * 60e3
        const shown = new Date(ms + zone(ms) * 60e3).toISOString().slice(0, 16)
        const found = parseTime(withoutZone(shown, 0, zone))! / 1000
        // Where clocks are set back, the same time is shown twice.
        const again = new Date(found + zone(found) * 60e3).toISOString().slice(0, 16)
        expect(again).toBe(shown)
        expect(found).toBeLessThanOrEqual(ms)
        expect(ms - found).toBeLessThanOrEqual(3600e3)
      }),
    )
  })
})

describe('the grammar of positions', () => {
  const unit = fc.constantFrom<[string, number]>(
    ['s', 1e6],
    ['min', 60e6],
    ['h', 3600e6],
    ['days', 86400e6],
    ['w', 604800e6],
  )

  it('adds up the parts of a duration, with a minus or without', () => {
    const parts = fc.array(fc.tuple(fc.nat(999), unit), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(parts, fc.constantFrom('', '-', 'now-'), (list, sign) => {
        const text = sign + list.map(([count, [name]]) => `${count}${name}`).join('')
        const micros = list.reduce((sum, [count, [, each]]) => sum + count * each, 0)
        expect(parsePosition(text)).toEqual({ at: 'ago', micros })
      }),
    )
  })

  it('reads any text in the same way, or refuses it with its code', () => {
    const pieces = fc.constantFrom(
      'end',
      'now',
      '-',
      '1',
      '30',
      'h',
      'm',
      ':',
      '@',
      'T',
      'Z',
      ' ',
      'today',
      '2026',
    )
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 12 }).map((list) => list.join('')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const { at } = parsePosition(text)
          if (at === 'cursor') expect(text).toMatch(/^[a-z0-9]{13}-/)
          expect(at === 'local').toBe(withoutZone(text, noon, utcZone) !== text)
        } catch (error) {
          expect((error as TocsinError).code).toBe('TCN_RANGE_INVALID')
        }
      }),
    )
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

  it('may be a leap second, at the end of a month in UTC', () => {
    for (const text of ['2016-12-31T23:59:60Z', '2016-12-31T23:59:60.5Z', '2017-01-01T00:59:60+01:00'])
      expect(formatTime(parseTime(text) as number)).toBe('2017-01-01T00:00:00.000000Z')
    for (const text of ['2016-12-30T23:59:60Z', '2016-12-31T22:59:60Z', '2016-12-31T23:59:60+01:00'])
      expect(parseTime(text)).toBeUndefined()
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
