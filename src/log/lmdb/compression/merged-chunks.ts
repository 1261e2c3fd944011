import type { ChunkSummary } from '../../event-log.js'
import { CHUNK_BYTES } from '../chunk-queue.js'
import type { Segment } from '../segment.js'
import { losesCounts, mergeSummaries } from './merge-summaries.js'

/** A chunk of fewer bytes is merged with the next one even if the merged lists of values are not complete any more. */
const SMALL_BYTES = 64 * 1024

/** Adjacent chunks that become one. */
export interface MergedChunk {
  readonly parts: readonly Uint8Array[]
  /** Its checksum is right only if there is a single part. */
  readonly summary: ChunkSummary
}

/** All chunks of a sound segment in order, small ones merged. Throws TCN_LOG_CORRUPT or _READ. */
export function* mergedChunks(segment: Segment): Generator<MergedChunk> {
  let merged: MergedChunk | undefined
  for (let seq = segment.firstSeq; seq <= segment.lastSeq; ) {
    const chunk = segment.locate(seq, false)
    if (chunk === undefined) break
    const { bytes } = segment.load(chunk, true)
    const both = merged && joined(merged, chunk, bytes)
    if (merged !== undefined && both === undefined) yield merged
    merged = both ?? { parts: [bytes], summary: chunk }
    seq = chunk.lastSeq + 1
  }
  if (merged !== undefined) yield merged
}

/** Returns undefined for chunks that stay apart. */
function joined(
  { parts, summary }: MergedChunk,
  next: ChunkSummary,
  bytes: Uint8Array,
): MergedChunk | undefined {
  if (summary.bytes + next.bytes > CHUNK_BYTES) return undefined
  const both = mergeSummaries(summary, next)
  const isSmall = summary.bytes < SMALL_BYTES || next.bytes < SMALL_BYTES
  if (!isSmall && losesCounts(summary, next, both)) return undefined
  return { parts: [...parts, bytes], summary: both }
}
