import { crc32 } from 'node:zlib'
import { dataFile } from '../../storage/folder.js'
import { type LmdbFile, openIfFile, type StoredValue } from '../../storage/lmdb-file.js'
import { isPacked, PACKED_HEADER, plainBytes, unpackChunk } from './packed-chunk.js'
import type { KeyRange, SegmentTable } from './segment-table.js'
import { isSummaryFormat, readSummaryHeader } from './summary-codec.js'

interface Found {
  summary: Uint8Array
  lastSeq: number
  /** Bytes of the plain chunk. */
  bytes: number
  crc32: number
  /** Values that may be the chunk, newest first. */
  chunks: StoredValue[]
}

/** Smaller than the header of a summary; what is larger is read to find out. */
const MIN_SUMMARY = 60

/**
 * Reads the rest of a damaged segment, which LMDB must not open: chunks are found by their valid summaries, wherever
 * they are in the file.
 */
export class Salvage {
  readonly chunks: SegmentTable
  readonly summaries: SegmentTable
  readonly #file: LmdbFile | undefined

  constructor(folder: string) {
    this.#file = openIfFile(dataFile(folder))
    const chunks = this.#file === undefined ? [] : findChunks(this.#file)
    const found = new Map([...chunks].sort(([one], [other]) => one - other))
    const seqs = [...found.keys()]
    this.summaries = new FoundTable(seqs, (seq) => found.get(seq)?.summary)
    this.chunks = new FoundTable(seqs, (seq) => chunkOf(found.get(seq)))
  }

  close(): void {
    this.#file?.close()
  }
}

class FoundTable implements SegmentTable {
  readonly #keys: readonly number[]
  readonly #value: (key: number) => Uint8Array | undefined

  constructor(keys: readonly number[], value: (key: number) => Uint8Array | undefined) {
    this.#keys = keys
    this.#value = value
  }

  get(key: number): Uint8Array | undefined {
    return this.#value(key)
  }

  getBinaryFast(key: number): Uint8Array | undefined {
    return this.#value(key)
  }

  getKeys({ start = 0, reverse = false, limit }: KeyRange): number[] {
    // The first key that is not before `start`, or the last one that is not after it.
    const at = this.#keys.findIndex((key) => key >= start)
    const from = at === -1 ? this.#keys.length : at
    if (!reverse) return this.#keys.slice(from, limit === undefined ? undefined : from + limit)
    const end = this.#keys[from] === start ? from + 1 : from
    return this.#keys.slice(limit === undefined ? 0 : Math.max(0, end - limit), end).reverse()
  }

  *getRange(range: KeyRange): Generator<{ key: number; value: Uint8Array }> {
    for (const key of this.getKeys(range)) yield { key, value: this.#value(key)! }
  }

  getKeysCount(range: KeyRange): number {
    return this.getKeys(range).length
  }
}

function findChunks(file: LmdbFile): Map<number, Found> {
  const summaries = new Map<string, { firstSeq: number; found: Found }>()
  const others = new Map<string, StoredValue[]>()
  for (const value of file.scan()) {
    const key = value.key.toString('latin1')
    const summary = summaryIn(value)
    if (summary === undefined) others.set(key, [...(others.get(key) ?? []), value])
    else if (summary.found.lastSeq > (summaries.get(key)?.found.lastSeq ?? 0)) summaries.set(key, summary)
  }
  const chunks = new Map<number, Found>()
  for (const [key, { firstSeq, found }] of summaries) {
    found.chunks = (others.get(key) ?? []).filter((value) => mayBe(value, found))
    found.chunks.sort((one, other) => other.transaction - one.transaction)
    chunks.set(firstSeq, found)
  }
  return chunks
}

function summaryIn(value: StoredValue): { firstSeq: number; found: Found } | undefined {
  try {
    if (value.size < MIN_SUMMARY || !isLikeSummary(value.read(MIN_SUMMARY))) return undefined
    const summary = value.read()
    const { firstSeq, lastSeq, crc32, bytes } = readSummaryHeader(summary)
    return { firstSeq, found: { summary, lastSeq, bytes, crc32, chunks: [] } }
  } catch {
    return undefined
  }
}

/** Spares reading every chunk: the first bytes of a summary are its format, flags and three small numbers. */
function isLikeSummary(bytes: Buffer): boolean {
  return isSummaryFormat(bytes[0]) && bytes[1] < 8 && [3, 5, 7].every((at) => bytes[at] === 0)
}

/** Returns whether the value has the length of the chunk, or says so if it is compressed. */
function mayBe(value: StoredValue, { bytes }: Found): boolean {
  if (value.size >= bytes) return value.size === bytes
  try {
    const header = value.read(PACKED_HEADER)
    return isPacked(header) && plainBytes(header) === bytes
  } catch {
    return false
  }
}

function chunkOf(found: Found | undefined): Uint8Array | undefined {
  if (found === undefined) return undefined
  const values = found.chunks.map((chunk) => chunk.read())
  return values.find((value) => isSound(value, found)) ?? values[0]
}

function isSound(value: Uint8Array, { bytes, crc32: sum }: Found): boolean {
  try {
    return crc32(isPacked(value) ? unpackChunk(value, bytes) : value) === sum
  } catch {
    return false
  }
}
