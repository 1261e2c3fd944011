import { rmSync } from 'node:fs'
import { TocsinError } from '../../event/errors.js'
import { Environment, type Table, type Write } from '../../lmdb/environment.js'
import { dataFileBytes } from '../../lmdb/folder.js'
import type { ChunkSummary } from '../event-log.js'
import type { FrameRun } from '../frame-run.js'
import { faultOfChunk } from './chunk-check.js'
import type { ChunkWrite } from './chunk-queue.js'
import { emptyTotals, type SegmentTotals, totalsWith } from './segment-totals.js'
import { decodeSummary, readSummaryHeader, type SummaryHeader } from './summary-codec.js'

const CHUNKS = 'chunks'
const SUMMARIES = 'summaries'
/** Key of the totals among the summaries, before all chunks: seq begins with 1. */
const TOTALS = 0

/**
 * A part of the log in one LMDB environment: a table of chunks and one of their summaries, both under the
 * first seq of the chunk, and among the summaries the totals as JSON. Throws TCN_LOG_CORRUPT.
 */
export class Segment {
  readonly firstSeq: number
  readonly folder: string
  totals: SegmentTotals
  /** Reads under way in it. */
  readers = 0
  readonly #mapSize: number
  #environment: Environment | undefined
  #closing: Promise<void> | undefined
  /** Chunks whose checksum was right since the environment was opened. */
  readonly #checked = new Set<number>()

  constructor(firstSeq: number, folder: string, mapSize: number) {
    this.firstSeq = firstSeq
    this.folder = folder
    this.totals = emptyTotals(firstSeq)
    this.#mapSize = mapSize
  }

  get isOpen(): boolean {
    return this.#environment !== undefined
  }

  /** Nothing can be read before it resolves. */
  get opening(): Promise<void> | undefined {
    return this.#environment?.opening ?? this.#closing
  }

  /** Bytes on the disk. */
  get fileBytes(): number {
    return dataFileBytes(this.folder)
  }

  /** Reading opens it too, but not for writing. */
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

  async remove(): Promise<void> {
    await this.shut()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Undefined when nothing was ever committed. */
  readTotals(): SegmentTotals | undefined {
    return this.#reading(() => {
      const bytes = this.#table(SUMMARIES).get(TOTALS)
      return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString())
    })
  }

  /** `commits` counts them in the whole log. */
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

  /** The chunk with `seq` in it, else the next one in the direction of reading. */
  locate(seq: number, backwards: boolean): SummaryHeader | undefined {
    return this.#reading(() => {
      const exact = this.#header(seq)
      if (exact !== undefined) return exact
      const before = this.#header(this.#key({ start: seq, reverse: true }))
      if (backwards || (before !== undefined && before.lastSeq >= seq)) return before
      return this.#header(this.#key({ start: seq + 1 }))
    })
  }

  /** The first chunk that ends at this time (µs) or later. */
  locateTime(micros: number): SummaryHeader | undefined {
    let low = this.firstSeq
    let high = this.totals.lastSeq
    let found: SummaryHeader | undefined
    while (low <= high) {
      const chunk = this.locate(Math.floor((low + high) / 2), false)
      if (chunk !== undefined && chunk.lastTime < micros) {
        low = chunk.lastSeq + 1
      } else {
        found = chunk ?? found
        high = (chunk?.firstSeq ?? high) - 1
      }
    }
    return found
  }

  /** `again`: checks it even if it was found sound before. */
  load(chunk: SummaryHeader, again = false): FrameRun {
    return this.#reading(() => {
      const bytes = this.#table(CHUNKS).get(chunk.firstSeq)
      if (bytes === undefined) throw this.corrupt('the chunk is missing', chunk)
      if (again || !this.#checked.has(chunk.firstSeq)) {
        const fault = faultOfChunk(bytes, chunk)
        if (fault !== undefined) throw this.corrupt(fault, chunk)
        this.#checked.add(chunk.firstSeq)
      }
      const { count, firstSeq, lastSeq } = chunk
      return { bytes, start: 0, end: bytes.length, count, firstSeq, lastSeq }
    })
  }

  summary(firstSeq: number): ChunkSummary {
    return this.#reading(() => {
      const bytes = this.#table(SUMMARIES).get(firstSeq)
      if (bytes === undefined) throw this.corrupt(`the summary of chunk ${firstSeq} is missing`)
      return decodeSummary(bytes)
    })
  }

  /** Chunks without a summary, or the other way round. */
  get unpaired(): number {
    return this.#reading(() => {
      const count = (table: string) => this.#table(table).getKeysCount({ start: 1 })
      return Math.abs(count(CHUNKS) - count(SUMMARIES))
    })
  }

  #header(firstSeq: number | undefined): SummaryHeader | undefined {
    if (firstSeq === undefined || firstSeq === TOTALS) return undefined
    const bytes = this.#table(SUMMARIES).get(firstSeq)
    if (bytes === undefined) return undefined
    const header = readSummaryHeader(bytes)
    if (header.firstSeq !== firstSeq)
      throw this.corrupt(`the summary under ${firstSeq} belongs to ${header.firstSeq}`)
    return header
  }

  #key(range: { start: number; reverse?: boolean }): number | undefined {
    const [key] = this.#table(SUMMARIES).getKeys({ ...range, limit: 1 })
    return key as number | undefined
  }

  #table(name: string): Table {
    if (this.#environment === undefined) this.open(true)
    return this.#environment!.table(name)
  }

  /** Whatever goes wrong with what is stored is one error. */
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
