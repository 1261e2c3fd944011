import { crc32 } from 'node:zlib'
import { frameBytes, frameSeq, frameTime } from '../../event/frame.js'
import type { TypeOfBytes } from '../../filter/matcher.js'
import type { ProducerRange } from '../event-log.js'
import type { FrameRange } from '../frame-range.js'
import { addRange } from '../producer-range.js'
import { ChunkStatistics, type Counts } from './chunk-statistics.js'
import { encodeSummary } from './summary-codec.js'

/** Largest chunk, unless a single frame is larger. With LMDB's page header it fills 64 pages. */
export const CHUNK_BYTES = 256 * 1024 - 16
/** A chunk smaller than this is extended by the next commit, so that a slow log is packed too. */
export const SMALL_CHUNK_BYTES = 16 * 1024

/**
 * Approximate size of one commit, limited so that publishers can continue to append while it runs. A commit ends
 * at the end of a batch: the counters of producers are stored in the transaction that contains all their frames.
 */
export const COMMIT_BYTES = 8 * 1024 * 1024

/** Adjacent frames of a slab that are stored as one value. */
export interface Chunk {
  readonly bytes: Uint8Array
  readonly start: number
  end: number
  count: number
  readonly firstSeq: number
  lastSeq: number
  /** Time of the first event, µs. */
  readonly firstTime: number
  /** Time of the last event, µs. */
  lastTime: number
  /** Checksum of the bytes from `start` to `hashedEnd`. */
  crc32: number
  hashedEnd: number
  readonly producers: Map<string, ProducerRange>
  /** Final statistics; undefined while the chunk is open. */
  counts: Counts | undefined
  /** End of the bytes that are flushed to the disk. */
  storedEnd: number
  storedCount: number
  /** True if a commit has tried to store the chunk, so that its key may exist. */
  tried: boolean
  /** True if a commit ends with this chunk. */
  endsCommit: boolean
}

/** The value and summary that one commit stores for a chunk. */
export interface ChunkWrite {
  chunk: Chunk
  /** True if the key is new. */
  append: boolean
  end: number
  count: number
  lastSeq: number
  /** Time of the last event, µs. */
  lastTime: number
  value: Uint8Array
  summary: Uint8Array
  /** True if there are reports of lost events in the chunk. */
  hasGaps: boolean
}

/** Packs appended frames into chunks, and keeps those that are not flushed yet. */
export class ChunkQueue {
  readonly #statistics: ChunkStatistics
  /** Chunks that are not flushed, oldest first. */
  #waiting: Chunk[] = []
  /** The chunk to which further frames are added. */
  #open: Chunk | undefined
  /** Bytes of frames that are not flushed. */
  bytes = 0
  /** Bytes added since the end of the last commit. */
  #commitBytes = 0

  constructor(typeOf: TypeOfBytes) {
    this.#statistics = new ChunkStatistics(typeOf)
  }

  /** Adds a run; runs must come in seq order. The producers are those of the batch that ends with this run. */
  add(run: FrameRange, producers: readonly ProducerRange[] = []): void {
    const chunk = this.#pack(run)
    for (const range of producers) addRange(chunk.producers, range)
    this.bytes += run.end - run.start
    this.#commitBytes += run.end - run.start
  }

  /** Marks the end of a batch, at which a large commit ends. */
  endBatch(): void {
    if (this.#commitBytes < COMMIT_BYTES) return
    this.#waiting.at(-1)!.endsCommit = true
    this.seal()
    this.#commitBytes = 0
  }

  /** Continues the last chunk of the log, which is already stored. */
  resume(run: FrameRange, producers: readonly ProducerRange[]): void {
    const chunk = this.#pack(run)
    for (const range of producers) chunk.producers.set(range.key, range)
    Object.assign(chunk, { storedEnd: chunk.end, storedCount: chunk.count, tried: true })
    this.#waiting = []
  }

  /** Closes the open chunk, so that later frames go into a new one. */
  seal(): void {
    if (this.#open === undefined) return
    this.#open.counts = this.#statistics.counts()
    this.#statistics.clear()
    this.#open = undefined
  }

  /** Returns the writes of the next commit, for the waiting chunks in their current state. */
  take(): ChunkWrite[] {
    const open = this.#open
    if (open !== undefined && open.end - open.start >= SMALL_CHUNK_BYTES) this.seal()
    const end = this.#waiting.findIndex(({ endsCommit }) => endsCommit)
    if (end < 0) this.#commitBytes = 0
    const taken = end < 0 ? this.#waiting : this.#waiting.slice(0, end + 1)
    return taken.map((chunk) => writeOf(chunk, chunk.counts ?? this.#statistics.counts()))
  }

  /** Marks the writes as flushed. */
  stored(writes: readonly ChunkWrite[]): void {
    for (const { chunk, end, count } of writes) {
      this.bytes -= end - chunk.storedEnd
      chunk.storedEnd = end
      chunk.storedCount = count
    }
    this.#waiting = this.#waiting.filter((chunk) => chunk.storedEnd < chunk.end)
  }

  #pack({ bytes, start, end }: FrameRange): Chunk {
    let chunk = this.#open
    if (chunk === undefined || chunk.bytes !== bytes || chunk.end !== start) chunk = this.#begin(bytes, start)
    else if (this.#waiting.at(-1) !== chunk) this.#waiting.push(chunk)
    let last = start
    for (let at = start; at < end; ) {
      const next = at + frameBytes(bytes, at)
      if (next - chunk.start > CHUNK_BYTES && at > chunk.start) {
        if (last < at) finish(chunk, last)
        chunk = this.#begin(bytes, at)
      }
      this.#statistics.add(bytes, at)
      chunk.end = next
      chunk.count++
      last = at
      at = next
    }
    finish(chunk, last)
    return chunk
  }

  #begin(bytes: Uint8Array, at: number): Chunk {
    this.seal()
    const chunk: Chunk = {
      bytes,
      start: at,
      end: at,
      count: 0,
      firstSeq: frameSeq(bytes, at),
      lastSeq: 0,
      firstTime: frameTime(bytes, at),
      lastTime: 0,
      crc32: 0,
      hashedEnd: at,
      producers: new Map(),
      counts: undefined,
      storedEnd: at,
      storedCount: 0,
      tried: false,
      endsCommit: false,
    }
    this.#open = chunk
    this.#waiting.push(chunk)
    return chunk
  }
}

function finish(chunk: Chunk, last: number): void {
  chunk.lastSeq = frameSeq(chunk.bytes, last)
  chunk.lastTime = frameTime(chunk.bytes, last)
}

function writeOf(chunk: Chunk, counts: Counts): ChunkWrite {
  const { bytes, start, end, count, firstSeq, lastSeq, firstTime, lastTime, hashedEnd, producers } = chunk
  if (hashedEnd < end) chunk.crc32 = crc32(bytes.subarray(hashedEnd, end), chunk.crc32)
  chunk.hashedEnd = end
  const extent = { firstSeq, lastSeq, firstTime, lastTime, count, bytes: end - start, crc32: chunk.crc32 }
  const summary = encodeSummary({ ...extent, ...counts, producers: [...producers.values()] })
  const append = !chunk.tried
  chunk.tried = true
  const value = bytes.subarray(start, end)
  return { chunk, append, end, count, lastSeq, lastTime, value, summary, hasGaps: counts.hasGaps }
}
