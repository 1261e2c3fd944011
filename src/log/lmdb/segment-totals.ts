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
}

export function emptyTotals(firstSeq: number): SegmentTotals {
  return { firstSeq, lastSeq: firstSeq - 1, firstTime: 0, lastTime: 0, count: 0, bytes: 0, commits: 0 }
}

/** Returns the totals after these writes, which must not be marked as stored yet. */
export function totalsWith(
  totals: SegmentTotals,
  writes: readonly ChunkWrite[],
  commits: number,
): SegmentTotals {
  const sum = { ...totals, commits }
  if (sum.count === 0) sum.firstTime = writes[0].chunk.firstTime
  for (const { chunk, end, count, lastSeq, lastTime } of writes) {
    sum.bytes += end - chunk.storedEnd
    sum.count += count - chunk.storedCount
    sum.lastSeq = lastSeq
    sum.lastTime = lastTime
  }
  return sum
}
