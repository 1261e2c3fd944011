import { formatTime, parsePosition, parseTime } from '../../../../src/event/position.js'
import { parsePositionRange } from '../../../../src/event/position-range.js'
import { shownZone } from '../../../text/moments.js'
import { noPlace } from '../place.js'
import { positionOf, spanIn } from '../range.js'

/** A time in the address, µs since the epoch. */
export interface ShownSpan {
  readonly from: number
  readonly to: number
}

/** The time of the address; undefined if an end of it is an event. Without an end, it lasts until now. */
export function spanOf(params: URLSearchParams, now: number): ShownSpan | undefined {
  const from = microsOf(params.get('from'))
  const to = params.get('to') === null ? now : microsOf(params.get('to'))
  return from === undefined || to === undefined ? undefined : { from, to }
}

function microsOf(position: string | null): number | undefined {
  return parseTime(position ?? '')
}

/** The span by its own length earlier or later. */
export function moved({ from, to }: ShownSpan, by: -1 | 1): ShownSpan {
  const length = to - from
  return { from: from + by * length, to: to + by * length }
}

/** The span with its own length more at both ends, but not beyond now. */
export function wider({ from, to }: ShownSpan, now: number): ShownSpan {
  const length = to - from
  return { from: from - length, to: Math.max(to, Math.min(now, to + length)) }
}

type AddressChanges = Readonly<Record<string, string | undefined>>

export function toSpan({ from, to }: ShownSpan): AddressChanges {
  return { from: positionOf(from), to: positionOf(to), ...noPlace }
}

/** Returns the changes of the address for the time from an event on; the end stays. */
export function fromEvent(time: number, params: URLSearchParams): AddressChanges {
  const span = params.get('from') === null ? undefined : spanOf(params, time)
  const isBefore = span !== undefined && span.to < time
  return { from: formatTime(time), ...(isBefore && { to: undefined }), at: undefined }
}

/** Returns the changes of the address for the time until an event; the beginning stays, or is a span earlier. */
export function untilEvent(time: number, params: URLSearchParams): AddressChanges {
  const from = microsOf(params.get('from'))
  const ago = parsePosition(`-${spanIn(params)}`)
  const length = ago.at === 'ago' ? ago.micros : 0
  return {
    from: formatTime(from === undefined || from > time ? time - length : from),
    // Counts end just before the end of a time.
    to: formatTime(time + 1),
    at: undefined,
  }
}

/** Returns the changes of the address for a typed time: only a span up to now stays live. Throws TCN_RANGE_INVALID. */
export function changesFor(text: string, now: number): AddressChanges {
  const { from, to } = parsePositionRange(text, now, shownZone)
  const typed = text.trim()
  if (to === undefined && parsePosition(typed).at === 'ago')
    return { range: typed.replace(/^(?:now)?-?| ?ago$/g, ''), from: undefined, to: undefined, ...noPlace }
  return { from, to, ...noPlace }
}
