import { TocsinError } from '../errors/tocsin-error.js'
import { isCursor, parseCursor } from './cursor.js'

/**
 * The grammar of positions in the log, the same in every command, URL and subscription:
 *
 *   start | end | now | -<n><unit> | RFC 3339 time | @<seq> | <epoch>-<seq>
 *
 * Units are s, m, h, d and w. `end` is the last existing event and `now` the next one to come; as a start, both
 * mean that no past events are read. A cursor means "after this event", `@<seq>` "from this event on".
 */
export type Position =
  | { at: 'start' }
  | { at: 'end' }
  | { at: 'now' }
  /** µs before the current time */
  | { at: 'ago'; micros: number }
  /** µs since the epoch */
  | { at: 'time'; micros: number }
  | { at: 'seq'; seq: number }
  | { at: 'cursor'; epoch: string; seq: number }

export const POSITIONS = 'start, end, now, -1h, an RFC 3339 time such as 2026-11-20T06:00Z, @<seq>, a cursor'

const units: Record<string, number> = { s: 1e6, m: 60e6, h: 3600e6, d: 86400e6, w: 604800e6 }
const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?([Zz]|[+-]\d{2}:\d{2})$/

export function parsePosition(text: string): Position {
  if (text === 'start' || text === 'end' || text === 'now') return { at: text }
  const ago = /^-(\d{1,9})([smhdw])$/.exec(text)
  if (ago) return { at: 'ago', micros: Number(ago[1]) * units[ago[2]] }
  const seq = /^@(\d{1,16})$/.exec(text)
  if (seq && Number.isSafeInteger(Number(seq[1]))) return { at: 'seq', seq: Number(seq[1]) }
  if (isCursor(text)) return { at: 'cursor', ...parseCursor(text) }
  const micros = parseTime(text)
  if (micros !== undefined) return { at: 'time', micros }
  throw new TocsinError(
    'TCN_RANGE_INVALID',
    `${JSON.stringify(text.slice(0, 80))} is no position; accepted are ${POSITIONS}`,
  )
}

/**
 * Reads an RFC 3339 time as µs since the epoch; undefined if the text is not one. Seconds may be omitted.
 */
export function parseTime(text: string): number | undefined {
  const match = rfc3339.exec(text)
  if (!match) return undefined
  const [, day, minute, second = '00', fraction = '', zone] = match
  // Date.parse accepts February 30 and 24:00 as times of the next month or day.
  const unzoned = Date.parse(`${day}T${minute}:${second}Z`)
  if (Number.isNaN(unzoned) || !new Date(unzoned).toISOString().startsWith(`${day}T${minute}`))
    return undefined
  const millis = Date.parse(`${day}T${minute}:${second}${zone.toUpperCase()}`)
  if (Number.isNaN(millis)) return undefined
  return millis * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}

/** The last time that a Date supports, in the year 275760. */
const LAST_MICROS = 8.64e18

/**
 * Formats µs since the epoch as RFC 3339 in UTC with microseconds. Later times than a Date supports become
 * the last one.
 */
export function formatTime(micros: number): string {
  const known = Math.min(micros, LAST_MICROS)
  const millis = Math.floor(known / 1000)
  const rest = String(known - millis * 1000).padStart(3, '0')
  return `${new Date(millis).toISOString().slice(0, -1)}${rest}Z`
}
