import { keyIn, type SegmentTable } from '../segment-table.js'

/** Table of the filters of a segment, which those of earlier builds do not have. */
export const FILTERS = 'filters'

interface WithFilters {
  fromFilters<Result>(read: (filters: SegmentTable) => Result): Result | undefined
}

/** Returns the key of the last block that begins at `seq` or before it. */
export function blockBefore(segment: WithFilters, seq: number): number | undefined {
  return segment.fromFilters((filters) => keyIn(filters, { start: seq, reverse: true }))
}

export function blockAt(segment: WithFilters, firstSeq: number): Uint8Array | undefined {
  return segment.fromFilters((filters) => filters.get(firstSeq))
}
