import { existsSync, renameSync } from 'node:fs'
import { basename } from 'node:path'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Turns } from '../../storage/check-in-turns.js'
import { DiskFault, toDiskFault } from '../../storage/disk-fault.js'
import { Environment, type Write } from '../../storage/environment.js'
import { dataFileBytes } from '../../storage/folder.js'
import type { ChunkSummary, SeqRange, TimeSpan } from '../event-log.js'
import type { FrameRange } from '../frame-range.js'
import { NotReady } from '../not-ready.js'
import { ChunkLoader } from './chunk-loader.js'
import { adjacentChunks, type ChunkMemory } from './chunk-memory.js'
import type { ChunkWrite } from './chunk-queue.js'
import { damagedRange, type Remains } from './damaged-range.js'
import { isDamage, reasonOf } from './read-fault.js'
import { Salvage } from './salvage.js'
import { SegmentCheck } from './segment-check.js'
import { moveFile, REMOVED, removeFolder } from './segment-folder.js'
import { keyIn, type SegmentTable, walk } from './segment-table.js'
import { emptyTotals, fitsLast, type SegmentTotals, totalsFrom, totalsWith } from './segment-totals.js'
import { StoredSummary, soundSummary } from './stored-summary.js'
import type { SummaryHeader } from './summary-codec.js'
import { FILTERS } from './word-index/index-table.js'

export const CHUNKS = 'chunks'
export const SUMMARIES = 'summaries'
export const SEGMENT_TABLES = [CHUNKS, SUMMARIES]
/** Key of the totals among the summaries. It is before all chunks, since seqs begin with 1. */
export const TOTALS = 0

/**
 * A part of the log in one LMDB environment: a table of chunks and a table of their summaries, both keyed by the
 * first seq of the chunk, with the totals as JSON among the summaries. Reading throws TCN_LOG_CORRUPT, with the
 * damaged range of seqs in its details, or TCN_LOG_READ.
 */
export class Segment implements Remains {
  readonly firstSeq: number
  readonly folder: string
  totals: SegmentTotals
  /** Number of reads in progress: meanwhile it is not removed. */
  readers = 0
  /** Number of walks over its chunks in progress: meanwhile these stay as they are. */
  walks = 0
  /** True if its chunks are compressed, as far as they become smaller. */
  isCompressed = false
  /** True if it has an index of words. */
  isIndexed = false
  /** When its events happened, once that is known and it takes no more. */
  happened: readonly TimeSpan[] | undefined
  readonly #mapSize: number
  #environment: Environment | undefined
  /** Set if LMDB must not open the file. */
  #salvage: Salvage | undefined
  readonly #check: SegmentCheck
  /** The fault of the pages of the file, once they were examined. */
  fault: DiskFault | undefined
  #closing: Promise<void> | undefined
  #replacing: Promise<void> | undefined
  #retired = false
  readonly #loader = new ChunkLoader()

  /** With `runtime`, reading throws NotReady if a large file has to be opened first. */
  constructor(firstSeq: number, folder: string, mapSize: number, runtime?: Turns) {
    this.firstSeq = firstSeq
    this.folder = folder
    this.totals = emptyTotals(firstSeq)
    this.#mapSize = mapSize
    this.#check = new SegmentCheck(folder, runtime)
  }

  get lastSeq(): number {
    return this.totals.lastSeq
  }

  /** Name of its folder, which any reader may know. */
  get name(): string {
    return basename(this.folder)
  }

  /** Set while the environment is opening or closing; nothing can be read before it resolves. */
  get opening(): Promise<void> | undefined {
    return this.#environment?.opening ?? this.#closing ?? this.#replacing
  }

  /** Size of the data file on the disk. */
  get fileBytes(): number {
    return dataFileBytes(this.folder)
  }

  /**
   * Opens the segment. Reading does so too, read-only, except after `retire`. If the file is damaged, what is sound in
   * it can be read, and `fault` is set.
   */
  open(readOnly: boolean, isFlushed = false): void {
    const { folder } = this
    const { turns } = this.#check
    const options = {
      folder,
      readOnly,
      isFlushed,
      turns,
      mapSize: this.#mapSize,
      checked: this.#check.isSound,
    }
    try {
      this.#check.throwFault()
      this.#environment = new Environment({ ...options, tables: SEGMENT_TABLES, optional: [FILTERS] })
      this.#check.isSound = readOnly
    } catch (thrown) {
      if (!(thrown instanceof DiskFault) || thrown.kind !== 'damaged') throw thrown
      this.#salvage = new Salvage(folder)
      this.fault = thrown
    }
  }

  /** Stops using LMDB if the file has become shorter, and reads what is left of it. */
  checkLength(): void {
    if (!this.#environment?.isCut) return
    void this.shut()
    this.#check.isSound = false
    this.#salvage = new Salvage(this.folder)
    this.fault = new DiskFault('damaged', `${this.folder} has become shorter while it is in use`)
  }

  async shut(): Promise<void> {
    this.#loader.clear()
    this.#salvage?.close()
    this.#salvage = undefined
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

  /**
   * Puts another data file with the same events, which is flushed, in the place of its own. A crash leaves the one or the
   * other. Rejects with a DiskFault.
   */
  async replaceFile(file: string): Promise<void> {
    const replaced = this.#replaceFile(file)
    this.#replacing = replaced
      .catch(() => undefined)
      .finally(() => {
        this.#replacing = undefined
      })
    await replaced
  }

  /** Removes the segment from the log, and from the disk if that is possible now. Rejects with a DiskFault. */
  async remove(): Promise<void> {
    await this.shut()
    const removed = this.folder + REMOVED
    try {
      // Under its own name, a partly removed folder would be a damaged segment.
      if (existsSync(this.folder)) renameSync(this.folder, removed)
    } catch (thrown) {
      throw toDiskFault(thrown, this.folder)
    }
    await removeFolder(removed)
  }

  /** Returns the totals, counted anew if the stored ones are damaged; undefined if nothing was ever committed. */
  readTotals(): SegmentTotals | undefined {
    return this.#reading(this.firstSeq, () => {
      const last = this.chunkUpTo(Number.MAX_SAFE_INTEGER)
      const stored = this.#ifSound(() => storedTotals(this.#table(SUMMARIES)))
      const isSound = stored !== undefined && fitsLast(stored, this.firstSeq, this.summaryOf(last ?? TOTALS))
      if (isSound || (stored === undefined && last === undefined)) return stored
      return totalsFrom(this.firstSeq, this.#soundSummaries())
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
  locate(seq: number, backwards: boolean): StoredSummary | undefined {
    return this.#reading(seq, () => {
      const exact = this.#header(seq)
      if (exact !== undefined) return exact
      const before = this.#header(keyIn(this.#table(SUMMARIES), { start: seq, reverse: true }))
      // A hole in a damaged file may also be a part that could not be found.
      if (before === undefined || (this.#salvage !== undefined && before.lastSeq < seq))
        this.#checkNothing(seq >= this.firstSeq && (before === undefined || seq <= this.lastSeq))
      if (backwards || (before !== undefined && before.lastSeq >= seq)) return before
      const after = this.#after(before)
      if (after === undefined) this.#checkNothing(seq <= this.lastSeq)
      return after
    })
  }

  /** Loads and verifies a chunk; with `again` even if it was found valid before. */
  load(chunk: SummaryHeader, again = false): FrameRange {
    return this.#reading(chunk.firstSeq, () => {
      const { count, firstSeq, lastSeq } = chunk
      const bytes = this.#loader.load(this.#table(CHUNKS).get(firstSeq), chunk, again)
      if (typeof bytes === 'string') throw this.corrupt(bytes, { from: firstSeq, to: lastSeq })
      return { bytes, start: 0, end: bytes.length, count, firstSeq, lastSeq }
    })
  }

  /** Loads and verifies a long chunk in steps. Returns undefined if it is not valid: `load` says what is wrong with it. */
  *loadInSteps(chunk: SummaryHeader): Generator<void, FrameRange | undefined> {
    const { count, firstSeq, lastSeq } = chunk
    const stored = () => this.#reading(firstSeq, () => this.#table(CHUNKS).getBinaryFast(firstSeq))
    const bytes = yield* this.#loader.loadInSteps(stored, chunk)
    return bytes && { bytes, start: 0, end: bytes.length, count, firstSeq, lastSeq }
  }

  /**
   * Loads a chunk that was located in this turn, with those that follow without a hole and fit into `maxBytes`, into
   * memory that is used again.
   */
  loadSeveral(chunk: SummaryHeader, maxBytes: number, memory: ChunkMemory): FrameRange {
    const parts = adjacentChunks(chunk, maxBytes, (firstSeq) => this.summaryOf(firstSeq))
    // A damaged chunk is reported when it is loaded by itself.
    return memory.read(parts, this.#copy) ?? this.load(chunk)
  }

  /** Loads a chunk that was located in this turn into memory of its length, and verifies it. */
  loadInto(chunk: SummaryHeader, target: Uint8Array): void {
    if (!this.#copy(chunk, target)) target.set(this.load(chunk, true).bytes)
  }

  /** A chunk and its summary as they are stored, and the plain chunk. Verifies the chunk. */
  stored(chunk: SummaryHeader): { plain: Uint8Array; value: Uint8Array; summary: Uint8Array } {
    const { bytes: plain } = this.load(chunk, true)
    return this.#reading(chunk.firstSeq, () => ({
      plain,
      value: this.#table(CHUNKS).get(chunk.firstSeq)!,
      summary: this.#table(SUMMARIES).get(chunk.firstSeq)!,
    }))
  }

  /** Returns the summaries of the chunk that begins at `firstSeq` and of those after it, up to `limit` or a damaged one. */
  summariesFrom(firstSeq: number, limit: number): ChunkSummary[] {
    return this.#reading(firstSeq, () => {
      const found: ChunkSummary[] = []
      for (const { key, value } of walk(this.#table(SUMMARIES).getRange({ start: firstSeq, limit }))) {
        const summary = found.length === 0 ? new StoredSummary(value) : soundSummary(value)
        if (summary === undefined || summary.firstSeq !== key) break
        found.push(summary)
      }
      return found
    })
  }

  /** Number of chunks without a summary, or of summaries without a chunk. */
  get unpaired(): number {
    return this.#reading(this.firstSeq, () => {
      const count = (table: typeof CHUNKS | typeof SUMMARIES) => this.#table(table).getKeysCount({ start: 1 })
      return Math.abs(count(CHUNKS) - count(SUMMARIES))
    })
  }

  /** Reads the filters of the index of words; undefined if there are none, or they cannot be read. */
  fromFilters<Result>(read: (filters: SegmentTable) => Result): Result | undefined {
    return this.#ifSound(() => {
      this.#table(SUMMARIES)
      const filters = this.#environment?.optionalTable(FILTERS)
      return filters && read(filters)
    })
  }

  // ---- what is left of a damaged segment

  chunkUpTo(seq: number): number | undefined {
    return this.#ifSound(() => keyIn(this.#table(CHUNKS), { start: seq, reverse: true }))
  }

  chunkFrom(seq: number): number | undefined {
    return this.#ifSound(() => keyIn(this.#table(CHUNKS), { start: seq }))
  }

  summaryOf(firstSeq: number): StoredSummary | undefined {
    return this.#ifSound(() => this.#header(firstSeq))
  }

  // ---- internals

  async #replaceFile(file: string): Promise<void> {
    await this.shut()
    await moveFile(file, this.folder)
    this.#check.isSound = false
  }

  *#soundSummaries(): Generator<SummaryHeader> {
    for (const key of walk(this.#table(SUMMARIES).getKeys({ start: TOTALS + 1 }))) {
      const summary = this.summaryOf(key as number)
      if (summary !== undefined) yield summary
    }
  }

  readonly #copy = (chunk: SummaryHeader, target: Uint8Array) =>
    this.#ifSound(() => this.#loader.copy(this.#table(CHUNKS).getBinaryFast(chunk.firstSeq), chunk, target))

  #header(firstSeq: number | undefined): StoredSummary | undefined {
    if (firstSeq === undefined || firstSeq === TOTALS) return undefined
    const bytes = this.#table(SUMMARIES).get(firstSeq)
    if (bytes === undefined) return undefined
    const header = new StoredSummary(bytes)
    if (header.firstSeq === firstSeq) return header
    throw new RangeError(`the summary under ${firstSeq} belongs to ${header.firstSeq}`)
  }

  /** Returns the chunk after a hole, which is all that may be missing between the two. */
  #after(before: SummaryHeader | undefined): StoredSummary | undefined {
    const start = (before?.firstSeq ?? TOTALS) + 1
    const next = keyIn(this.#table(SUMMARIES), { start })
    if (next !== keyIn(this.#table(CHUNKS), { start }))
      throw new RangeError('chunks or summaries stand alone')
    return this.#header(next)
  }

  /** At a damaged page, lmdb may end a walk as if nothing followed. */
  #checkNothing(isWithin: boolean): void {
    if (isWithin && this.lastSeq >= this.firstSeq) throw this.fault ?? new RangeError('summaries are missing')
  }

  #table(name: typeof CHUNKS | typeof SUMMARIES): SegmentTable {
    if (this.#retired) throw new TocsinError('TCN_LOG_CLOSED')
    if (this.#replacing !== undefined) throw new NotReady(this.#replacing)
    if (this.#environment === undefined && this.#salvage === undefined) {
      this.#check.begin()
      this.open(true)
    }
    return this.#environment?.table(name) ?? this.#salvage![name]
  }

  /** Returns the result of `read`; undefined if it meets damage. */
  #ifSound<Result>(read: () => Result): Result | undefined {
    try {
      return read()
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown
      this.#environment?.resetRead()
      return undefined
    }
  }

  /** Runs a read of what is stored at `seq`. */
  #reading<Result>(seq: number, read: () => Result): Result {
    try {
      this.checkLength()
      // The second time with a new read transaction: an old one may lack the last commit.
      return this.#ifSound(read) ?? read()
    } catch (thrown) {
      throw thrown instanceof NotReady ? thrown : this.#toReadFault(thrown, seq)
    }
  }

  #toReadFault(thrown: unknown, seq: number): TocsinError {
    if (TocsinError.is(thrown)) return thrown
    const reason = reasonOf(thrown, this.folder)
    this.#environment?.resetRead()
    try {
      if (isDamage(thrown)) return this.corrupt(reason, damagedRange(seq, this), thrown)
    } catch (again) {
      // The extent of the damage cannot be determined for now.
      return this.#toReadFault(again, seq)
    }
    return new TocsinError('TCN_LOG_READ', `segment ${this.name}: ${reason}`, { cause: thrown })
  }

  corrupt(reason: string, { from, to }: SeqRange, cause?: unknown): TocsinError {
    const details = { segment: this.name, firstSeq: from, lastSeq: to }
    const message = `segment ${this.name}, events ${from} to ${to}: ${reason}`
    return new TocsinError('TCN_LOG_CORRUPT', message, { cause, details })
  }
}

function storedTotals(summaries: SegmentTable): SegmentTotals | undefined {
  const bytes = summaries.get(TOTALS)
  return bytes && JSON.parse(Buffer.from(bytes).toString())
}
