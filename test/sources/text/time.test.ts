import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utcZone } from '../../../src/event/zone.js'
import { parseTime } from '../../../src/sources/text/time.js'

const now = Date.parse('2026-11-21T03:00:00Z') * 1000
const read = (text: string, zone = utcZone) => {
  const micros = parseTime(text, now, zone)
  return micros === undefined
    ? undefined
    : `${new Date(micros / 1000).toISOString().slice(0, 19)}.${String(micros % 1e6).padStart(6, '0')}`
}

describe('a time in a log', () => {
  it.each([
    ['2026-11-21T02:54:26Z', '2026-11-21T02:54:26.000000'],
    ['2026-11-21T02:54:26.123456789+01:00', '2026-11-21T01:54:26.123456'],
    ['2026-11-21 02:54:26,500', '2026-11-21T02:54:26.500000'],
    ['2026-11-21 02:54:26.5 +0130', '2026-11-21T01:24:26.500000'],
    ['2026/11/21 02:54:26', '2026-11-21T02:54:26.000000'],
    ['21/Nov/2026:02:54:26 +0100', '2026-11-21T01:54:26.000000'],
    ['Nov 21 02:54:26', '2026-11-21T02:54:26.000000'],
    ['Nov  1 02:54:26', '2026-11-01T02:54:26.000000'],
    ['Sat Nov 21 02:54:26 2026', '2026-11-21T02:54:26.000000'],
    ['Nov 21 2025 02:54:26.25', '2025-11-21T02:54:26.250000'],
    ['Sat, 21 Nov 2026 02:54:26 GMT', '2026-11-21T02:54:26.000000'],
    ['1763693666', '2025-11-21T02:54:26.000000'],
    ['1763693666.25', '2025-11-21T02:54:26.250000'],
    ['1763693666123', '2025-11-21T02:54:26.123000'],
    ['1763693666123456', '2025-11-21T02:54:26.123456'],
    ['1763693666123456789', '2025-11-21T02:54:26.123456'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000000'],
  ])('%s is %s', (text, expected) => {
    expect(read(text)).toBe(expected)
  })

  it('without a year is the latest that is not ahead of now, but for clocks that are a little wrong', () => {
    expect(read('Dec 31 23:59:59')).toBe('2025-12-31T23:59:59.000000')
    expect(read('Nov 22 01:00:00')).toBe('2026-11-22T01:00:00.000000')
    expect(read('Nov 24 01:00:00')).toBe('2025-11-24T01:00:00.000000')
    expect(read('Feb 29 01:00:00')).toBe('2024-02-29T01:00:00.000000')
    const newYear = Date.parse('2026-12-31T23:59:59Z') * 1000
    expect(parseTime('Jan  1 00:00:01', newYear, utcZone)).toBe(Date.parse('2027-01-01T00:00:01Z') * 1000)
  })

  it('without a zone is in the zone that is given', () => {
    expect(read('2026-11-21 02:54:26', () => 60)).toBe('2026-11-21T01:54:26.000000')
  })

  it.each([
    '',
    'yesterday',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-11-21T25:00:00Z',
    'Foo 21 02:54:26',
    '12345',
    '21/Nov/2026',
    `2026-11-21T02:54:26Z${' '.repeat(80)}`,
  ])('%j is none', (text) => {
    expect(read(text)).toBeUndefined()
  })

  it('is read back from each way to write it, to the second', () => {
    const seconds = fc.integer({ min: Date.parse('1990-01-01') / 1000, max: Date.parse('2037-12-31') / 1000 })
    fc.assert(
      fc.property(seconds, (second) => {
        const at = new Date(second * 1000)
        const [, month, day, year, clock] =
          /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(at.toUTCString()) === null
            ? []
            : [
                0,
                at.toUTCString().slice(8, 11),
                at.toUTCString().slice(5, 7),
                at.getUTCFullYear(),
                at.toUTCString().slice(17, 25),
              ]
        for (const text of [
          at.toISOString(),
          at.toUTCString(),
          `${day}/${month}/${year}:${clock} +0000`,
          `${month} ${day} ${year} ${clock}`,
          `${at.toISOString().slice(0, 19).replace('T', ' ')}`,
        ])
          expect(parseTime(text, now, utcZone), text).toBe(second * 1e6)
      }),
    )
  })

  it('of a message is read as it is after any other', () => {
    const second = fc.constantFrom(
      '2026-11-21T02:54:26',
      '2026-11-21T23:59:59',
      '2026-11-21T23:59:60',
      '2026-11-21T24:00:00',
      '2026-11-21T2:54:26',
      '2026-11-21T02-54:26',
      '2026-11-21T02:60:26',
      '2026-11-21 02:54:26',
      '2026-11-22T00:00:00',
      '21/Nov/2026:02:54:26 ',
      '21/Nov/2026:23:59:59',
      '1990-01-01T00:00:00',
    )
    const fraction = fc.constantFrom(
      '',
      '.5',
      '.05',
      '.123456',
      '.1234567',
      '.',
      '.1x',
      '. 1',
      '.12345+',
      ',5',
    )
    const offset = fc.constantFrom('Z', '+01:00', '-07:30', '', '+0100', '00Z', '5+01:00')
    const texts = fc.array(fc.tuple(second, fraction, offset).map((parts) => parts.join('')))
    fc.assert(
      fc.property(texts, (all) => {
        for (const text of all) {
          const micros = parseTime(text, now, utcZone)
          parseTime('Nov 21 02:54:26', now, utcZone)
          parseTime('2001-01-01T00:00:00.1+02:00', now, utcZone)
          expect(micros, text).toBe(parseTime(text, now, utcZone))
        }
      }),
    )
  })

  it('of any text ends quickly and is a whole number, or none', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        const micros = parseTime(text, now, utcZone)
        expect(micros === undefined || Number.isInteger(micros)).toBe(true)
      }),
    )
  })
})
