import { TocsinError } from '../errors/tocsin-error.js'
import { isEdgePosition } from './edge-position.js'
import { formatTime, parsePosition, timeIn } from './position.js'
import { atWallClock, utcZone, wallClock, type Zone } from './zone.js'

/** The ends of a range as positions. Only those that are times are compared. */
export interface AskedEnds {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly before?: string | undefined
}

/** The form in which a reason shows times, µs since the epoch. */
export interface TimeWords {
  readonly zone: Zone
  show(micros: number): string
  /** Tells readers elsewhere what time it is. */
  readonly here?: string
}

/** Clocks of two machines may differ by this without making a range one that is still to come, µs. */
export const CLOCKS_DIFFER = 60e6

const DAY_MS = 86_400e3

/**
 * Returns why no event can be in a range of times, with the last time of the same name as a proposal: it ends before it
 * begins, or begins later than `now` (µs since the epoch) by more than `ahead` (µs). Undefined for other ranges.
 *
 * @example
 * const now = parseTime('2026-11-29T00:30Z')
 * whyEmpty({ from: '23:40' }, now, inZone(now, utcZone))
 * // 'today 23:40 is still to come; did you mean yesterday 23:40?'
 */
export function whyEmpty(
  { from = '', to, before }: AskedEnds,
  now: number,
  words: TimeWords,
  ahead = CLOCKS_DIFFER,
): string | undefined {
  const at = (text = 'start') => {
    if (isEdgePosition(text)) return undefined
    return text === 'now' ? now : timeIn(parsePosition(text), now, words.zone)
  }
  const begin = from === '' ? undefined : at(from)
  if (begin === undefined) return undefined
  const end = Math.min(at(to) ?? Number.POSITIVE_INFINITY, at(before) ?? Number.POSITIVE_INFINITY)
  return whyEmptyTimes(begin, end, now, words, ahead, isNamed(from))
}

/** The same name can mean another day; `now` and `-1h` cannot. */
function isNamed(position: string): boolean {
  const { at } = parsePosition(position)
  return at === 'time' || at === 'local'
}

/** The same for times, µs since the epoch. */
export function whyEmptyTimes(
  begin: number,
  end: number,
  now: number,
  { zone, show, here = '' }: TimeWords,
  ahead = CLOCKS_DIFFER,
  proposes = true,
): string | undefined {
  const isToCome = begin > now + ahead
  if (!isToCome && begin <= end) return undefined
  const why = isToCome
    ? `${show(begin)} is still to come${here}`
    : `the range ends before it begins: ${show(begin)} is after ${show(end)}`
  const earlier = aDayBefore(begin, zone)
  return proposes && earlier <= Math.min(now, end) ? `${why}; did you mean ${show(earlier)}?` : why
}

/** As people in a zone type times: `yesterday 23:40`, `today 06:00:30` or `2026-11-20 06:00`. */
export function inZone(now: number, zone: Zone): TimeWords {
  const textOf = (micros: number) => new Date(wallClock(micros / 1000, zone)).toISOString()
  const isOf = (day: string, micros: number) => textOf(micros).startsWith(day)
  const show = (micros: number) => {
    const text = textOf(micros)
    const day = text.slice(0, 10)
    const name = isOf(day, now) ? 'today' : isOf(day, aDayBefore(now, zone)) ? 'yesterday' : day
    return `${name} ${text.slice(11, 19).replace(/:00$/, '')}`
  }
  return { zone, show }
}

/** In RFC 3339, for readers whose clock and zone are not known. */
export function inUtc(now: number): TimeWords {
  const show = (micros: number) => formatTime(micros).replace(/(?::00)?\.0+Z$/, 'Z')
  return { zone: utcZone, show, here: `: it is ${show(now)} here` }
}

/**
 * Throws TCN_RANGE_INVALID if no event can be in a range that begins at a local time. Other ranges are the same for
 * everybody, so the bus checks them.
 */
export function checkLocalRange(range: AskedEnds, now: number, zone: Zone): void {
  if (range.from === undefined || isEdgePosition(range.from) || parsePosition(range.from).at !== 'local')
    return
  const why = whyEmpty(range, now, inZone(now, zone))
  if (why !== undefined) throw new TocsinError('TCN_RANGE_INVALID', why)
}

function aDayBefore(micros: number, zone: Zone): number {
  return Math.round(atWallClock(wallClock(micros / 1000, zone) - DAY_MS, zone) * 1000)
}
