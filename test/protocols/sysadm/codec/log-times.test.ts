import { describe, expect, it } from 'vitest'
import { utcZone } from '../../../../src/event/zone.js'
import { readLogTimes } from '../../../../src/protocols/sysadm/codec/log-times.js'
import { qtIsoDate, readQtDate } from '../../../../src/protocols/sysadm/codec/qt-dates.js'

const now = Date.parse('2026-11-20T12:00:00Z')
const at = (text: string) => Date.parse(text)
const times = (format: unknown, start?: unknown, end?: unknown, zone = utcZone) =>
  readLogTimes({ format, start, end }, now, zone)

describe('the times of a log', () => {
  it.each([
    ['without a format: the last 12 hours', undefined, '1', '2', '2026-11-20T00:00Z', '2026-11-20T12:00Z'],
    [
      'seconds',
      'time_t_seconds',
      String(at('2026-11-19T00:00Z') / 1000),
      String(at('2026-11-19T06:00Z') / 1000),
      '2026-11-19T00:00Z',
      '2026-11-19T06:00Z',
    ],
    [
      'milliseconds',
      'epoch_mseconds',
      String(at('2026-11-19T00:00Z')),
      undefined,
      '2026-11-19T00:00Z',
      '2026-11-20T12:00Z',
    ],
    ['days back', 'relative_day', '2', '1', '2026-11-17T12:00Z', '2026-11-19T12:00Z'],
    ['months back', 'relative_month', '1', '', '2026-10-20T12:00Z', '2026-11-20T12:00Z'],
    ['seconds back', 'relative_second', '-3600', undefined, '2026-11-20T11:00Z', '2026-11-20T12:00Z'],
    [
      'a pattern',
      'yyyy-MM-dd hh:mm:ss',
      '2026-11-19 01:02:03',
      '2026-11-19 01:02:04',
      '2026-11-19T01:02:03Z',
      '2026-11-19T01:02:04Z',
    ],
    ['numbers, which are absent', 'relative_day', 2, 1, '2026-11-20T00:00Z', '2026-11-20T12:00Z'],
  ])('are read as %s', (_name, format, start, end, from, to) => {
    expect(times(format, start, end)).toEqual({ start: at(from), end: at(to) })
  })

  it.each([
    ['time_t_seconds', 'x'],
    ['relative_day', '1.5'],
    ['time_t_seconds', '999999999999999'],
    ['yyyy', 'then'],
    ['M'.repeat(1000), 'Jan'],
  ])('%s with %s are none', (format, start) => {
    expect(times(format, start)).toBeUndefined()
  })

  it('are local', () => {
    const east = () => 60
    expect(times('yyyy-MM-dd', '2026-11-20', undefined, east)?.start).toBe(at('2026-11-19T23:00Z'))
    expect(qtIsoDate(at('2026-11-20T04:50:52.9Z'), east)).toBe('2026-11-20T05:50:52')
  })

  it('a month back from the last day of a longer month is the last day', () => {
    expect(
      readLogTimes({ format: 'relative_month', start: '1' }, at('2026-03-31T00:00Z'), utcZone)?.start,
    ).toBe(at('2026-02-28T00:00Z'))
  })
})

describe('patterns of QDateTime', () => {
  it.each([
    ['20 Nov 2026', 'd MMM yyyy', '2026-11-20T00:00Z'],
    ['Friday, November 20 26', 'dddd, MMMM dd yy', '1926-11-20T00:00Z'],
    ['2026-11-20T04:50:52.123', "yyyy-MM-dd'T'HH:mm:ss.zzz", '2026-11-20T04:50:52.123Z'],
    ['11/20/2026 12:05 am', 'MM/dd/yyyy hh:mm ap', '2026-11-20T00:05Z'],
    ['11/20/2026 1:05 PM', 'M/d/yyyy h:mm AP', '2026-11-20T13:05Z'],
  ])('%s is read by %s', (text, pattern, expected) => {
    expect(readQtDate(text, pattern, utcZone)).toBe(at(expected))
  })

  it.each([
    ['2026-02-30', 'yyyy-MM-dd'],
    ['2026-13-01', 'yyyy-MM-dd'],
    ['24:00', 'hh:mm'],
    ['JanJan', 'MMMMMM'],
    ['x', 'x'],
    ['x', ''],
  ])('%s is not a time by %s', (text, pattern) => {
    expect(readQtDate(text, pattern, utcZone)).toBeUndefined()
  })

  it('match in few steps', () => {
    expect(readQtDate('a'.repeat(120), 'MMMMdddd'.repeat(8), utcZone)).toBeUndefined()
  })
})
