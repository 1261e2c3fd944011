import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { formatTime, microsOf, parsePosition } from '../../src/event/position.js'
import { parsePositionRange } from '../../src/event/position-range.js'
import { namedZone, utcZone } from '../../src/event/zone.js'

const NOW = Date.UTC(2026, 10, 20, 12) * 1000
const read = (text: string, zone = utcZone) => {
  const { from, to } = parsePositionRange(text, NOW, zone)
  const short = (position: string) => position.replace('.000000Z', 'Z')
  return to === undefined ? short(from) : `${short(from)} ${short(to)}`
}

describe('a range', () => {
  it.each([
    ['02:30-03:10', '2026-11-20T02:30:00Z 2026-11-20T03:10:00Z'],
    ['02:30-03:10 yesterday', '2026-11-19T02:30:00Z 2026-11-19T03:10:00Z'],
    ['yesterday 02:30 - 03:10', '2026-11-19T02:30:00Z 2026-11-19T03:10:00Z'],
    ['2026-11-02 9:00–10:00:30.5', '2026-11-02T09:00:00Z 2026-11-02T10:00:30.500000Z'],
    ['23:30-00:10', '2026-11-19T23:30:00Z 2026-11-20T00:10:00Z'],
    ['23:30-00:10 yesterday', '2026-11-19T23:30:00Z 2026-11-20T00:10:00Z'],
    ['yesterday 23:30 to 00:10 today', '2026-11-19T23:30:00Z 2026-11-20T00:10:00Z'],
    ['-2h', '2026-11-20T10:00:00Z'],
    [' -2h to -1h ', '2026-11-20T10:00:00Z 2026-11-20T11:00:00Z'],
    ['-2h..now', '2026-11-20T10:00:00Z now'],
    ['yesterday', '2026-11-19T00:00:00Z 2026-11-19T23:59:59.999999Z'],
    ['2026-11-02', '2026-11-02T00:00:00Z 2026-11-02T23:59:59.999999Z'],
    ['2026-11-02 to 2026-11-03 06:00', '2026-11-02T00:00:00Z 2026-11-03T06:00:00Z'],
    ['2026-11-20T06:00Z - 2026-11-20T07:00Z', '2026-11-20T06:00:00Z 2026-11-20T07:00:00Z'],
    ['06:00', '2026-11-20T06:00:00Z'],
    ['@17', '@17'],
    ['@17..@30', '@17 @30'],
    ['start to end-20', 'start end-20'],
  ])('%s is read', (text, range) => {
    expect(read(text)).toBe(range)
  })

  it('is one of the time zone that is given, also on a day of 23 hours', () => {
    const berlin = namedZone('Europe/Berlin')!
    expect(read('02:30-03:10 yesterday', berlin)).toBe('2026-11-19T01:30:00Z 2026-11-19T02:10:00Z')
    expect(read('2026-03-29', berlin)).toBe('2026-03-28T23:00:00Z 2026-03-29T21:59:59.999999Z')
  })

  it.each([
    ['', 'is no position'],
    ['tomorrow', 'is no position'],
    ['25:00-26:00', 'is no position'],
    ['2026-02-30', 'is no position'],
    ['-1h to -2h', 'ends before it begins: today 11:00 is after today 10:00; did you mean yesterday 11:00?'],
    ['today 03:00-02:00 yesterday', 'the range ends before it begins: today 03:00 is after yesterday 02:00'],
    ['14:00-14:10', 'today 14:00 is still to come; did you mean yesterday 14:00?'],
    ['2026-11-21', '2026-11-21 00:00 is still to come; did you mean today 00:00?'],
    ['-3h to -2h to -1h', 'one beginning and one end'],
    ['x'.repeat(300), 'at most 210 characters'],
  ])('%j is refused with the reason', (text, why) => {
    expect(() => read(text)).toThrow(why)
  })

  it('is read, or refused as no range, whatever the text', () => {
    const piece = fc.constantFrom(
      'today',
      'yesterday',
      '02:30',
      '23:59',
      '-2h',
      '-',
      ' ',
      '..',
      ' to ',
      '@4',
      'now',
      '2026-11-02',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          try {
            const { from, to } = parsePositionRange(text, NOW, utcZone)
            for (const end of [from, to ?? from]) parsePosition(end)
          } catch (error) {
            expect(TocsinError.is(error, 'TCN_RANGE_INVALID')).toBe(true)
          }
        },
      ),
    )
  })

  it('has the ends that the grammar of positions gives them', () => {
    const position = fc.constantFrom('-3h', '-90m', 'yesterday 06:00', '2026-11-02 06:00:01.5')
    fc.assert(
      fc.property(position, position, (first, second) => {
        const micros = [first, second].map((text) => {
          const read = parsePosition(text)
          return read.at === 'ago' || read.at === 'local' || read.at === 'time' ? microsOf(read, NOW) : 0
        })
        if (micros[1] < micros[0]) return
        const { from, to } = parsePositionRange(`${first} to ${second}`, NOW, utcZone)
        expect([from, to]).toEqual(micros.map(formatTime))
      }),
    )
  })
})
