import { TocsinError, toTocsinError } from '../../event/errors.js'
import type { Runtime } from '../../event/runtime.js'
import type { ChunkCheck } from '../event-log.js'
import type { Segment } from './segment.js'
import type { Segments } from './segments.js'
import type { SummaryHeader } from './summary-codec.js'

/** Reads every chunk again and compares it with its summary: a check a chunk, and one for what a segment lacks. */
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
