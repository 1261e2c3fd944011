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
import { FrameSum } from './frame-sum.js'
import { partsOf } from './merge-summaries.js'
import { type MergedChunk, mergedChunks } from './merged-chunks.js'

/** Bytes of one commit, which are in memory several times until it is done. */
const COMMIT_BYTES = 2 * 1024 * 1024

export interface CompressionTask {
  readonly firstSeq: number
  /** Folder of the segment. */
  readonly folder: string
  /** Folder of the new environment. */
  readonly target: string
  readonly mapSize: number
}

/** Resolves with the size of the new file; undefined if it was stopped, and then the new folder is not complete. */
export type CompressionWork = (task: CompressionTask, signal: AbortSignal) => Promise<number | undefined>

type Stop = Pick<AbortSignal, 'aborted'>

/** The reason of a failure, for another thread. With `isDamage`, another attempt is in vain. */
export function describeFault(thrown: unknown): { message: string; isDamage: boolean } {
  return { message: messageOf(thrown), isDamage: isDamage(thrown) }
}

/**
 * Writes the events of a sealed segment to a new environment, compressed, and flushes it. Changes nothing in the segment.
 * Rejects with TCN_LOG_CORRUPT if the segment is damaged, and with an Error if the new file does not hold the same frames.
 */
export async function compressSegment(task: CompressionTask, stop: Stop): Promise<number | undefined> {
  const { firstSeq, folder, target, mapSize } = task
  rmSync(target, { recursive: true, force: true })
  const segment = new Segment(firstSeq, folder, mapSize)
  const fresh = new Environment({ folder: target, tables: SEGMENT_TABLES, mapSize, unflushed: true })
  let copied: FrameSum | undefined
  try {
    segment.totals = segment.readTotals() ?? segment.totals
    if (segment.fault !== undefined) throw segment.fault
    copied = await copyChunks(segment, fresh, stop)
  } finally {
    await fresh.close()
    await segment.shut()
  }
  if (copied === undefined || !(await checkCopy(task, copied, stop))) return undefined
  await flush(dataFile(target))
  await flush(target)
  return dataFileBytes(target)
}

/** Resolves with the sum of the plain frames; undefined if it was stopped. */
async function copyChunks(segment: Segment, fresh: Environment, stop: Stop): Promise<FrameSum | undefined> {
  const { totals } = segment
  const sum = new FrameSum()
  let waiting: Write[] = []
  let bytes = 0
  for (const merged of mergedChunks(segment)) {
    if (stop.aborted) return undefined
    sum.add(merged.bytes, merged.summary.count)
    // The memory of the plain chunk is used again before the commit.
    const value = packChunk(merged.bytes) ?? copyBytes(merged.bytes)
    waiting.push(...writesOf(merged, value))
    bytes += value.length
    if (bytes < COMMIT_BYTES) continue
    await fresh.commit(waiting)
    waiting = []
    bytes = 0
  }
  if (sum.count !== totals.count || sum.bytes !== totals.bytes)
    throw new Error(`the segment has ${totals.count} events in ${totals.bytes} bytes, but ${sum} were found`)
  waiting.push({ table: SUMMARIES, key: TOTALS, value: Buffer.from(JSON.stringify(totals)) })
  await fresh.commit(waiting)
  return sum
}

/**
 * Reads the new file as the log will, since the plain one is about to be deleted. Resolves with false if it was stopped.
 */
async function checkCopy({ firstSeq, target, mapSize }: CompressionTask, copied: FrameSum, stop: Stop) {
  const copy = new Segment(firstSeq, target, mapSize)
  const sum = new FrameSum()
  try {
    copy.totals = copy.readTotals() ?? copy.totals
    if (copy.fault !== undefined) throw copy.fault
    for (let seq = firstSeq; seq <= copy.lastSeq && !stop.aborted; ) {
      const chunk = copy.locate(seq, false)
      if (chunk === undefined) break
      sum.add(copy.load(chunk, true).bytes, chunk.count)
      seq = chunk.lastSeq + 1
    }
  } catch (thrown) {
    throw new Error(`the compressed segment is damaged: ${messageOf(thrown)}`, { cause: thrown })
  } finally {
    await copy.shut()
  }
  if (!stop.aborted && `${sum}` !== `${copied}`)
    throw new Error(`the compressed segment has ${sum}, not ${copied}`)
  return !stop.aborted
}

function writesOf({ bytes, summary }: MergedChunk, value: Uint8Array): Write[] {
  const { firstSeq: key } = summary
  const encoded =
    summary instanceof StoredSummary
      ? summary.encoded
      : encodeSummary(partsOf({ ...summary, crc32: crc32(bytes) }))
  return [
    { table: CHUNKS, key, value, append: true },
    { table: SUMMARIES, key, value: encoded, append: true },
  ]
}
