import {
  attributesLength,
  frameBytes,
  frameFlags,
  frameKind,
  frameSeq,
  frameTime,
  HEADER_BYTES,
  setFrameSeq,
  setFrameTime,
  sourceLength,
  tagLength,
  writeHeader,
} from './frame.js'

/** Where the attributes of a copy of the frame at `at` begin, if the copy begins at `start`. */
export function copiedAttributesStart(bytes: Uint8Array, at: number, start: number): number {
  return start + HEADER_BYTES + sourceLength(bytes, at)
}

/**
 * Copies the frame at `at` to `start`, around attributes of `length` bytes that are in place there. Returns the offset
 * after the copy.
 */
export function copyAroundAttributes(
  bytes: Uint8Array,
  at: number,
  out: Uint8Array,
  start: number,
  length: number,
): number {
  const sourceBytes = sourceLength(bytes, at)
  const before = attributesLength(bytes, at)
  const total = frameBytes(bytes, at) - before + length
  const flags = frameFlags(bytes, at)
  writeHeader(out, start, total, flags, tagLength(bytes, at), frameKind(bytes, at), sourceBytes, length)
  setFrameSeq(out, start, frameSeq(bytes, at))
  setFrameTime(out, start, frameTime(bytes, at))
  const source = at + HEADER_BYTES
  out.set(bytes.subarray(source, source + sourceBytes), start + HEADER_BYTES)
  const rest = source + sourceBytes + before
  const restAt = copiedAttributesStart(bytes, at, start) + length
  out.set(bytes.subarray(rest, at + frameBytes(bytes, at)), restAt)
  return start + total
}
