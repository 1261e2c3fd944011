import { messageOf } from '../../errors/thrown.js'
import { readU32, writeU32 } from '../../event/frame.js'
import { CHUNK_BYTES } from './chunk-queue.js'
import { type RawDeflate, rawDeflate } from './raw-deflate.js'

/**
 * A compressed chunk as bytes, little-endian:
 *
 *   offset  size  field
 *        0     4  bytes of the plain chunk
 *        4     1  0x63; in a plain chunk, the op of its first frame is here, which is 1
 *        5     1  codec: 1 raw deflate
 *        6     1  transformation before the codec: 0 none
 *        7     1  0
 *        8        the plain chunk, compressed
 */
export const PACKED_HEADER = 8
const PACKED = 0x63
const DEFLATE = 1
const NO_TRANSFORMATION = 0

/** Made when a log has its first compressed chunk. */
let codec: RawDeflate | undefined
/** Made when the first chunk is compressed, which only a thread for that does. */
let scratch: Uint8Array | undefined

export function isPacked(value: Uint8Array): boolean {
  return value.length >= PACKED_HEADER && value[4] === PACKED
}

/** Bytes of the plain chunk, as the value of a compressed one states them. */
export function plainBytes(value: Uint8Array): number {
  return readU32(value, 0)
}

/** Compresses a chunk. Returns undefined if it is better left as it is: it does not become smaller, or is too long. */
export function packChunk(plain: Uint8Array): Uint8Array | undefined {
  if (plain.length > CHUNK_BYTES || plain.length <= PACKED_HEADER) return undefined
  scratch ??= Buffer.allocUnsafeSlow(CHUNK_BYTES)
  const body = scratch.subarray(0, plain.length - PACKED_HEADER)
  codec ??= rawDeflate()
  const bytes = codec.deflate(plain, body)
  if (bytes === body.length) return undefined
  const value = new Uint8Array(PACKED_HEADER + bytes)
  writeU32(value, 0, plain.length)
  value[4] = PACKED
  value[5] = DEFLATE
  value[6] = NO_TRANSFORMATION
  value.set(body.subarray(0, bytes), PACKED_HEADER)
  return value
}

/**
 * Writes the plain chunk, which must have as many bytes as the target. Throws RangeError if the value is damaged.
 */
export function unpackInto(value: Uint8Array, target: Uint8Array): void {
  const [bytes, codec, transformation] = [plainBytes(value), value[5], value[6]]
  if (bytes !== target.length) throw new RangeError(`the chunk has ${bytes} bytes, not ${target.length}`)
  if (codec !== DEFLATE) throw new RangeError(`the chunk has an unknown codec: ${codec}`)
  if (transformation !== NO_TRANSFORMATION || value[7] !== 0)
    throw new RangeError(`the chunk has an unknown transformation: ${transformation}`)
  const written = inflated(value.subarray(PACKED_HEADER, value.length), target)
  if (written !== bytes) throw new RangeError(`the chunk has ${written} bytes, not ${bytes}`)
}

/** Returns the plain chunk of this length. Throws RangeError before memory is allocated if the value states another. */
export function unpackChunk(value: Uint8Array, bytes: number): Uint8Array {
  if (bytes > CHUNK_BYTES || bytes !== plainBytes(value))
    throw new RangeError(`the chunk has ${plainBytes(value)} bytes, not ${bytes}`)
  const plain = Buffer.allocUnsafeSlow(bytes)
  unpackInto(value, plain)
  return plain
}

function inflated(body: Uint8Array, target: Uint8Array): number {
  try {
    codec ??= rawDeflate()
    return codec.inflate(body, target)
  } catch (thrown) {
    throw new RangeError(`the chunk cannot be decompressed: ${messageOf(thrown)}`, { cause: thrown })
  }
}
