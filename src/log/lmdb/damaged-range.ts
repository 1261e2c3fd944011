import { TocsinError } from '../../errors/tocsin-error.js'
import type { SeqRange } from '../event-log.js'
import type { SummaryHeader } from './summary-codec.js'

/** The rest of a damaged segment. */
export interface Remains {
  readonly firstSeq: number
  readonly lastSeq: number
  /** Returns the first seq of the last chunk that begins at `seq` or before; undefined if none is found. */
  chunkUpTo(seq: number): number | undefined
  /** Returns the first seq of the first chunk that begins at `seq` or later; undefined if none is found. */
  chunkFrom(seq: number): number | undefined
  /** Returns the summary of a chunk; undefined if it is damaged. */
  summaryOf(firstSeq: number): SummaryHeader | undefined
}

/** Returns the range around `seq` in which no sound summary says what is stored. */
export function damagedRange(seq: number, remains: Remains): SeqRange {
  const { firstSeq, lastSeq } = remains
  const inside = Math.max(firstSeq, Math.min(seq, lastSeq))
  return { from: Math.min(inside, startOf(inside, remains)), to: Math.max(inside, endOf(inside, remains)) }
}

function startOf(seq: number, remains: Remains): number {
  const chunk = remains.chunkUpTo(seq)
  if (chunk === undefined) return remains.firstSeq
  const sound = remains.summaryOf(chunk)
  return sound === undefined ? chunk : sound.lastSeq + 1
}

function endOf(seq: number, remains: Remains): number {
  let chunk = remains.chunkFrom(seq + 1)
  while (chunk !== undefined && remains.summaryOf(chunk) === undefined) chunk = remains.chunkFrom(chunk + 1)
  return (chunk ?? remains.lastSeq + 1) - 1
}

/** Returns the range that TCN_LOG_CORRUPT reports; throws every other error again. */
export function damagedIn(thrown: unknown): SeqRange {
  if (!TocsinError.is(thrown, 'TCN_LOG_CORRUPT')) throw thrown
  return { from: thrown.details.firstSeq as number, to: thrown.details.lastSeq as number }
}
