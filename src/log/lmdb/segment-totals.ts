import type { ChunkWrite } from './chunk-queue.js'

/** The extent of a segment. */
export interface SegmentTotals {
  firstSeq: number
  lastSeq: number
  /** Time of the first event, µs. */
  firstTime: number
  /** Time of the last event, µs. */
  lastTime: number
  count: number
  /** Bytes of frames. */
  bytes: number
  /** Commits of the whole log, up to the last one in this segment. */
  commits: number
  /** First seqs of the chunks with reports of lost events; absent if they are not known, or too many. */
  gapChunks?: readonly number[]
}

/** The totals are written with every commit. */
const MAX_GAP_CHUNKS = 256

export function emptyTotals(firstSeq: number): SegmentTotals {
  return {
    firstSeq,
    lastSeq: firstSeq - 1,
    firstTime: 0,
    lastTime: 0,
    count: 0,
    bytes: 0,
    commits: 0,
    gapChunks: [],
  }
}

/** Returns the totals after these writes, which must not be marked as stored yet. */
export function totalsWith(
  totals: SegmentTotals,
  writes: readonly ChunkWrite[],
  commits: number,
): SegmentTotals {
  const sum = { ...totals, commits }
  if (sum.count === 0) sum.firstTime = writes[0].chunk.firstTime
  for (const { chunk, end, count, lastSeq, lastTime, hasGaps } of writes) {
    sum.bytes += end - chunk.storedEnd
    sum.count += count - chunk.storedCount
    sum.lastSeq = lastSeq
    sum.lastTime = lastTime
    if (hasGaps) sum.gapChunks = withGapChunk(sum.gapChunks, chunk.firstSeq)
  }
  return sum
}

function withGapChunk(known: readonly number[] | undefined, firstSeq: number): readonly number[] | undefined {
  // A chunk that grows is written again.
  if (known === undefined || known.at(-1) === firstSeq) return known
  return known.length === MAX_GAP_CHUNKS ? undefined : [...known, firstSeq]
}
