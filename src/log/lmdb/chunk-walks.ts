import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import type { ChunkCheck, ChunkSummary } from '../event-log.js'
import type { Segment } from './segment.js'
import type { Segments } from './segments.js'
import type { SummaryHeader } from './summary-codec.js'

/**
 * Reads every chunk again and compares it with its summary. Yields a check for each chunk, and one with an error
 * for a segment that cannot be read or is incomplete.
 */
export async function* verifySegments(
  segments: Segments,
  runtime: Runtime,
  signal?: AbortSignal,
): AsyncIterable<ChunkCheck> {
  for (const segment of [...segments.all]) {
    segment.readers++
    try {
      for await (const check of checksOf(segment)) {
        yield check
        if (signal?.aborted) throw new TocsinError('TCN_CLIENT_ABORTED', undefined, { cause: signal.reason })
        await new Promise<void>((resolve) => runtime.soon(resolve))
      }
    } finally {
      segment.readers--
    }
  }
}

async function* checksOf(segment: Segment): AsyncIterable<ChunkCheck> {
  try {
    let seq = segment.firstSeq
    for (let chunk = segment.locate(seq, false); chunk !== undefined; chunk = segment.locate(seq, false)) {
      yield checkOf(segment, chunk)
      seq = chunk.lastSeq + 1
      await segment.opening
    }
    if (segment.unpaired > 0) throw segment.corrupt(`${segment.unpaired} chunks or summaries stand alone`)
  } catch (thrown) {
    yield { ...extentOf(segment, segment.totals), error: toTocsinError(thrown, 'TCN_LOG_CORRUPT') }
  }
}

function checkOf(segment: Segment, chunk: SummaryHeader): ChunkCheck {
  try {
    segment.load(chunk, true)
    return extentOf(segment, chunk)
  } catch (thrown) {
    return { ...extentOf(segment, chunk), error: toTocsinError(thrown, 'TCN_LOG_CORRUPT') }
  }
}

function extentOf(segment: Segment, extent: Omit<ChunkCheck, 'segment'>): ChunkCheck {
  const { firstSeq, lastSeq, count, bytes } = extent
  return { segment: segment.folder, firstSeq, lastSeq, count, bytes }
}

/** Number of summaries read before yielding to the event loop. */
const PAGE = 64

/** Yields the summaries of the chunks with events of the range, by seq. Uncommitted events have no summary. */
export async function* storedSummaries(
  segments: Segments,
  runtime: Runtime,
  from: number,
  to: number,
): AsyncIterable<ChunkSummary> {
  for (let seq = from; seq <= to; await new Promise<void>((resolve) => runtime.soon(resolve))) {
    await segments.opening
    const location = segments.locate(seq, false)
    if (location === undefined) return
    for (const summary of location.segment.summariesFrom(location.chunk.firstSeq, PAGE)) {
      if (summary.firstSeq > to) return
      yield summary
      seq = summary.lastSeq + 1
    }
  }
}
