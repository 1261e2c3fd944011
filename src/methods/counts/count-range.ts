import { type ScanWork, scan } from '../../bus/scan.js'
import { frameTime } from '../../event/frame.js'
import type { ChunkSummary, LogReader } from '../../log/event-log.js'
import { ChunkCounter, type Question } from './chunk-counter.js'
import type { Count } from './count.js'

/** Summaries that are counted before the budget is asked again. */
const CHUNKS_A_STEP = 8

export interface CountRange {
  /** Seq, inclusive. */
  from: number
  to: number
  /** Returns the count that an event of this time (µs) belongs to; for later times, the same or a later one. */
  at(micros: number): Count
}

export interface Counted {
  exact: boolean
  /** Time before which no events were examined, µs. Undefined if all of them were. */
  coveredFrom: number | undefined
  /** Bytes of the events that were examined. */
  bytes: number
}

/** A range that the summaries do not decide. */
interface Open {
  from: number
  to: number
  /** Set for a single chunk whose matching events are counted, but not by value. */
  rough?: { count: Count; events: number }
}

/**
 * Counts the events of a range: from the summaries of chunks as far as these decide, then by reading the rest,
 * newest first, as far as the work limit allows.
 */
export async function countRange(
  log: LogReader,
  question: Question,
  range: CountRange,
  work: ScanWork,
): Promise<Counted> {
  const counter = new ChunkCounter(question)
  const open: Open[] = []
  let next = range.from
  let seen = 0
  for await (const chunk of chunksOf(log, range)) {
    if (seen++ % CHUNKS_A_STEP === 0) await work.budget.turn(work.principal)
    if (chunk.firstSeq < next || chunk.lastSeq > range.to) continue
    const count = range.at(chunk.firstTime)
    if (count !== range.at(chunk.lastTime)) continue
    const decided = counter.add(chunk, count)
    if (!decided && !counter.matcher.all) continue
    if (chunk.firstSeq > next) open.push({ from: next, to: chunk.firstSeq - 1 })
    if (!decided) open.push(roughly(chunk, count))
    next = chunk.lastSeq + 1
  }
  if (next <= range.to) open.push({ from: next, to: range.to })
  return readOpen(log, question, counter, open, range, work)
}

async function* chunksOf(log: LogReader, { from, to }: CountRange): AsyncIterable<ChunkSummary> {
  if (from <= to && log.summaries !== undefined) yield* log.summaries(from, to)
}

function roughly({ firstSeq, lastSeq, count: events }: ChunkSummary, count: Count): Open {
  return { from: firstSeq, to: lastSeq, rough: { count, events } }
}

async function readOpen(
  log: LogReader,
  { by }: Question,
  counter: ChunkCounter,
  open: Open[],
  { at }: CountRange,
  work: ScanWork,
): Promise<Counted> {
  let left = work.bytes
  let coveredFrom: number | undefined
  let isDamaged = false
  const visit = (frames: Uint8Array, offset: number) => {
    at(frameTime(frames, offset)).add(by?.read(frames, offset))
    return true
  }
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (left > 0) {
      const range = { ...part, backwards: true }
      const found = await scan(log, range, counter.matcher, { ...work, bytes: left }, visit)
      left -= found.bytes
      coveredFrom = found.reachedTime
      isDamaged ||= found.damaged.length > 0
    } else {
      coveredFrom ??= 0
      if (part.rough !== undefined) part.rough.count.total += part.rough.events
    }
  }
  return { exact: coveredFrom === undefined && !isDamaged, coveredFrom, bytes: work.bytes - left }
}
