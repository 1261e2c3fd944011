import { atWallClock, wallClock, type Zone } from '../../../event/zone.js'

/** Reads the digits of one part of a date into `fields`. */
interface Part {
  /** The part of the date that it sets. A pattern may set each only once, so that matching it takes few steps. */
  readonly kind: string
  readonly source: string
  read(text: string, fields: Fields): void
}

interface Fields {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  ms: number
  /** Undefined: the hour counts to 24. */
  afternoon?: boolean
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const MAX_PATTERN = 64

function digits(source: string, key: Exclude<keyof Fields, 'afternoon'>, base = 0): Part {
  return {
    kind: key,
    source: `(${source})`,
    read(text, fields) {
      fields[key] = Number(text) + base
    },
  }
}

const monthName: Part = {
  kind: 'month',
  source: '([A-Za-z]{3,9})',
  read(text, fields) {
    fields.month = MONTHS.indexOf(text.slice(0, 3).toLowerCase()) + 1
  },
}
const dayName: Part = { kind: 'day name', source: '([A-Za-z]{3,9})', read: () => {} }
const half: Part = {
  kind: 'half',
  source: '([AaPp][Mm])',
  read(text, fields) {
    fields.afternoon = text.toLowerCase() === 'pm'
  },
}

/** The tokens of a pattern of QDateTime, longest first. */
const parts: readonly (readonly [token: string, part: Part])[] = [
  ['yyyy', digits('\\d{4}', 'year')],
  ['yy', digits('\\d{2}', 'year', 1900)],
  ['MMMM', monthName],
  ['MMM', monthName],
  ['MM', digits('\\d{2}', 'month')],
  ['M', digits('\\d{1,2}', 'month')],
  ['dddd', dayName],
  ['ddd', dayName],
  ['dd', digits('\\d{2}', 'day')],
  ['d', digits('\\d{1,2}', 'day')],
  ['hh', digits('\\d{2}', 'hour')],
  ['HH', digits('\\d{2}', 'hour')],
  ['h', digits('\\d{1,2}', 'hour')],
  ['H', digits('\\d{1,2}', 'hour')],
  ['mm', digits('\\d{2}', 'minute')],
  ['m', digits('\\d{1,2}', 'minute')],
  ['ss', digits('\\d{2}', 'second')],
  ['s', digits('\\d{1,2}', 'second')],
  ['zzz', digits('\\d{3}', 'ms')],
  ['z', digits('\\d{1,3}', 'ms')],
  ['AP', half],
  ['ap', half],
]

/** Reads a local time by a pattern of QDateTime, such as `yyyy-MM-dd hh:mm:ss`; ms since the epoch. */
export function readQtDate(text: string, pattern: string, zone: Zone): number | undefined {
  const compiled = compile(pattern)
  const match = compiled === undefined || text.length > 2 * MAX_PATTERN ? null : compiled.regex.exec(text)
  if (compiled === undefined || match === null) return undefined
  const fields: Fields = { year: 1900, month: 1, day: 1, hour: 0, minute: 0, second: 0, ms: 0 }
  for (const [index, part] of compiled.parts.entries()) part.read(match[index + 1], fields)
  return localMs(fields, zone)
}

function compile(pattern: string): { regex: RegExp; parts: Part[] } | undefined {
  if (pattern.length > MAX_PATTERN) return undefined
  const found: Part[] = []
  let source = ''
  for (let at = 0; at < pattern.length; ) {
    const known = parts.find(([token]) => pattern.startsWith(token, at))
    const literal = known === undefined ? literalAt(pattern, at) : ''
    if (known !== undefined) {
      if (found.some(({ kind }) => kind === known[1].kind)) return undefined
      found.push(known[1])
    }
    source += known?.[1].source ?? literally(unquoted(literal))
    at += known?.[0].length ?? literal.length
  }
  return found.length === 0 ? undefined : { regex: new RegExp(`^${source}$`), parts: found }
}

/** One character, or text within quotes. */
function literalAt(pattern: string, at: number): string {
  const end = pattern[at] === "'" ? pattern.indexOf("'", at + 1) : -1
  return pattern.slice(at, Math.max(at, end) + 1)
}

function unquoted(literal: string): string {
  return literal.length > 1 ? literal.slice(1, -1) : literal
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}

function localMs(fields: Fields, zone: Zone): number | undefined {
  const { year, month, day, minute, second, ms, afternoon } = fields
  const hour = afternoon === undefined ? fields.hour : (fields.hour % 12) + (afternoon ? 12 : 0)
  const wall = Date.UTC(year, month - 1, day, hour, minute, second, ms)
  const shown = new Date(wall)
  const isReal = shown.getUTCMonth() === month - 1 && shown.getUTCDate() === day && hour < 24
  return isReal && minute < 60 && second < 60 ? atWallClock(wall, zone) : undefined
}

/** Returns a local time without a zone, such as `2026-11-20T04:50:52`. */
export function qtIsoDate(ms: number, zone: Zone): string {
  return new Date(wallClock(ms, zone)).toISOString().slice(0, 19)
}
