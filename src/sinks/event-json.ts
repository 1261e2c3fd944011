import {
  BYTES_TYPE,
  type CloudEvent,
  cloudEventHead,
  exportedEnvelope,
  hasManyValues,
  JSON_TYPE,
  toCloudEvent,
} from '../event/cloudevents.js'
import type { Event } from '../event/event.js'
import { bodyStart } from '../event/frame.js'
import { kindAt } from '../event/msgpack/find.js'
import { jsonPieces } from '../incremental/json-pieces.js'
import { cloudEventPieces, isLong } from '../incremental/long-text.js'
import { contentStart } from '../incremental/piece-writer.js'
import type { EventView } from './sink.js'

/** Text is kept until it has this number of characters. */
const BUFFERED = 64 * 1024

/** Pieces of text, some of which are empty, or bytes. */
export type Pieces = Generator<string | Uint8Array, void>

/** The CloudEvent of an event as JSON. */
export function* eventJson(event: Event, view: EventView): Pieces {
  if (isLong(event)) yield* cloudEventPieces(event, view)
  else yield JSON.stringify(toCloudEvent(event, view))
}

/** The CloudEvent of a long event without its data, and the data as it is: JSON, or bytes. */
export function longParts(event: Event, view: EventView): { head: CloudEvent; data: Pieces } {
  const { bytes, at, end } = event
  const start = bodyStart(bytes, at)
  if (hasManyValues(event)) return { head: exportedEnvelope(event, view), data: one(bytes, start, end) }
  if (kindAt(bytes, start) !== 'bytes')
    return { head: cloudEventHead(event, view, JSON_TYPE), data: jsonPieces(bytes, start, end) }
  const head = cloudEventHead(event, view, BYTES_TYPE)
  return { head, data: one(bytes, contentStart(bytes, start), end) }
}

function* one(bytes: Uint8Array, start: number, end: number): Pieces {
  yield bytes.subarray(start, end)
}

/** Collects pieces in steps. */
export function* buffersOf(pieces: Pieces): Generator<undefined, Buffer[]> {
  const buffers: Buffer[] = []
  let text = ''
  const flush = () => {
    if (text !== '') buffers.push(Buffer.from(text))
    text = ''
  }
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece
    else {
      flush()
      buffers.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length))
    }
    if (text.length >= BUFFERED) flush()
    yield
  }
  flush()
  return buffers
}

/** The first characters of what pieces say. */
export function* beginningOf(pieces: Pieces, characters: number): Generator<undefined, string> {
  let text = ''
  for (const piece of pieces) {
    text += piece
    if (text.length > characters) break
    yield
  }
  return text
}

/** Returns whether all of it can be made at once. */
export function areShort(events: readonly Event[]): boolean {
  let bytes = 0
  for (const { at, end } of events) bytes += end - at
  return bytes <= BUFFERED / 4
}

export function lengthOf(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((sum, { length }) => sum + length, 0)
}
