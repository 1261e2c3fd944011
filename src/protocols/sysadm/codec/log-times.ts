import type { Zone } from '../../../event/zone.js'
import { readQtDate } from './qt-dates.js'

/** The part of a log that a client asks for, ms since the epoch. */
export interface LogTimes {
  start: number
  end: number
}

const SECOND = 1000
const DAY = 86_400 * SECOND
/** The period that is returned if no time is given. */
const USUAL = DAY / 2
/** Times beyond the year 9999 are none. */
const MAX_TIME = 253_402_300_799_999

export interface LogTimesAsked {
  format?: unknown
  start?: unknown
  end?: unknown
}

/**
 * Returns the times of `rpc/logs`; undefined if they cannot be read. Start and end must be text: numbers count as
 * absent. Relative times count back, whatever their sign: the end from now, the start from the end.
 */
export function readLogTimes(
  { format, start, end }: LogTimesAsked,
  now: number,
  zone: Zone,
): LogTimes | undefined {
  if (typeof format !== 'string' || format === '') return { start: now - USUAL, end: now }
  const read = readerOf(format, zone)
  const to = typeof end === 'string' && end !== '' ? read(end, now) : now
  if (!isTime(to)) return undefined
  const from = typeof start === 'string' && start !== '' ? read(start, to) : to - USUAL
  return isTime(from) ? { start: from, end: to } : undefined
}

type Read = (text: string, reference: number) => number | undefined

function readerOf(format: string, zone: Zone): Read {
  switch (format) {
    case 'time_t_seconds':
      return (text) => scaled(text, SECOND)
    case 'epoch_mseconds':
      return (text) => scaled(text, 1)
    case 'relative_second':
      return (text, reference) => before(reference, count(text), SECOND)
    case 'relative_day':
      return (text, reference) => before(reference, count(text), DAY)
    case 'relative_month':
      return (text, reference) => monthsBefore(reference, count(text))
    default:
      return (text) => readQtDate(text, format, zone)
  }
}

function scaled(text: string, unit: number): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) * unit : undefined
}

function count(text: string): number | undefined {
  return /^[+-]?\d{1,9}$/.test(text) ? Math.abs(Number(text)) : undefined
}

function before(reference: number, steps: number | undefined, unit: number): number | undefined {
  return steps === undefined ? undefined : Math.max(0, reference - steps * unit)
}

/** The same day of an earlier month, or its last day if it is shorter. */
function monthsBefore(reference: number, months: number | undefined): number | undefined {
  if (months === undefined) return undefined
  const date = new Date(reference)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() - Math.min(months, 12 * 1000))
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return Math.max(0, date.getTime())
}

function isTime(ms: number | undefined): ms is number {
  return ms !== undefined && ms >= 0 && ms <= MAX_TIME
}
