import { encodeAttributes } from '../../../event/attributes.js'
import { Event } from '../../../event/event.js'
import { encodeFrame, frameBytes } from '../../../event/frame.js'
import { encode } from '../../../event/msgpack/encoder.js'
import { redact } from '../../../filter/redact.js'

/** The frame with its body redacted; the bytes themselves where there was nothing to take out. */
export function redactFrame(
  bytes: Uint8Array,
  at: number,
  paths: readonly (readonly string[])[],
): Uint8Array {
  const event = new Event(bytes, at)
  const data = paths.length === 0 ? undefined : redact(event.data, paths)
  if (paths.length === 0 || data === event.data) return bytes.subarray(at, at + frameBytes(bytes, at))
  const { seq, time, kind, flags, tag, source } = event
  const attributes = encodeAttributes(event.attributes)
  return encodeFrame({ seq, time, kind, flags, tag, source, attributes, body: encode(data) })
}
