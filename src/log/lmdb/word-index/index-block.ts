import { crc32 } from 'node:zlib'
import { readU32, readU64, writeU32, writeU64 } from '../../../event/frame.js'
import { PROBES } from './bloom.js'

/**
 * The filters of up to 16 chunks one after another as bytes, little-endian, under the first seq of the first of them:
 *
 *   offset  size  field
 *        0     1  0x66
 *        1     1  format: 1, also the rules by which an event has tokens
 *        2     1  probes for each token: 5
 *        3     1  number of chunks, at most 16
 *        4        for each chunk: first seq u64 · CRC-32 of the plain chunk u32 · bytes of its filter u32, 0 if it has none
 *                 the filters
 *   last 4     4  CRC-32 of all preceding bytes
 *
 * Several together, since a value of more than 2 KB takes whole pages.
 */
const MARK = 0x66
/** Format of the index. Filters of another one are not used. */
export const INDEX_FORMAT = 1
export const CHUNKS_A_BLOCK = 16
const HEADER = 4
const ENTRY = 16
const CHECK = 4

/** The filter of one chunk; no bytes if every token may be in the chunk. */
export interface ChunkFilter {
  readonly firstSeq: number
  readonly crc32: number
  readonly bits: Uint8Array
}

export function encodeBlock(filters: readonly ChunkFilter[]): Uint8Array {
  const bits = filters.reduce((sum, filter) => sum + filter.bits.length, 0)
  const bytes = new Uint8Array(HEADER + filters.length * ENTRY + bits + CHECK)
  bytes.set([MARK, INDEX_FORMAT, PROBES, filters.length])
  let at = HEADER + filters.length * ENTRY
  for (const [nth, filter] of filters.entries()) {
    const entry = HEADER + nth * ENTRY
    writeU64(bytes, entry, filter.firstSeq)
    writeU32(bytes, entry + 8, filter.crc32)
    writeU32(bytes, entry + 12, filter.bits.length)
    bytes.set(filter.bits, at)
    at += filter.bits.length
  }
  writeU32(bytes, at, crc32(bytes.subarray(0, at)))
  return bytes
}

/** Returns the filters; undefined if they are of another format. Throws RangeError if they are damaged. */
export function decodeBlock(bytes: Uint8Array): ChunkFilter[] | undefined {
  const end = bytes.length - CHECK
  if (end < HEADER || readU32(bytes, end) !== crc32(bytes.subarray(0, end)))
    throw new RangeError('the checksum of its filters is wrong')
  if (bytes[0] !== MARK || bytes[1] !== INDEX_FORMAT || bytes[2] !== PROBES) return undefined
  const filters: ChunkFilter[] = []
  let at = HEADER + bytes[3] * ENTRY
  for (let entry = HEADER; filters.length < bytes[3]; entry += ENTRY) {
    const size = entry + ENTRY <= end ? readU32(bytes, entry + 12) : end
    if (at + size > end) throw new RangeError('its filters are cut')
    const bits = bytes.subarray(at, at + size)
    filters.push({ firstSeq: readU64(bytes, entry), crc32: readU32(bytes, entry + 8), bits })
    at += size
  }
  return filters
}

/** Returns the filter that was made of the same bytes as this chunk. */
export function filterFor(
  { firstSeq, crc32 }: Omit<ChunkFilter, 'bits'>,
  filters: readonly ChunkFilter[],
): ChunkFilter | undefined {
  return filters.find((filter) => filter.firstSeq === firstSeq && filter.crc32 === crc32)
}
