import { rmSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { messageOf } from '../../../errors/thrown.js'
import { copyBytes } from '../../../event/copy-bytes.js'
import { Environment, type Write } from '../../../storage/environment.js'
import { dataFile, dataFileBytes, flush } from '../../../storage/folder.js'
import { packChunk } from '../packed-chunk.js'
import { isDamage } from '../read-fault.js'
import { CHUNKS, SEGMENT_TABLES, Segment, SUMMARIES, TOTALS } from '../segment.js'
import { StoredSummary } from '../stored-summary.js'
import { encodeSummary } from '../summary-codec.js'
import { IndexCheck } from '../word-index/index-check.js'
import { FILTERS } from '../word-index/index-table.js'
import { IndexWriter } from '../word-index/index-writer.js'
import { partsOf } from './merge-summaries.js'
import { mergedChunks } from './merged-chunks.js'

/** Bytes of one commit, which are in memory several times until it is done. */
const COMMIT_BYTES = 2 * 1024 * 1024

/** The forms in which a sealed segment is rewritten. */
export interface StoredForms {
  /** True if its chunks are compressed, and small ones merged; otherwise they stay as they are stored. */
  readonly isPacked: boolean
  /** True if it gets an index of words. */
  readonly isIndexed: boolean
}

export interface RewriteTask extends StoredForms {
  readonly firstSeq: number
  /** Folder of the segment. */
  readonly folder: string
  /** Folder of the new environment. */
  readonly target: string
  readonly mapSize: number
}

/** Resolves with the size of the new file; undefined if it was stopped, and then the new folder is not complete. */
export type RewriteWork = (task: RewriteTask, signal: AbortSignal) => Promise<number | undefined>

type Stop = Pick<AbortSignal, 'aborted'>

/** The reason of a failure, for another thread. With `isDamage`, another attempt is in vain. */
export function describeFault(thrown: unknown): { message: string; isDamage: boolean } {
  return { message: messageOf(thrown), isDamage: isDamage(thrown) }
}

/**
 * Writes the events of a sealed segment to a new environment, compressed or with an index, and flushes it. Changes
 * nothing in the segment.
 * Rejects with TCN_LOG_CORRUPT if the segment is damaged, and with an Error if the new file does not hold the same frames.
 */
export async function rewriteSegment(task: RewriteTask, stop: Stop): Promise<number | undefined> {
  const { firstSeq, folder, target, mapSize, isIndexed } = task
  rmSync(target, { recursive: true, force: true })
  const segment = new Segment(firstSeq, folder, mapSize)
  const fresh = new Environment({ folder: target, tables: tablesOf(isIndexed), mapSize, unflushed: true })
  let copied: FrameSum | undefined
  try {
    segment.totals = segment.readTotals() ?? segment.totals
    if (segment.fault !== undefined) throw segment.fault
    copied = await copyChunks(segment, fresh, task, stop)
  } finally {
    await fresh.close()
    await segment.shut()
  }
  if (copied === undefined || !(await checkCopy(task, copied, stop))) return undefined
  await flush(dataFile(target))
  await flush(target)
  return dataFileBytes(target)
}

function tablesOf(isIndexed: boolean): string[] {
  return isIndexed ? [...SEGMENT_TABLES, FILTERS] : SEGMENT_TABLES
}

/** Resolves with the sum of the plain frames; undefined if it was stopped. */
async function copyChunks(
  segment: Segment,
  fresh: Environment,
  { isPacked, isIndexed }: StoredForms,
  stop: Stop,
): Promise<FrameSum | undefined> {
  const { totals } = segment
  const sum = new FrameSum()
  const index = isIndexed ? new IndexWriter() : undefined
  const copy = new Copy(fresh)
  for (const chunk of isPacked ? packedChunks(segment) : storedChunks(segment)) {
    if (stop.aborted) return undefined
    sum.add(chunk.plain, chunk.count)
    copy.add(writesOf(chunk))
    copy.add(index?.add(chunk.plain, chunk))
    await copy.commitIfFull()
  }
  if (sum.count !== totals.count || sum.bytes !== totals.bytes)
    throw new Error(`the segment has ${totals.count} events in ${totals.bytes} bytes, but ${sum} were found`)
  copy.add(index?.end())
  copy.add([{ table: SUMMARIES, key: TOTALS, value: Buffer.from(JSON.stringify(totals)) }])
  await copy.commit()
  return sum
}

/** The writes to a new environment, of which several are committed together. */
class Copy {
  readonly #fresh: Environment
  #waiting: Write[] = []
  #bytes = 0

  constructor(fresh: Environment) {
    this.#fresh = fresh
  }

  add(writes: readonly Write[] = []): void {
    this.#waiting.push(...writes)
    for (const { value } of writes) this.#bytes += value?.length ?? 0
  }

  async commitIfFull(): Promise<void> {
    if (this.#bytes >= COMMIT_BYTES) await this.commit()
  }

  async commit(): Promise<void> {
    const writes = this.#waiting
    this.#waiting = []
    this.#bytes = 0
    await this.#fresh.commit(writes)
  }
}

/**
 * Reads the new file as the log will, since the plain one is about to be deleted. Resolves with false if it was stopped.
 */
async function checkCopy(
  { firstSeq, target, mapSize, isIndexed }: RewriteTask,
  copied: FrameSum,
  stop: Stop,
) {
  const copy = new Segment(firstSeq, target, mapSize)
  const sum = new FrameSum()
  const index = new IndexCheck(copy)
  try {
    copy.totals = copy.readTotals() ?? copy.totals
    if (copy.fault !== undefined) throw copy.fault
    for (let seq = firstSeq; seq <= copy.lastSeq && !stop.aborted; ) {
      const chunk = copy.locate(seq, false)
      if (chunk === undefined) break
      sum.add(copy.load(chunk, true).bytes, chunk.count)
      index.check(chunk)
      seq = chunk.lastSeq + 1
    }
    if (index.fault !== undefined) throw new Error(index.fault)
    if (isIndexed && !stop.aborted && index.checked !== index.seen) throw new Error('its index is not whole')
  } catch (thrown) {
    throw new Error(`the new segment is damaged: ${messageOf(thrown)}`, { cause: thrown })
  } finally {
    await copy.shut()
  }
  if (!stop.aborted && `${sum}` !== `${copied}`) throw new Error(`the new segment has ${sum}, not ${copied}`)
  return !stop.aborted
}

/** A chunk as it will be stored. */
interface NewChunk {
  readonly firstSeq: number
  readonly count: number
  readonly crc32: number
  /** Valid until the next one. */
  readonly plain: Uint8Array
  readonly value: Uint8Array
  readonly summary: Uint8Array
}

function writesOf({ firstSeq: key, value, summary }: NewChunk): Write[] {
  return [
    { table: CHUNKS, key, value, append: true },
    { table: SUMMARIES, key, value: summary, append: true },
  ]
}

function* packedChunks(segment: Segment): Generator<NewChunk> {
  for (const { bytes: plain, summary } of mergedChunks(segment)) {
    const { firstSeq, count } = summary
    // The memory of the plain chunk is used again before the commit.
    const value = packChunk(plain) ?? copyBytes(plain)
    if (summary instanceof StoredSummary)
      yield { firstSeq, count, crc32: summary.crc32, plain, value, summary: summary.encoded }
    else {
      const sum = crc32(plain)
      const encoded = encodeSummary(partsOf({ ...summary, crc32: sum }))
      yield { firstSeq, count, crc32: sum, plain, value, summary: encoded }
    }
  }
}

function* storedChunks(segment: Segment): Generator<NewChunk> {
  for (let seq = segment.firstSeq; seq <= segment.lastSeq; ) {
    const chunk = segment.locate(seq, false)
    if (chunk === undefined) return
    const { firstSeq, count, crc32 } = chunk
    yield { firstSeq, count, crc32, ...segment.stored(chunk) }
    seq = chunk.lastSeq + 1
  }
}

/** Count, bytes and checksum of frames in their order, however they are divided into chunks. */
class FrameSum {
  count = 0
  bytes = 0
  #crc32 = 0

  add(frames: Uint8Array, count: number): void {
    this.count += count
    this.bytes += frames.length
    this.#crc32 = crc32(frames, this.#crc32)
  }

  toString(): string {
    return `${this.count} events in ${this.bytes} bytes (crc32 ${this.#crc32.toString(16).padStart(8, '0')})`
  }
}
