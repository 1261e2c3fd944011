import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inUtc, inZone, whyEmpty } from '../../src/event/empty-range.js'
import { formatTime, parseTime } from '../../src/event/position.js'
import { namedZone, utcZone } from '../../src/event/zone.js'

const NOW = parseTime('2026-11-29T00:30Z')!
const MINUTE = 60e6
const DAY = 86_400e6

describe('a range of times', () => {
  it.each([
    [{ from: '23:40' }, 'today 23:40 is still to come; did you mean yesterday 23:40?'],
    [{ from: '23:40', to: '23:50' }, 'today 23:40 is still to come; did you mean yesterday 23:40?'],
    [
      { from: '00:20', to: '00:10' },
      'the range ends before it begins: today 00:20 is after today 00:10; did you mean yesterday 00:20?',
    ],
    [{ from: 'now', to: '-1h' }, 'the range ends before it begins: today 00:30 is after yesterday 23:30'],
    [{ from: '2027-01-01' }, '2027-01-01 00:00 is still to come'],
    [
      { from: '2026-11-20 06:00:30', to: '2026-11-18' },
      'the range ends before it begins: 2026-11-20 06:00:30 is after 2026-11-18 00:00',
    ],
  ])('%j is said to be empty', (ends, why) => {
    expect(whyEmpty(ends, NOW, inZone(NOW, utcZone))).toBe(why)
  })

  it('is described in RFC 3339 without a zone', () => {
    expect(whyEmpty({ from: '2026-11-29T02:00Z' }, NOW, inUtc(NOW))).toBe(
      '2026-11-29T02:00Z is still to come: it is 2026-11-29T00:30Z here; did you mean 2026-11-28T02:00Z?',
    )
    expect(
      whyEmpty({ from: '2026-11-20T02:00:01.5Z', before: '2026-11-20T02:00Z' }, NOW, inUtc(NOW)),
    ).toContain('2026-11-20T02:00:01.500000Z is after 2026-11-20T02:00Z')
  })

  it('is one of the day before by the clocks of the zone, also over a change of them', () => {
    const berlin = namedZone('Europe/Berlin')!
    const now = parseTime('2026-10-25T12:00Z')!
    expect(whyEmpty({ from: '14:00' }, now, inZone(now, berlin))).toBe(
      'today 14:00 is still to come; did you mean yesterday 14:00?',
    )
  })

  it.each([
    [{}],
    [{ from: 'start', to: '-1h' }],
    [{ from: '@17', to: '-1h' }],
    [{ from: '-1h', to: 'end' }],
    [{ from: '-1h', to: '23:00' }],
    [{ from: '-1h', before: 'end' }],
    [{ from: '00:30:50' }],
  ])('%j may have events', (ends) => {
    expect(whyEmpty(ends, NOW, inZone(NOW, utcZone))).toBeUndefined()
  })

  it('begins later than now by as much as is allowed, and not by more', () => {
    const text = (micros: number) => formatTime(micros)
    expect(whyEmpty({ from: text(NOW + MINUTE) }, NOW, inUtc(NOW))).toBeUndefined()
    expect(whyEmpty({ from: text(NOW + MINUTE + 1) }, NOW, inUtc(NOW))).toContain('still to come')
    expect(whyEmpty({ from: text(NOW + DAY) }, NOW, inUtc(NOW), DAY)).toBeUndefined()
  })

  it('that is proposed has room for events', () => {
    const minutes = fc.integer({ min: -5000, max: 5000 })
    fc.assert(
      fc.property(minutes, fc.option(minutes, { nil: undefined }), (from, to) => {
        const at = (offset: number) => formatTime(NOW + offset * MINUTE)
        const ends = { from: at(from), ...(to !== undefined && { to: at(to) }) }
        const proposal = /did you mean (.*)\?/.exec(whyEmpty(ends, NOW, inUtc(NOW)) ?? '')?.[1]
        if (proposal !== undefined)
          expect(whyEmpty({ ...ends, from: proposal }, NOW, inUtc(NOW))).toBeUndefined()
      }),
    )
  })
})
