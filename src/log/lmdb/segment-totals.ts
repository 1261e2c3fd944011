import { isCount } from '../../event/json/object.js'
import type { ChunkWrite } from './chunk-queue.js'
import type { SummaryHeader } from './summary-codec.js'

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

/** Counts the totals anew from the summaries of a segment, of which damaged ones are left out. */
export function totalsFrom(firstSeq: number, summaries: Iterable<SummaryHeader>): SegmentTotals {
  const { gapChunks: _unknown, ...totals } = emptyTotals(firstSeq)
  for (const { lastSeq, firstTime, lastTime, count, bytes } of summaries) {
    if (totals.count === 0) totals.firstTime = firstTime
    totals.lastSeq = Math.max(totals.lastSeq, lastSeq)
    totals.lastTime = Math.max(totals.lastTime, lastTime)
    totals.count += count
    totals.bytes += bytes
  }
  return totals
}

/** Returns whether stored totals, which have no checksum, fit the last summary of their segment. */
export function fitsLast(totals: SegmentTotals, firstSeq: number, last: SummaryHeader | undefined): boolean {
  const numbers = [
    totals.firstSeq,
    totals.lastSeq,
    totals.firstTime,
    totals.lastTime,
    totals.count,
    totals.bytes,
  ]
  if (!numbers.every(isCount)) return false
  if (totals.firstSeq !== firstSeq || totals.count > totals.lastSeq - firstSeq + 1) return false
  return last === undefined || (last.lastSeq === totals.lastSeq && last.lastTime === totals.lastTime)
}
