import { TocsinError } from '../errors/tocsin-error.js'
import { isEdgePosition } from './edge-position.js'
import { formatTime, microsOf, parsePosition } from './position.js'
import { atWallClock, utcZone, wallClock, type Zone } from './zone.js'

/** The ends of a range as positions. Only those that are times are compared. */
export interface AskedEnds {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly before?: string | undefined
}

/** Clocks of two machines may differ by this without making a range one that is still to come, µs. */
export const CLOCKS_DIFFER = 60e6

const DAY_MS = 86_400e3

/**
 * Returns why no event can be in a range of times, with the last time of the same name as a proposal: it ends before it
 * begins, or begins later than `now` (µs since the epoch) by more than `ahead` (µs). Undefined for other ranges. With
 * `zone`, times are written as people in that zone type them.
 *
 * @example
 * whyEmpty({ from: '23:40' }, parseTime('2026-11-29T00:30Z'), { zone: utcZone })
 * // 'today 23:40 is still to come; did you mean yesterday 23:40?'
 */
export function whyEmpty(
  { from, to, before }: AskedEnds,
  now: number,
  { zone, ahead = CLOCKS_DIFFER }: { zone?: Zone; ahead?: number } = {},
): string | undefined {
  const begin = timeOf(from, now, zone)
  if (begin === undefined) return undefined
  const end = Math.min(...[to, before].map((text) => timeOf(text, now, zone) ?? Number.POSITIVE_INFINITY))
  const isToCome = begin > now + ahead
  if (!isToCome && begin <= end) return undefined
  const show = (micros: number) => (zone === undefined ? rfc3339(micros) : inWords(micros, now, zone))
  const why = isToCome
    ? `${show(begin)} is still to come${zone === undefined ? `: it is ${show(now)} here` : ''}`
    : `the range ends before it begins: ${show(begin)} is after ${show(end)}`
  const dayBefore = aDayBefore(begin, zone ?? utcZone)
  return isNamed(from) && dayBefore <= Math.min(now, end) ? `${why}; did you mean ${show(dayBefore)}?` : why
}

/**
 * Throws TCN_RANGE_INVALID if no event can be in a range that begins at a local time. Other ranges are the same for
 * everybody, so the bus checks them.
 */
export function checkLocalRange(range: AskedEnds, now: number, zone: Zone): void {
  if (range.from === undefined || isEdgePosition(range.from) || parsePosition(range.from).at !== 'local')
    return
  const why = whyEmpty(range, now, { zone })
  if (why !== undefined) throw new TocsinError('TCN_RANGE_INVALID', why)
}

function timeOf(text: string | undefined, now: number, zone: Zone | undefined): number | undefined {
  if (text === undefined || isEdgePosition(text)) return undefined
  const position = parsePosition(text)
  switch (position.at) {
    case 'now':
      return now
    case 'ago':
    case 'time':
    case 'local':
      return microsOf(position, now, zone)
    default:
      return undefined
  }
}

/** The same name can mean another day. */
function isNamed(text: string | undefined): boolean {
  return text !== undefined && ['time', 'local'].includes(parsePosition(text).at)
}

function aDayBefore(micros: number, zone: Zone): number {
  return atWallClock(wallClock(Math.floor(micros / 1000), zone) - DAY_MS, zone) * 1000 + (micros % 1000)
}

function rfc3339(micros: number): string {
  return formatTime(micros).replace(/(?::00)?\.0+Z$/, 'Z')
}

/** `yesterday 23:40`, `today 06:00:30` or `2026-11-20 06:00` */
function inWords(micros: number, now: number, zone: Zone): string {
  const [day, clock] = localText(micros, zone)
  const [today] = localText(now, zone)
  const [yesterday] = localText(aDayBefore(now, zone), zone)
  return `${day === today ? 'today' : day === yesterday ? 'yesterday' : day} ${clock}`
}

function localText(micros: number, zone: Zone): [day: string, clock: string] {
  const text = new Date(wallClock(Math.floor(micros / 1000), zone)).toISOString()
  return [text.slice(0, 10), text.slice(11, 19).replace(/:00$/, '')]
}
