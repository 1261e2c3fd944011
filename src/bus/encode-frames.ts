import { frameBytes } from '../event/frame.js'
import type { Format, Piece } from './sink.js'

/** No shorter frame takes long to encode. */
const MIN_LONG_BYTES = 16 * 1024

/** Encodes pieces of whole frames. Without a format they stay as they are. */
export function encodeFrames(format: Format | undefined, pieces: readonly Uint8Array[]): readonly Piece[] {
  if (format === undefined) return pieces
  const encoded: Piece[] = []
  for (const piece of pieces) {
    if (format.long === undefined || piece.length < MIN_LONG_BYTES) encoded.push(format.encode(piece))
    else encodeEach(format as Required<Format>, piece, encoded)
  }
  return encoded
}

/** Encodes long frames one by one, and those between them together. */
function encodeEach(format: Required<Format>, frames: Uint8Array, encoded: Piece[]): void {
  let start = 0
  for (let at = 0; at < frames.length; ) {
    const end = at + frameBytes(frames, at)
    const long = end - at < MIN_LONG_BYTES ? undefined : format.long(frames.subarray(at, end))
    if (long !== undefined) {
      if (at > start) encoded.push(format.encode(frames.subarray(start, at)))
      encoded.push(long)
      start = end
    }
    at = end
  }
  if (start < frames.length) encoded.push(format.encode(frames.subarray(start)))
}
