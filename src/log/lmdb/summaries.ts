import type { Runtime } from '../../event/runtime.js'
import type { ChunkSummary } from '../event-log.js'
import type { Segments } from './segments.js'

/** Summaries read before the event loop turns. */
const PAGE = 64

/** The chunks with events of the range, by seq. What is not committed yet has none. */
export async function* storedSummaries(
  segments: Segments,
  runtime: Runtime,
  from: number,
  to: number,
): AsyncIterable<ChunkSummary> {
  for (let seq = from; seq <= to; await new Promise<void>((resolve) => runtime.soon(resolve))) {
    await segments.opening
    const place = segments.locate(seq, false)
    if (place === undefined) return
    for (const summary of place.segment.summariesFrom(place.chunk.firstSeq, PAGE)) {
      if (summary.firstSeq > to) return
      yield summary
      seq = summary.lastSeq + 1
    }
  }
}
