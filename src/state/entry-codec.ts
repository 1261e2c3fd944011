import { crc32 } from 'node:zlib'
import { readU32, readU64, writeU32, writeU64 } from '../event/frame.js'
import type { StoredEntry } from './entry-table.js'

/** Revision u64, time of the write u64 (µs). Its highest byte says whether a checksum follows. */
const HEADER = 16
const LAYOUT_AT = 15
/** Version 1 of the format had no checksum. The two marks differ in four bits. */
const WITHOUT_CHECKSUM = 0
const WITH_CHECKSUM = 0x5a
const CHECKSUM = 4

/**
 * Encodes an entry, little-endian: revision u64 · time of the write u56, µs · layout u8 · CRC-32 u32 of the key, what
 * is before it and the value · the value.
 */
export function encodeEntry(key: string, { value, revision, written }: StoredEntry): Uint8Array {
  const bytes = new Uint8Array(HEADER + CHECKSUM + value.length)
  writeU64(bytes, 0, revision)
  writeU64(bytes, 8, written)
  bytes[LAYOUT_AT] = WITH_CHECKSUM
  bytes.set(value, HEADER + CHECKSUM)
  writeU32(bytes, HEADER, checksumOf(key, bytes))
  return bytes
}

/** Decodes an entry; throws an Error that says what is wrong with it. */
export function decodeEntry(key: string, bytes: Uint8Array): StoredEntry {
  const layout = bytes[LAYOUT_AT]
  if (layout === WITHOUT_CHECKSUM) return entryOf(bytes, HEADER)
  if (layout !== WITH_CHECKSUM || bytes.length < HEADER + CHECKSUM)
    throw new Error('it has an unknown layout')
  if (readU32(bytes, HEADER) !== checksumOf(key, bytes)) throw new Error('its checksum is wrong')
  return entryOf(bytes, HEADER + CHECKSUM)
}

function entryOf(bytes: Uint8Array, start: number): StoredEntry {
  const written = (readU32(bytes, 12) & 0xffffff) * 2 ** 32 + readU32(bytes, 8)
  return { revision: readU64(bytes, 0), written, value: bytes.subarray(start) }
}

function checksumOf(key: string, bytes: Uint8Array): number {
  return crc32(bytes.subarray(HEADER + CHECKSUM), crc32(bytes.subarray(0, HEADER), crc32(key)))
}
