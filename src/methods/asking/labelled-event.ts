import type { Attributes } from '../../event/attributes.js'
import { formatCursor } from '../../event/cursor.js'
import { type EdgePosition, edgePlace } from '../../event/edge-position.js'
import { attributesLength, frameBytes, frameSeq, frameTime, MAX_ATTRIBUTES_BYTES } from '../../event/frame.js'
import { copiedAttributesStart, copyAroundAttributes } from '../../event/frame-attributes.js'
import { encode } from '../../event/msgpack/encoder.js'
import { forwardedAttributes, PATH_ATTRIBUTE, pathOnward } from '../../protocols/native/event-path.js'
import type { HubToAsk } from './question.js'

/** The attribute of events in answers of edge hubs that names the one that has answered with it. */
export const EDGE_ATTRIBUTE = 'edge'

/**
 * The event as it would have been forwarded, with the name of the edge hub. One of this hub, and one whose attributes
 * have no room for that, is as it was. `epoch`: of the log that it is in.
 */
export function labelledEvent(
  { stream, choice }: Pick<HubToAsk, 'stream' | 'choice'>,
  epoch: string,
  bytes: Uint8Array,
  at: number,
  given: Attributes,
): Uint8Array {
  if (stream === '') return bytes.subarray(at, at + frameBytes(bytes, at))
  if (choice !== undefined) {
    const edge = `${stream}${given[EDGE_ATTRIBUTE] ?? ''}`
    return withAttributes(bytes, at, { ...given, [EDGE_ATTRIBUTE]: edge })
  }
  const place = { epoch, seq: frameSeq(bytes, at), time: frameTime(bytes, at) }
  const path = pathOnward(given[PATH_ATTRIBUTE], epoch, undefined) ?? epoch
  const attributes = forwardedAttributes(given, place, path)
  return withAttributes(bytes, at, { ...attributes, [EDGE_ATTRIBUTE]: stream })
}

/** The place of the event in an answer of several hubs. */
export function placeAfter(
  { stream, choice }: Pick<HubToAsk, 'stream' | 'choice'>,
  epoch: string,
  bytes: Uint8Array,
  at: number,
  given: Attributes,
): EdgePosition {
  const time = frameTime(bytes, at)
  const seq = frameSeq(bytes, at)
  if (choice === undefined) return { time, stream, cursor: formatCursor(epoch, seq) }
  const [log] = String(given[PATH_ATTRIBUTE] ?? '')
    .split('.')
    .slice(-1)
  return edgePlace(`${stream}${given[EDGE_ATTRIBUTE] ?? ''}`, formatCursor(log, seq), time)
}

/** Copies an event with other attributes, unless these have no room. */
function withAttributes(bytes: Uint8Array, at: number, attributes: Attributes): Uint8Array {
  const encoded = encode(attributes)
  const length = frameBytes(bytes, at)
  if (encoded.length > MAX_ATTRIBUTES_BYTES) return bytes.subarray(at, at + length)
  const frame = new Uint8Array(length - attributesLength(bytes, at) + encoded.length)
  frame.set(encoded, copiedAttributesStart(bytes, at, 0))
  copyAroundAttributes(bytes, at, frame, 0, encoded.length)
  return frame
}
