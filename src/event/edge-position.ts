import { TocsinError } from '../errors/tocsin-error.js'
import { formatTime } from './position.js'

/**
 * The place in an answer of several hubs after one of its events. The events of the answer are ordered by time, and
 * those of the same time by the name of their stream, so that one event tells the place in all streams.
 */
export interface EdgePosition {
  /** Time of the event, µs since the epoch. */
  readonly time: number
  readonly stream: string
  /** The place in this stream: a cursor, or a position of this kind if the stream is an answer of several hubs too. */
  readonly cursor: string
}

const MAX_LENGTH = 1024
const WRITTEN = /^([^@]+(?:@.*)?)@([A-Za-z0-9._:/-]*)@(\d{1,16})$/

/** Has the form `<cursor>@<stream>@<time>`. */
export function formatEdgePosition({ cursor, stream, time }: EdgePosition): string {
  return `${cursor}@${stream}@${time}`
}

/** The place after an event with this cursor in the stream of an edge hub, by the names of all hubs on the way to it. */
export function edgePlace(path: string, cursor: string, time: number): EdgePosition {
  const end = path.indexOf('/') + 1
  if (end === 0) return { time, stream: path, cursor }
  const below = edgePlace(path.slice(end), cursor, time)
  return { time, stream: path.slice(0, end), cursor: formatEdgePosition(below) }
}

/** Undefined for a position of another kind. Throws TCN_RANGE_INVALID. */
export function parseEdgePosition(text: string): EdgePosition | undefined {
  if (!isEdgePosition(text)) return undefined
  const match = text.length > MAX_LENGTH ? null : WRITTEN.exec(text)
  if (match === null || !Number.isSafeInteger(Number(match[3])))
    throw new TocsinError('TCN_RANGE_INVALID', 'this is no position in an answer of edge hubs')
  return { cursor: match[1], stream: match[2], time: Number(match[3]) }
}

/** Where a stream continues after this place; `isBackwards`: the position before which it does. */
export function placeIn(stream: string, position: EdgePosition, isBackwards: boolean): string {
  const { time, cursor } = position
  if (stream === position.stream) return cursor
  // At the same time, streams with earlier names were first; backwards, they are last.
  const isNext = isBackwards ? stream > position.stream : stream < position.stream
  return formatTime(isNext === isBackwards ? time : time + 1)
}

/** Returns whether a text is meant as a position in an answer of several hubs. */
export function isEdgePosition(text: string): boolean {
  return !text.startsWith('@') && text.includes('@')
}
