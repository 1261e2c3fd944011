import { existsSync, renameSync, rmSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { TocsinError } from '../../errors/tocsin-error.js'
import { frameBytes, frameSeq, frameTime, HEADER_BYTES } from '../../event/frame.js'
import { toDiskFault } from '../../storage/disk-fault.js'
import { Environment, type Table, type Write } from '../../storage/environment.js'
import { dataFileBytes } from '../../storage/folder.js'
import type { ChunkSummary } from '../event-log.js'
import type { FrameRange } from '../frame-range.js'
import type { ChunkWrite } from './chunk-queue.js'
import { emptyTotals, type SegmentTotals, totalsWith } from './segment-totals.js'
import { StoredSummary } from './stored-summary.js'
import { decodeSummary, readSummaryHeader, type SummaryHeader } from './summary-codec.js'

const CHUNKS = 'chunks'
const SUMMARIES = 'summaries'
/** Suffix of the folder name of a segment that is being removed. */
export const REMOVED = '.removed'
/** Key of the totals among the summaries. It is before all chunks, since seqs begin with 1. */
const TOTALS = 0

/**
 * A part of the log in one LMDB environment: a table of chunks and a table of their summaries, both keyed by the
 * first seq of the chunk, with the totals as JSON among the summaries. Reading throws TCN_LOG_CORRUPT.
 */
export class Segment {
  readonly firstSeq: number
  readonly folder: string
  totals: SegmentTotals
  /** Number of reads in progress. */
  readers = 0
  readonly #mapSize: number
  #environment: Environment | undefined
  #closing: Promise<void> | undefined
  #retired = false
  /** Chunks, by first seq, that have been verified since the environment was opened. */
  readonly #checked = new Set<number>()

  constructor(firstSeq: number, folder: string, mapSize: number) {
    this.firstSeq = firstSeq
    this.folder = folder
    this.totals = emptyTotals(firstSeq)
    this.#mapSize = mapSize
  }

  /** Set while the environment is opening or closing; nothing can be read before it resolves. */
  get opening(): Promise<void> | undefined {
    return this.#environment?.opening ?? this.#closing
  }

  /** Size of the data file on the disk. */
  get fileBytes(): number {
    return dataFileBytes(this.folder)
  }

  /** Opens the environment. Reading does so too, read-only, except after `retire`. */
  open(readOnly: boolean): void {
    const { folder } = this
    const options = { folder, readOnly, tables: [CHUNKS, SUMMARIES], mapSize: this.#mapSize }
    this.#environment = new Environment(options)
  }

  async shut(): Promise<void> {
    this.#checked.clear()
    this.#closing = this.#environment?.close()
    this.#environment = undefined
    await this.#closing
    this.#closing = undefined
  }

  /** Closes the segment; it cannot be read any more. */
  async retire(): Promise<void> {
    this.#retired = true
    await this.shut()
  }

  /** Removes the segment from the disk. Rejects with a DiskFault. */
  async remove(): Promise<void> {
    await this.shut()
    const removed = this.folder + REMOVED
    try {
      // Under its own name, a partly removed folder would be a damaged segment.
      if (existsSync(this.folder)) renameSync(this.folder, removed)
      rmSync(removed, { recursive: true, force: true })
    } catch (thrown) {
      throw toDiskFault(thrown, this.folder)
    }
  }

  /** Returns the stored totals; undefined if nothing was ever committed. */
  readTotals(): SegmentTotals | undefined {
    return this.#reading(() => {
      const bytes = this.#table(SUMMARIES).get(TOTALS)
      return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString())
    })
  }

  /** Commits the writes. `commits` is the number of commits of the whole log, including this one. */
  async store(writes: readonly ChunkWrite[], commits: number): Promise<void> {
    const totals = totalsWith(this.totals, writes, commits)
    const all: Write[] = []
    for (const { chunk, append, value, summary } of writes) {
      all.push({ table: CHUNKS, key: chunk.firstSeq, value, append })
      all.push({ table: SUMMARIES, key: chunk.firstSeq, value: summary, append })
    }
    all.push({ table: SUMMARIES, key: TOTALS, value: Buffer.from(JSON.stringify(totals)) })
    await this.#environment!.commit(all)
    this.totals = totals
  }

  /** Returns the chunk that contains `seq`, else the next one in the direction of reading. */
  locate(seq: number, backwards: boolean): SummaryHeader | undefined {
    return this.#reading(() => {
      const exact = this.#header(seq)
      if (exact !== undefined) return exact
      const before = this.#header(this.#key({ start: seq, reverse: true }))
      if (backwards || (before !== undefined && before.lastSeq >= seq)) return before
      return this.#header(this.#key({ start: seq + 1 }))
    })
  }

  /** Returns the first chunk that ends at this time (µs) or later. */
  locateTime(micros: number): SummaryHeader | undefined {
    let low = this.firstSeq
    let high = this.totals.lastSeq
    let found: SummaryHeader | undefined
    while (low <= high) {
      const middle = Math.floor((low + high) / 2)
      const chunk = this.locate(middle, false)
      if (chunk !== undefined && chunk.lastTime < micros) {
        low = chunk.lastSeq + 1
      } else {
        found = chunk ?? found
        // In a hole left by a crash, the next chunk may begin above `high`.
        high = Math.min(middle, chunk?.firstSeq ?? middle) - 1
      }
    }
    return found
  }

  /** Loads and verifies a chunk; with `again` even if it was found valid before. */
  load(chunk: SummaryHeader, again = false): FrameRange {
    return this.#reading(() => {
      const bytes = this.#table(CHUNKS).get(chunk.firstSeq)
      const fault = bytes === undefined ? 'the chunk is missing' : this.#faultOf(bytes, chunk, again)
      if (fault !== undefined) throw this.corrupt(fault, chunk)
      const { count, firstSeq, lastSeq } = chunk
      return { bytes: bytes!, start: 0, end: bytes!.length, count, firstSeq, lastSeq }
    })
  }

  /** Loads a chunk together with those that follow without a hole, up to `maxBytes`. */
  loadSeveral(chunk: SummaryHeader, maxBytes: number): FrameRange {
    const parts = this.#reading(() => this.#following(chunk, maxBytes))
    const first = this.load(chunk)
    if (parts.length === 1) return first
    const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + part.bytes, 0))
    bytes.set(first.bytes)
    let { end, count, lastSeq } = first
    for (const part of parts.slice(1)) {
      const stored = this.#table(CHUNKS).get(part.firstSeq)
      // A damaged chunk is reported when it is loaded by itself.
      if (stored === undefined || this.#faultOf(stored, part, false) !== undefined) break
      bytes.set(stored, end)
      end += part.bytes
      count += part.count
      lastSeq = part.lastSeq
    }
    return { bytes, start: 0, end, count, firstSeq: chunk.firstSeq, lastSeq }
  }

  summary(firstSeq: number): ChunkSummary {
    return this.#reading(() => {
      const bytes = this.#table(SUMMARIES).get(firstSeq)
      if (bytes === undefined) throw this.corrupt(`the summary of chunk ${firstSeq} is missing`)
      return decodeSummary(bytes)
    })
  }

  /** Returns the summaries of up to `limit` chunks that begin at `firstSeq` or later. */
  summariesFrom(firstSeq: number, limit: number): ChunkSummary[] {
    return this.#reading(() => {
      const found: ChunkSummary[] = []
      for (const { key, value } of this.#table(SUMMARIES).getRange({ start: firstSeq, limit })) {
        const summary = new StoredSummary(value)
        this.#checkKey(key as number, summary)
        found.push(summary)
      }
      return found
    })
  }

  /** Number of chunks without a summary, or of summaries without a chunk. */
  get unpaired(): number {
    return this.#reading(() => {
      const count = (table: string) => this.#table(table).getKeysCount({ start: 1 })
      return Math.abs(count(CHUNKS) - count(SUMMARIES))
    })
  }

  #following(chunk: SummaryHeader, maxBytes: number): SummaryHeader[] {
    const parts: SummaryHeader[] = []
    let bytes = 0
    for (
      let part: SummaryHeader | undefined = chunk;
      part !== undefined;
      part = this.#header(part.lastSeq + 1)
    ) {
      bytes += part.bytes
      if (bytes > maxBytes && parts.length > 0) break
      parts.push(part)
    }
    return parts
  }

  #faultOf(bytes: Uint8Array, chunk: SummaryHeader, again: boolean): string | undefined {
    if (this.#checked.has(chunk.firstSeq) && !again) return undefined
    const fault = faultOfChunk(bytes, chunk)
    if (fault === undefined) this.#checked.add(chunk.firstSeq)
    return fault
  }

  #header(firstSeq: number | undefined): SummaryHeader | undefined {
    if (firstSeq === undefined || firstSeq === TOTALS) return undefined
    const bytes = this.#table(SUMMARIES).get(firstSeq)
    if (bytes === undefined) return undefined
    const header = readSummaryHeader(bytes)
    this.#checkKey(firstSeq, header)
    return header
  }

  #checkKey(key: number, { firstSeq }: SummaryHeader): void {
    if (firstSeq !== key) throw this.corrupt(`the summary under ${key} belongs to ${firstSeq}`)
  }

  #key(range: { start: number; reverse?: boolean }): number | undefined {
    const [key] = this.#table(SUMMARIES).getKeys({ ...range, limit: 1 })
    return key as number | undefined
  }

  #table(name: string): Table {
    if (this.#retired) throw new TocsinError('TCN_LOG_CLOSED')
    if (this.#environment === undefined) this.open(true)
    return this.#environment!.table(name)
  }

  /** Runs `read`, and reports any failure of the storage as TCN_LOG_CORRUPT. */
  #reading<Result>(read: () => Result): Result {
    try {
      return read()
    } catch (thrown) {
      if (TocsinError.is(thrown)) throw thrown
      throw this.corrupt(thrown instanceof Error ? thrown.message : String(thrown), undefined, thrown)
    }
  }

  corrupt(reason: string, chunk?: SummaryHeader, cause?: unknown): TocsinError {
    const { firstSeq, lastSeq } = chunk ?? this.totals
    const details = { folder: this.folder, firstSeq, lastSeq }
    const message = `${this.folder}, events ${firstSeq} to ${lastSeq}: ${reason}`
    return new TocsinError('TCN_LOG_CORRUPT', message, { cause, details })
  }
}

/** Returns what is wrong with a chunk, compared with its summary; undefined if it is valid. */
export function faultOfChunk(bytes: Uint8Array, summary: SummaryHeader): string | undefined {
  if (bytes.length !== summary.bytes) return `the chunk has ${bytes.length} bytes, not ${summary.bytes}`
  if (crc32(bytes) !== summary.crc32) return 'the checksum of the chunk is wrong'
  return faultOfFrames(bytes, summary)
}

function faultOfFrames(bytes: Uint8Array, summary: SummaryHeader): string | undefined {
  let count = 0
  let seq = summary.firstSeq - 1
  let time = summary.firstTime
  let at = 0
  for (; at + HEADER_BYTES <= bytes.length; at += frameBytes(bytes, at)) {
    if (frameSeq(bytes, at) <= seq || frameTime(bytes, at) < time)
      return `the order is broken after event ${seq}`
    seq = frameSeq(bytes, at)
    time = frameTime(bytes, at)
    count++
  }
  if (at !== bytes.length) return 'the last frame is cut'
  if (count !== summary.count) return `the chunk has ${count} events, not ${summary.count}`
  if (seq !== summary.lastSeq) return `the last event is ${seq}, not ${summary.lastSeq}`
  return undefined
}
