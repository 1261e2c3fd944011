import { atWallClock, type Zone } from '../../event/zone.js'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAY = 86_400_000
/**
 * Time that a date without a year may be ahead of now, for clocks that are wrong. Beyond it, the year is the last
 * one.
 */
const AHEAD = 2 * DAY
const LONGEST_TIME = 64
const FRACTION_DIGITS = 6
const CLOCK_LENGTH = '00:00:00'.length
const ZERO = 0x30
const COLON = 0x3a
const DOT = 0x2e

const clock = '(\\d{1,2}):(\\d{2}):(\\d{2})(?:[.,](\\d{1,9}))?'
const offset = '(?: ?(Z|z|UTC|GMT|[+-]\\d{2}:?\\d{2}))?'
/** 2026-11-21T02:54:26.5+01:00, 2026-11-21 02:54:26,500, 2026/11/21 02:54:26 */
const iso = new RegExp(`^(\\d{4})[-/](\\d{2})[-/](\\d{2})[Tt _]${clock}${offset}$`)
/** 21/Nov/2026:02:54:26 +0100 */
const common = new RegExp(`^(\\d{1,2})/([A-Za-z]{3})/(\\d{4})[: ]${clock}${offset}$`)
/** Nov 21 02:54:26, Nov 21 2026 02:54:26, Sat Nov 21 02:54:26 2026 */
const syslog = new RegExp(
  `^(?:[A-Za-z]{3},? )?([A-Za-z]{3}) {1,2}(\\d{1,2}) (?:(\\d{4}) )?${clock}(?: (\\d{4}))?${offset}$`,
)
/** Sat, 21 Nov 2026 02:54:26 GMT */
const mail = new RegExp(`^(?:[A-Za-z]{3}, )?(\\d{1,2}) ([A-Za-z]{3}) (\\d{4}) ${clock}${offset}$`)
const epoch = /^(\d{9,10})(?:[.,](\d{1,9}))?$|^(\d{13}|\d{16}|\d{19})$/

interface WrittenTime {
  year: number | undefined
  /** From 0. */
  month: number
  day: number
  clock: readonly (string | undefined)[]
  offset: string | undefined
}

/**
 * Reads a time as programs write it in logs: RFC 3339 and its relatives, that of syslog without a year, that of Apache
 * and nginx, that of mail, and seconds, milliseconds, microseconds or nanoseconds since the epoch. `zone` is that of a
 * time without one; `now` gives the year to a time without one. Returns µs since the epoch, or undefined.
 */
export function parseTime(text: string, now: number, zone: Zone): number | undefined {
  if (text.length > LONGEST_TIME) return undefined
  const again = inLastDay(text)
  if (again !== undefined) return again
  const written = parts(text)
  if (written === undefined) return sinceEpoch(text)
  const time = micros(written, now, zone)
  if (time !== undefined) keepDay(text, time)
  return time
}

/** Times that are read after each other are mostly of one day: the texts around its clock, and its midnight in µs. */
let lastDay: { before: string; after: string; midnight: number } | undefined
const ofDay =
  /^(\d{4}-\d{2}-\d{2}[T ]|\d{2}\/[A-Za-z]{3}\/\d{4}:)(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?( ?(?:Z|[+-]\d{2}:?\d{2}))$/

function keepDay(text: string, time: number): void {
  const match = ofDay.exec(text)
  if (match === null) return
  const [, before, hours, minutes, seconds, fraction = '', after] = match
  const clock = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)
  const midnight = time - clock * 1e6 - Number(fraction.padEnd(FRACTION_DIGITS, '0'))
  lastDay = { before, after, midnight }
}

function inLastDay(text: string): number | undefined {
  if (lastDay === undefined || !text.startsWith(lastDay.before) || !text.endsWith(lastDay.after))
    return undefined
  const start = lastDay.before.length
  const end = text.length - lastDay.after.length
  const seconds = secondsAt(text, start)
  const fraction = fractionAt(text, start + CLOCK_LENGTH, end)
  if (seconds < 0 || fraction < 0) return undefined
  return lastDay.midnight + seconds * 1e6 + fraction
}

/** Reads `02:54:26` as seconds of the day; -1 for other texts. A leap second is left to the general reader. */
function secondsAt(text: string, at: number): number {
  if (text.charCodeAt(at + 2) !== COLON || text.charCodeAt(at + 5) !== COLON) return -1
  const hours = twoDigitsAt(text, at)
  const minutes = twoDigitsAt(text, at + 3)
  const seconds = twoDigitsAt(text, at + 6)
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return -1
  return (hours * 60 + minutes) * 60 + seconds
}

function twoDigitsAt(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO
  const ones = text.charCodeAt(at + 1) - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

/** Reads `.5` as µs; 0 if there is nothing, -1 for other texts. */
function fractionAt(text: string, start: number, end: number): number {
  if (start === end) return 0
  if (text.charCodeAt(start) !== DOT || end - start < 2 || end - start > FRACTION_DIGITS + 1) return -1
  let fraction = 0
  for (let at = start + 1; at <= start + FRACTION_DIGITS; at++) {
    const digit = at < end ? text.charCodeAt(at) - ZERO : 0
    if (digit < 0 || digit > 9) return -1
    fraction = fraction * 10 + digit
  }
  return fraction
}

function parts(text: string): WrittenTime | undefined {
  let match = iso.exec(text)
  if (match) return made(match[1], Number(match[2]) - 1, match[3], match.slice(4, 8), match[8])
  match = common.exec(text)
  if (match) return made(match[3], monthOf(match[2]), match[1], match.slice(4, 8), match[8])
  match = syslog.exec(text)
  if (match) return made(match[3] ?? match[8], monthOf(match[1]), match[2], match.slice(4, 8), match[9])
  match = mail.exec(text)
  if (match) return made(match[3], monthOf(match[2]), match[1], match.slice(4, 8), match[8])
  return undefined
}

function made(
  year: string | undefined,
  month: number,
  day: string,
  clock: readonly (string | undefined)[],
  offset: string | undefined,
): WrittenTime {
  return { year: year === undefined ? undefined : Number(year), month, day: Number(day), clock, offset }
}

function monthOf(name: string): number {
  return MONTHS.indexOf(name.toLowerCase())
}

function micros(written: WrittenTime, now: number, zone: Zone): number | undefined {
  const { month, day, clock, offset } = written
  const [hours, minutes, seconds] = clock.slice(0, 3).map(Number)
  // A leap second is written as the 60th, and counted as the first of the next minute.
  if (month < 0 || month > 11 || hours > 23 || minutes > 59 || seconds > 60) return undefined
  const fraction = Number((clock[3] ?? '').padEnd(6, '0').slice(0, 6))
  const inYear = (year: number) => {
    const midnight = Date.UTC(year, month, day)
    if (new Date(midnight).getUTCDate() !== day) return undefined
    const wall = midnight + ((hours * 60 + minutes) * 60 + seconds) * 1000
    return offset === undefined ? atWallClock(wall, zone) : wall - minutesOf(offset) * 60_000
  }
  const ms = written.year === undefined ? nearest(inYear, now / 1000) : inYear(written.year)
  return ms === undefined || ms < 0 ? undefined : ms * 1000 + fraction
}

/** In the year that gives the latest time that is not ahead of now. */
function nearest(inYear: (year: number) => number | undefined, now: number): number | undefined {
  const year = new Date(now + AHEAD).getUTCFullYear()
  // February 29 is in one of the last eight years.
  for (let back = 0; back <= 8; back++) {
    const ms = inYear(year - back)
    if (ms !== undefined && ms <= now + AHEAD) return ms
  }
  return undefined
}

function minutesOf(offset: string): number {
  if (!/^[+-]/.test(offset)) return 0
  const digits = offset.replace(':', '')
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3))
  return digits[0] === '-' ? -minutes : minutes
}

function sinceEpoch(text: string): number | undefined {
  const match = epoch.exec(text)
  if (match === null) return undefined
  const [, seconds, fraction = '', whole] = match
  if (seconds !== undefined) return Number(seconds) * 1e6 + Number(fraction.padEnd(6, '0').slice(0, 6))
  return whole.length === 13 ? Number(whole) * 1000 : Number(whole.slice(0, 16))
}
