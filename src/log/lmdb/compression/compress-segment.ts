import { rmSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { messageOf } from '../../../errors/thrown.js'
import { Environment, type Write } from '../../../storage/environment.js'
import { dataFile, dataFileBytes, flush } from '../../../storage/folder.js'
import { faultOfDataFile } from '../../../storage/lmdb-file.js'
import { CHUNK_BYTES } from '../chunk-queue.js'
import { packChunk, unpackInto } from '../packed-chunk.js'
import { isDamage } from '../read-fault.js'
import { CHUNKS, SEGMENT_TABLES, Segment, SUMMARIES, TOTALS } from '../segment.js'
import { StoredSummary } from '../stored-summary.js'
import { encodeSummary } from '../summary-codec.js'
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
 * Rejects with TCN_LOG_CORRUPT if the segment is damaged.
 */
export async function compressSegment(task: CompressionTask, stop: Stop): Promise<number | undefined> {
  const { firstSeq, folder, target, mapSize } = task
  rmSync(target, { recursive: true, force: true })
  const segment = new Segment(firstSeq, folder, mapSize)
  const fresh = new Environment({ folder: target, tables: SEGMENT_TABLES, mapSize, unflushed: true })
  try {
    segment.totals = segment.readTotals() ?? segment.totals
    if (segment.fault !== undefined) throw segment.fault
    if (!(await copyChunks(segment, fresh, stop))) return undefined
  } finally {
    await fresh.close()
    await segment.shut()
  }
  const fault = faultOfDataFile(target, false)
  if (fault !== undefined) throw new Error(`the compressed segment is damaged: ${fault}`)
  await flush(dataFile(target))
  await flush(target)
  return dataFileBytes(target)
}

/** Resolves with false if it was stopped. */
async function copyChunks(segment: Segment, fresh: Environment, stop: Stop): Promise<boolean> {
  const { totals } = segment
  const left = { count: totals.count, bytes: totals.bytes }
  const memory = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  let waiting: Write[] = []
  let bytes = 0
  for (const merged of mergedChunks(segment)) {
    if (stop.aborted) return false
    const value = packed(merged.bytes, memory)
    waiting.push(...writesOf(merged, value))
    bytes += value.length
    left.count -= merged.summary.count
    left.bytes -= merged.summary.bytes
    if (bytes < COMMIT_BYTES) continue
    await fresh.commit(waiting)
    waiting = []
    bytes = 0
  }
  if (left.count !== 0 || left.bytes !== 0)
    throw new Error(`${left.count} events and ${left.bytes} bytes of the segment were not found`)
  waiting.push({ table: SUMMARIES, key: TOTALS, value: Buffer.from(JSON.stringify(totals)) })
  await fresh.commit(waiting)
  return true
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

/** The plain chunk is about to be deleted: the compressed one is read again and compared. */
function packed(plain: Uint8Array, memory: Uint8Array): Uint8Array {
  const value = packChunk(plain)
  // The memory of the plain chunk is used again before the commit.
  if (value === undefined) return plain.slice()
  const again = memory.subarray(0, plain.length)
  unpackInto(value, again)
  if (Buffer.compare(again, plain) !== 0) throw new Error('a compressed chunk differs from the plain one')
  return value
}
