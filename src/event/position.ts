import { TocsinError } from '../errors/tocsin-error.js'
import { isCursor, parseCursor } from './cursor.js'
import { type LocalTime, localMicros, parseLocalTime } from './local-time.js'
import { utcZone, type Zone } from './zone.js'

/**
 * The grammar of positions in the log, the same in every command, URL and subscription:
 *
 *   start | end | now | end-<n> | RFC 3339 time | @<seq> | <epoch>-<seq>
 *   [now][-]<n><unit>…[ ago]                        1h, -1h30m, 1.5h, 5min, now-2d, 10m ago
 *   [today | yesterday | <date>] [<hh>:<mm>[:<ss>]] in the time zone of the one who asks
 *
 * `end` is the last existing event and `now` the next one to come; as a start, both mean that no past events are read.
 * `end-20` is the place before the last 20 events. A cursor means "after this event", `@<seq>` "from this event on".
 */
export type Position =
  | { at: 'start' }
  | { at: 'end' }
  | { at: 'now' }
  /** This number of events before the end. */
  | { at: 'back'; count: number }
  /** µs before the current time */
  | { at: 'ago'; micros: number }
  /** µs since the epoch */
  | { at: 'time'; micros: number }
  | { at: 'local'; time: LocalTime }
  | { at: 'seq'; seq: number }
  | { at: 'cursor'; epoch: string; seq: number }

/** The positions that are times. */
export type Moment = Extract<Position, { at: 'ago' | 'time' | 'local' }>

export const POSITIONS =
  'start, end, now, -1h, 06:00, today, 2026-11-20, an RFC 3339 time such as 2026-11-20T06:00Z, end-20, @<seq>, a cursor'

const MAX_LENGTH = 100
const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?([Zz]|[+-]\d{2}:\d{2})$/

/**
 * Reads a position. Throws TCN_POSITION_INVALID.
 *
 * @example
 * parsePosition('-1h30m') // { at: 'ago', micros: 5400000000 }
 * parsePosition('@42') // { at: 'seq', seq: 42 }
 */
export function parsePosition(text: string): Position {
  const position = text.length > MAX_LENGTH ? undefined : readPosition(text)
  if (position !== undefined) return position
  const hint = hintFor(text)
  throw new TocsinError(
    'TCN_RANGE_INVALID',
    `${JSON.stringify(text.slice(0, 80))} is no position${hint === undefined ? '' : ` (${hint})`}; accepted are ${POSITIONS}`,
  )
}

/**
 * The name of one event in a text: its cursor, `@4711`, or its distance from the end (`end` is the last event,
 * `end-2` the one two before it).
 */
export type EventName = Extract<Position, { at: 'end' | 'back' | 'seq' | 'cursor' }>

/**
 * Reads the name of one event. Throws TCN_POSITION_INVALID.
 *
 * @example
 * parseEventName('end-2') // { at: 'back', count: 2 }
 */
export function parseEventName(text: string): EventName {
  const position = text.length > MAX_LENGTH ? undefined : readPosition(text)
  switch (position?.at) {
    case 'end':
    case 'back':
    case 'seq':
    case 'cursor':
      return position
    default:
      throw new TocsinError(
        'TCN_CURSOR_INVALID',
        `${JSON.stringify(text.slice(0, 80))} names no event; accepted are a cursor, @<seq>, end and end-<n>`,
      )
  }
}

function readPosition(text: string): Position | undefined {
  if (text === 'start' || text === 'end' || text === 'now') return { at: text }
  const back = /^end-(\d{1,12})$/.exec(text)
  if (back) return { at: 'back', count: Number(back[1]) }
  const seq = /^@(\d{1,16})$/.exec(text)
  if (seq) return Number.isSafeInteger(Number(seq[1])) ? { at: 'seq', seq: Number(seq[1]) } : undefined
  if (isCursor(text)) return { at: 'cursor', ...parseCursor(text) }
  const ago = parseAgo(text)
  if (ago !== undefined) return { at: 'ago', micros: ago }
  const micros = parseTime(text)
  if (micros !== undefined) return { at: 'time', micros }
  const time = parseLocalTime(text)
  return time && { at: 'local', time }
}

/**
 * µs since the epoch; `now` likewise. Without a zone, a local time is one of UTC.
 *
 * @example
 * microsOf({ at: 'ago', micros: 3600e6 }, 7200e6) // 3600000000
 */
export function microsOf(moment: Moment, now: number, zone: Zone = utcZone): number {
  if (moment.at === 'time') return moment.micros
  return moment.at === 'ago' ? now - moment.micros : localMicros(moment.time, now, zone)
}

/** µs since the epoch; undefined for a position that is no time. `now` likewise. */
export function timeIn(position: Position, now: number, zone: Zone): number | undefined {
  const isTime = position.at === 'ago' || position.at === 'time' || position.at === 'local'
  return isTime ? microsOf(position, now, zone) : undefined
}

/**
 * The position with its local time, if it is one, as a time that is the same everywhere.
 *
 * @example
 * const now = Date.now() * 1000
 * withoutZone('2026-11-20 06:00', now, namedZone('+01:00') ?? utcZone) // '2026-11-20T05:00:00.000000Z'
 */
export function withoutZone(text: string, now: number, zone: Zone): string {
  const position = parsePosition(text)
  return position.at === 'local' ? formatTime(microsOf(position, now, zone)) : text
}

const units: readonly (readonly [name: RegExp, micros: number])[] = [
  [/^(s|secs?|seconds?)$/, 1e6],
  [/^(m|mins?|minutes?)$/, 60e6],
  [/^(h|hrs?|hours?)$/, 3600e6],
  [/^(d|days?)$/, 86400e6],
  [/^(w|weeks?)$/, 604800e6],
]
const agoPattern = /^(?:now)?-?((?:\d{1,9}(?:\.\d{1,6})? ?[a-z]{1,7} ?)+?)(?: ?ago)?$/

/** Reads `-1h30m`, `1.5h` or `10 min ago` as µs; undefined for other texts. */
function parseAgo(text: string): number | undefined {
  const match = agoPattern.exec(text)
  if (match === null) return undefined
  let sum = 0
  for (const [, count, name] of match[1].matchAll(/(\d+(?:\.\d+)?) ?([a-z]+)/g)) {
    const unit = units.find(([names]) => names.test(name))
    if (unit === undefined) return undefined
    sum += Math.round(Number(count) * unit[1])
  }
  return Number.isSafeInteger(sum) ? sum : undefined
}

/** Returns the spelling that was probably meant. */
function hintFor(text: string): string | undefined {
  const { length } = text
  if (length > MAX_LENGTH) return `it has ${length} characters`
  if (/^\d{1,16}$/.test(text)) return `the event with this number is @${text}`
  if (/^-\d{1,12}$/.test(text)) return `the last ${text.slice(1)} events begin at end${text}`
  if (/^(START|END|NOW|TODAY|YESTERDAY)$/i.test(text)) return `it is written ${text.toLowerCase()}`
  if (/^(first|oldest|beginning|earliest)$/i.test(text)) return 'the oldest event is at start'
  if (/^(last|newest|latest)$/i.test(text))
    return 'the last event is at end, and end-1 is the place before it'
  if (/^(now)?-?\d+(\.\d+)? ?[a-z]+/i.test(text) && !/-\d+$/.test(text)) return 'units are s, m, h, d and w'
  if (/^\d{1,4}[./]\d{1,2}[./]\d{1,4}/.test(text)) return 'a date is written 2026-11-20'
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) return 'there is no such time, or its zone is not Z or +01:00'
  if (/^\d{1,2}:\d{2}\S*(Z|[+-]\d{2}:?\d{2})$/i.test(text)) return 'a time with a zone needs its date'
  if (/^[a-z0-9]+-\d+$/.test(text)) return 'the epoch of a cursor has 13 characters'
  return undefined
}

/** Characters of the shortest and the longest RFC 3339 time: `2026-11-21T02:54Z`, and one with nanoseconds and an offset. */
export const [SHORTEST_TIME, LONGEST_TIME] = [17, 35]

/**
 * Reads an RFC 3339 time as µs since the epoch; undefined if the text is not one. Seconds may be omitted. A leap second,
 * which that count does not have, is the second after it.
 *
 * @example
 * parseTime('1970-01-01T00:00:01.5Z') // 1500000
 * parseTime('yesterday') // undefined
 */
export function parseTime(text: string): number | undefined {
  const match = rfc3339.exec(text)
  if (!match) return undefined
  const [, day, minute, second = '00', fraction = '', zone] = match
  if (second === '60') return leapSecond(parseTime(`${day}T${minute}:59${zone}`))
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
 *
 * @example
 * formatTime(1_500_000) // '1970-01-01T00:00:01.500000Z'
 */
export function formatTime(micros: number): string {
  const known = Math.min(micros, LAST_MICROS)
  const seconds = Math.floor(known / 1e6)
  // Times that are formatted after each other are mostly of one second.
  if (seconds !== lastSecond) {
    textOfSecond = new Date(seconds * 1000).toISOString().slice(0, -4)
    lastSecond = seconds
  }
  return `${textOfSecond}${String(known - seconds * 1e6).padStart(6, '0')}Z`
}

let lastSecond = Number.NaN
let textOfSecond = ''

/**
 * Returns the second after one that ends in :59, given in µs since the epoch, if a leap second can be between them. It
 * can only be the last one of a month, in UTC. Its fractions are one moment.
 */
function leapSecond(before: number | undefined): number | undefined {
  if (before === undefined) return undefined
  const after = before + 1e6
  const next = new Date(after / 1000)
  return next.getUTCDate() === 1 && next.getUTCHours() === 0 && next.getUTCMinutes() === 0 ? after : undefined
}
