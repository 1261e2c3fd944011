import { TocsinError } from '../errors/tocsin-error.js'
import { inZone, whyEmptyTimes } from './empty-range.js'
import { type LocalTime, localMicros, parseLocalTime } from './local-time.js'
import { formatTime, parsePosition, parseTime, timeIn } from './position.js'
import type { Zone } from './zone.js'

/** The ends of a range, as positions that are the same in every time zone. Both belong to it. */
export interface PositionRange {
  readonly from: string
  /** Undefined: now, and what comes. */
  readonly to: string | undefined
}

const DAY = 86_400e6
const MAX_LENGTH = 210

const day = 'today|yesterday|\\d{4}-\\d{2}-\\d{2}'
const clock = '\\d{1,2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?'
const oneDay = new RegExp(`^(?:${day})$`)
const hours = new RegExp(`^(?:(${day}) )?(${clock}) ?(?:-|–|\\.\\.|to) ?(${clock})(?: (${day}))?$`)
const between = / ?\.\. ?| (?:to|-|–) /

/**
 * Reads a range as people type it. Each end is in the grammar of positions:
 *
 *   <position>                                    from there on; a day alone ends with itself
 *   <position> to <position>                      likewise with `..` or ` - `
 *   [<day>] <hh:mm>-<hh:mm> [<day>]               02:30-03:10 yesterday; 23:30-00:10 ends on the next day
 *
 * `now` is in µs since the epoch. Throws TCN_RANGE_INVALID, also if no event can be in the range.
 */
export function parsePositionRange(text: string, now: number, zone: Zone): PositionRange {
  const range = readRange(text, now, zone)
  const begin = parseTime(range.from) ?? Number.NEGATIVE_INFINITY
  const end = parseTime(range.to ?? '') ?? Number.POSITIVE_INFINITY
  const why = whyEmptyTimes(begin, end, now, inZone(now, zone))
  if (why !== undefined) throw invalid(why)
  return range
}

function readRange(text: string, now: number, zone: Zone): PositionRange {
  const trimmed = text.trim()
  if (trimmed.length > MAX_LENGTH) throw invalid(`a range has at most ${MAX_LENGTH} characters`)
  const typed = oneDay.test(trimmed) ? wholeDay(trimmed, now, zone) : hoursOf(trimmed, now, zone)
  if (typed !== undefined) return inText(typed)
  const [first, second, ...others] = trimmed.split(between)
  if (others.length > 0) throw invalid('a range has one beginning and one end')
  return {
    from: endOf(first, now, zone),
    to: second === undefined ? undefined : endOf(second, now, zone),
  }
}

function invalid(why: string): TocsinError {
  return new TocsinError('TCN_RANGE_INVALID', why)
}

interface Ends {
  readonly from: number
  readonly to: number
}

function inText({ from, to }: Ends): PositionRange {
  return { from: formatTime(from), to: formatTime(to) }
}

function wholeDay(text: string, now: number, zone: Zone): Ends | undefined {
  const time = parseLocalTime(text)
  if (time === undefined) return undefined
  return { from: localMicros(time, now, zone), to: localMicros(later(time), now, zone) - 1 }
}

/** The same time of the next day, also where that has other hours than 24. */
function later({ day, micros }: LocalTime): LocalTime {
  return { day, micros: micros + DAY }
}

function hoursOf(text: string, now: number, zone: Zone): Ends | undefined {
  const [, before, first, second, after] = hours.exec(text) ?? []
  if (first === undefined) return undefined
  const start = parseLocalTime(`${before ?? after ?? 'today'} ${first}`)
  const end = parseLocalTime(`${after ?? before ?? 'today'} ${second}`)
  if (start === undefined || end === undefined) return undefined
  const from = localMicros(start, now, zone)
  const to = localMicros(end, now, zone)
  if (to >= from) return { from, to }
  if (before !== undefined && after !== undefined) return { from, to }
  if (before !== undefined || after !== undefined) return { from, to: localMicros(later(end), now, zone) }
  return { from: localMicros({ ...start, day: 'yesterday' }, now, zone), to }
}

function endOf(text: string, now: number, zone: Zone): string {
  const micros = timeIn(parsePosition(text), now, zone)
  return micros === undefined ? text : formatTime(micros)
}
