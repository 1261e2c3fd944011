import type { ChunkSummary } from '../../event-log.js'
import { CHUNK_BYTES } from '../chunk-queue.js'
import type { Segment } from '../segment.js'
import { losesCounts, mergeSummaries } from './merge-summaries.js'

/** A chunk of fewer bytes is merged with the next one even if the merged lists of values are no longer complete. */
const SMALL_BYTES = 64 * 1024

/** Adjacent chunks that become one. */
export interface MergedChunk {
  /** Valid until the next one. */
  readonly bytes: Uint8Array
  /** Its checksum is right only if it is stored already, with a single chunk. */
  readonly summary: ChunkSummary
}

/** All chunks of a sound segment in order, small ones merged, in memory that is used again. Throws TCN_LOG_CORRUPT or _READ. */
export function* mergedChunks(segment: Segment): Generator<MergedChunk> {
  const memory = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  let merged: ChunkSummary | undefined
  for (let seq = segment.firstSeq; seq <= segment.lastSeq; ) {
    const chunk = segment.locate(seq, false)
    if (chunk === undefined) break
    const both = merged && mergedWith(merged, chunk)
    if (merged !== undefined && both === undefined) yield mergedIn(memory, merged)
    const end = both?.bytes ?? chunk.bytes
    if (end <= CHUNK_BYTES) segment.loadInto(chunk, memory.subarray(end - chunk.bytes, end))
    else yield { bytes: segment.load(chunk, true).bytes, summary: chunk }
    merged = both ?? (end <= CHUNK_BYTES ? chunk : undefined)
    seq = chunk.lastSeq + 1
  }
  if (merged !== undefined) yield mergedIn(memory, merged)
}

function mergedIn(memory: Uint8Array, summary: ChunkSummary): MergedChunk {
  return { bytes: memory.subarray(0, summary.bytes), summary }
}

/** Returns undefined for chunks that stay apart. */
function mergedWith(summary: ChunkSummary, next: ChunkSummary): ChunkSummary | undefined {
  if (summary.bytes + next.bytes > CHUNK_BYTES) return undefined
  const both = mergeSummaries(summary, next)
  const isSmall = summary.bytes < SMALL_BYTES || next.bytes < SMALL_BYTES
  return isSmall || !losesCounts(summary, next, both) ? both : undefined
}
