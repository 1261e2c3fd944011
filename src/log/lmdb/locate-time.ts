import type { SeqRange } from '../event-log.js'
import { damagedIn } from './damaged-range.js'
import type { Segment } from './segment.js'

/** Returns the first chunk that ends at this time (µs) or later; a damaged range may be it, unless it is too early. */
export function locateTime(segment: Segment, micros: number): SeqRange | undefined {
  let low = segment.firstSeq
  let high = segment.lastSeq
  let found: SeqRange | undefined
  while (low <= high) {
    const middle = Math.floor((low + high) / 2)
    const chunk = extentAt(segment, middle)
    if (chunk !== undefined && chunk.lastTime < micros) {
      low = chunk.to + 1
    } else {
      found = chunk ?? found
      // In a hole left by a crash, the next chunk may begin above `high`.
      high = Math.min(middle, chunk?.from ?? middle) - 1
    }
  }
  return found
}

/** Like `locate`. A damaged range counts as one chunk, as late as it can be. */
function extentAt(segment: Segment, seq: number): (SeqRange & { lastTime: number }) | undefined {
  try {
    const chunk = segment.locate(seq, false)
    return chunk && { from: chunk.firstSeq, to: chunk.lastSeq, lastTime: chunk.lastTime }
  } catch (thrown) {
    const damaged = damagedIn(thrown)
    return { ...damaged, lastTime: timeAfter(segment, damaged.to) ?? segment.totals.lastTime }
  }
}

function timeAfter(segment: Segment, seq: number): number | undefined {
  try {
    return segment.locate(seq + 1, false)?.firstTime
  } catch (thrown) {
    damagedIn(thrown)
    return undefined
  }
}
