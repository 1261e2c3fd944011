import { encodeFrame, type FrameParts, HEADER_BYTES, SEPARATOR_BYTES } from './frame.js'
import { withEncoded } from './msgpack/encoder.js'

/** The parts of an event whose data is still to be encoded. */
export interface EventParts extends Omit<FrameParts, 'body' | 'room'> {
  readonly tag: string
  readonly source: string
  readonly data: unknown
}

/** Encodes the frame of an event. It is written around the body, so that a long one is copied once. */
export function encodeEvent({ data, ...head }: EventParts): Uint8Array {
  const room = roomFor(head)
  return withEncoded(data, (memory, end) => {
    const body = new Uint8Array(room + end).subarray(room)
    body.set(memory.subarray(0, end))
    return encodeFrame({ ...head, body, room })
  })
}

/** A character has at most three bytes for each of its units. */
function roomFor({ tag, source, attributes }: Omit<EventParts, 'data'>): number {
  return HEADER_BYTES + 3 * (source.length + tag.length) + (attributes?.length ?? 0) + SEPARATOR_BYTES
}
