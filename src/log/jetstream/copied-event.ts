import { type Attributes, encodeAttributes } from '../../event/attributes.js'
import { formatCursor } from '../../event/cursor.js'
import {
  attributesLength,
  attributesStart,
  frameBytes,
  frameSeq,
  frameTime,
  MAX_ATTRIBUTES_BYTES,
} from '../../event/frame.js'
import { copiedAttributesStart, copyAroundAttributes } from '../../event/frame-attributes.js'
import { decode } from '../../event/msgpack/decoder.js'
import { formatTime } from '../../event/position.js'
import { eachHeader, headerLine } from '../../storage/nats/header-block.js'

/** The header that says where a copied event comes from: epoch, seq and time (µs) in the log that it was copied from. */
const COPIED = 'tocsin-copied'

export interface Origin {
  epoch: string
  seq: number
}

export function originLine({ epoch, seq }: Origin, time: number): string {
  return headerLine(COPIED, `${epoch} ${seq} ${time}`)
}

/** Undefined if the event is no copy. */
export function originOf(block: string): Origin | undefined {
  let origin: Origin | undefined
  eachHeader(block, (name, value) => {
    if (name !== COPIED) return
    const [epoch, seq] = value.split(' ')
    origin = { epoch, seq: Number(seq) }
  })
  return origin
}

/**
 * Returns the frame at `at` in memory of its own, with its id and time as attributes, since a stream gives it new ones.
 * Those of an event that came from elsewhere are attributes already, and stay.
 */
export function withOwnTime(frames: Uint8Array, at: number, epoch: string): Buffer {
  const bytes = Buffer.from(frames.buffer, frames.byteOffset, frames.length)
  const attributes = extended(bytes, at, epoch)
  const frame = Buffer.alloc(frameBytes(bytes, at) - attributesLength(bytes, at) + attributes.length)
  frame.set(attributes, copiedAttributesStart(bytes, at, 0))
  copyAroundAttributes(bytes, at, frame, 0, attributes.length)
  return frame
}

function extended(bytes: Buffer, at: number, epoch: string): Uint8Array {
  const start = attributesStart(bytes, at)
  const own = bytes.subarray(start, start + attributesLength(bytes, at))
  const attributes = own.length === 0 ? {} : (decode(own) as Attributes)
  const { id = formatCursor(epoch, frameSeq(bytes, at)), time = formatTime(frameTime(bytes, at)) } =
    attributes
  // Attributes that are full stay as they are; the header of the message has both.
  if (own.length + SPACE > MAX_ATTRIBUTES_BYTES) return own
  return encodeAttributes({ ...attributes, id, time })
}

/** For two names and their values. */
const SPACE = 128
