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
  for (let seq = from, read = 0; seq <= to; read++) {
    if (read % PAGE === PAGE - 1) await new Promise<void>((resolve) => runtime.soon(resolve))
    await segments.opening
    const place = segments.locate(seq, false)
    if (place === undefined || place.chunk.firstSeq > to) return
    yield place.segment.summary(place.chunk.firstSeq)
    seq = place.chunk.lastSeq + 1
  }
}
