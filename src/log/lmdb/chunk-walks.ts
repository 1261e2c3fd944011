import { TocsinError } from '../../errors/tocsin-error.js'
import { nextTurn, type Runtime } from '../../event/runtime.js'
import type { ChunkCheck, ChunkSummary, LostRange, SeqRange } from '../event-log.js'
import { whenReady } from '../not-ready.js'
import { damagedIn } from './damaged-range.js'
import { LearnedTimes } from './learned-times.js'
import { reasonOf } from './read-fault.js'
import type { Segment } from './segment.js'
import type { Segments } from './segments.js'
import type { SummaryHeader } from './summary-codec.js'
import { IndexCheck } from './word-index/index-check.js'

/** Checks all segments, and reports the ranges of which the stored events are gone. */
export async function* verifyLog(
  segments: Segments,
  lost: readonly LostRange[],
  runtime: Runtime,
  signal?: AbortSignal,
): AsyncIterable<ChunkCheck> {
  yield* lost.filter(({ damaged }) => damaged).map((range) => missingCheck(segments.folder, range))
  yield* verifySegments(segments, runtime, signal)
}

function missingCheck(folder: string, { from, to }: LostRange): ChunkCheck {
  const message = `${folder}: a segment with events of @${from} to @${to} is missing or empty`
  const error = new TocsinError('TCN_LOG_CORRUPT', message, {
    details: { folder, firstSeq: from, lastSeq: to },
  })
  return { segment: folder, firstSeq: from, lastSeq: to, count: 0, bytes: 0, error }
}

/**
 * Reads every chunk again and compares it with its summary. Yields a check for each chunk, and one with an error
 * for a segment that cannot be read or is incomplete.
 */
async function* verifySegments(
  segments: Segments,
  runtime: Runtime,
  signal?: AbortSignal,
): AsyncIterable<ChunkCheck> {
  for (const segment of [...segments.all]) {
    // Removed while the segments before it were read.
    if (!segments.all.includes(segment)) continue
    segment.readers++
    segment.walks++
    try {
      for await (const check of checksOf(segment)) {
        yield check
        if (signal?.aborted) throw new TocsinError('TCN_CLIENT_ABORTED', undefined, { cause: signal.reason })
        await nextTurn(runtime)
      }
    } finally {
      segment.readers--
      segment.walks--
    }
  }
}

/** Reads every chunk of a segment again; yields a check with an error for each damaged range. */
export async function* checksOf(segment: Segment): AsyncIterable<ChunkCheck> {
  let isDamaged = false
  const index = new IndexCheck(segment)
  for (let seq = segment.firstSeq; seq <= segment.lastSeq; ) {
    const check = await whenReady(() => checkAt(segment, seq, index))
    if (check === undefined) break
    isDamaged ||= check.error !== undefined
    yield check
    seq = check.lastSeq + 1
    await segment.opening
  }
  if (!isDamaged && segment.fault !== undefined) {
    yield {
      ...extentOf(segment, { ...segment.totals, count: 0, bytes: 0 }),
      error: faultCheck(segment, segment.fault),
    }
    return
  }
  if (!isDamaged && index.fault !== undefined) {
    const extent = extentOf(segment, { ...segment.totals, count: 0, bytes: 0 })
    yield { ...extent, error: indexCheck(segment, index.fault) }
    return
  }
  const unpaired = isDamaged ? 0 : await whenReady(() => segment.unpaired)
  if (unpaired === 0) return
  const error = segment.corrupt(`${unpaired} chunks or summaries stand alone`, rangeOf(segment))
  yield { ...extentOf(segment, segment.totals), error }
}

/** Checks the chunk at `seq`, or the next one; the check of a damaged range has no counts unless its summary is sound. */
function checkAt(segment: Segment, seq: number, index: IndexCheck): ChunkCheck | undefined {
  let chunk: SummaryHeader | undefined
  try {
    chunk = segment.locate(seq, false)
    if (chunk === undefined) return undefined
    index.check(chunk, segment.load(chunk, true).bytes)
    return extentOf(segment, chunk)
  } catch (thrown) {
    const { from, to } = damagedIn(thrown)
    const extent = chunk ?? { firstSeq: from, lastSeq: to, count: 0, bytes: 0 }
    return { ...extentOf(segment, extent), error: thrown as TocsinError }
  }
}

/** All events of the segment can be read, but its file is damaged. */
function faultCheck(segment: Segment, fault: Error): TocsinError {
  return segment.corrupt(
    `all events can be read, but its file is damaged: ${reasonOf(fault, segment.folder)}`,
    rangeOf(segment),
  )
}

/** All events can be read, but a question may not find those that it should. */
function indexCheck(segment: Segment, fault: string): TocsinError {
  return segment.corrupt(
    `all events can be read, but its index of words is damaged: ${fault}`,
    rangeOf(segment),
  )
}

function rangeOf({ firstSeq, lastSeq }: Segment): SeqRange {
  return { from: firstSeq, to: lastSeq }
}

function extentOf(segment: Segment, extent: Omit<ChunkCheck, 'segment'>): ChunkCheck {
  const { firstSeq, lastSeq, count, bytes } = extent
  return { segment: segment.folder, firstSeq, lastSeq, count, bytes }
}

/** Number of summaries read before yielding to the event loop. */
const PAGE = 16

/** Yields the sound summaries of the chunks with events of the range, by seq. Uncommitted events have none. */
export async function* storedSummaries(
  segments: Segments,
  runtime: Runtime,
  from: number,
  to: number,
): AsyncIterable<ChunkSummary> {
  const learned = new LearnedTimes()
  for (let seq = from; seq <= to; await nextTurn(runtime)) {
    await segments.opening
    const page = await whenReady(() => pageFrom(segments, seq, learned))
    if (page === undefined) return
    for (const summary of page.summaries) {
      if (summary.firstSeq > to) return
      yield summary
    }
    seq = page.next
  }
}

/** Returns the next summaries, and the seq after them; behind a damaged range if there is one at `seq`. */
function pageFrom(
  segments: Segments,
  seq: number,
  learned: LearnedTimes,
): { summaries: ChunkSummary[]; next: number } | undefined {
  try {
    const location = segments.locate(seq, false)
    if (location === undefined) return undefined
    const { segment, chunk } = location
    const summaries = segment.summariesFrom(chunk.firstSeq, PAGE)
    if (segment !== segments.active) learned.add(segment, summaries)
    return { summaries, next: summaries.at(-1)!.lastSeq + 1 }
  } catch (thrown) {
    learned.forget()
    return { summaries: [], next: damagedIn(thrown).to + 1 }
  }
}
