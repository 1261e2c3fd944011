import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { messageOf } from '../../errors/thrown.js'
import { readU32, writeU32 } from '../../event/frame.js'
import { CHUNK_BYTES } from './chunk-queue.js'

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

/** Of the levels of deflate, the one after which more time makes a chunk hardly smaller. */
const LEVEL = 5
/** The least that zlib takes as the size of its output. */
const MIN_OUTPUT = 64

export function isPacked(value: Uint8Array): boolean {
  return value.length >= PACKED_HEADER && value[4] === PACKED
}

/** Bytes of the plain chunk, as the value of a compressed one states them. */
export function plainBytes(value: Uint8Array): number {
  return readU32(value, 0)
}

/** Compresses a chunk. Returns undefined if it is better left as it is: it does not become smaller, or is too long. */
export function packChunk(plain: Uint8Array): Uint8Array | undefined {
  if (plain.length > CHUNK_BYTES) return undefined
  const body = deflateRawSync(plain, { level: LEVEL, memLevel: constants.Z_MAX_MEMLEVEL })
  if (PACKED_HEADER + body.length >= plain.length) return undefined
  const value = new Uint8Array(PACKED_HEADER + body.length)
  writeU32(value, 0, plain.length)
  value[4] = PACKED
  value[5] = DEFLATE
  value[6] = NO_TRANSFORMATION
  value.set(body, PACKED_HEADER)
  return value
}

/**
 * Returns the plain chunk, which must have so many bytes. Throws RangeError if the value is damaged; no more memory is
 * allocated than the largest compressed chunk needs.
 */
export function unpackChunk(value: Uint8Array, bytes: number): Uint8Array {
  const [length, codec, transformation] = [plainBytes(value), value[5], value[6]]
  if (length !== bytes || bytes > CHUNK_BYTES)
    throw new RangeError(`the chunk has ${length} bytes, not ${bytes}`)
  if (codec !== DEFLATE) throw new RangeError(`the chunk has an unknown codec: ${codec}`)
  if (transformation !== NO_TRANSFORMATION || value[7] !== 0)
    throw new RangeError(`the chunk has an unknown transformation: ${transformation}`)
  const plain = inflated(value.subarray(PACKED_HEADER), bytes)
  if (plain.length !== bytes) throw new RangeError(`the chunk has ${plain.length} bytes, not ${bytes}`)
  return plain
}

function inflated(body: Uint8Array, bytes: number): Uint8Array {
  try {
    return inflateRawSync(body, { chunkSize: Math.max(bytes, MIN_OUTPUT), maxOutputLength: bytes })
  } catch (thrown) {
    throw new RangeError(`the chunk cannot be decompressed: ${messageOf(thrown)}`, { cause: thrown })
  }
}
