import { rangesFor } from '../../bus/event-order.js'
import { type ScanWork, scan } from '../../bus/scan.js'
import { eventTime } from '../../event/event-time.js'
import { frameTime } from '../../event/frame.js'
import type { ChunkSummary, LogReader } from '../../log/event-log.js'
import { timesOf } from '../../log/event-times.js'
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
  /** Counts events that happened from this time (µs) on, up to but not including `to`. Default: by the time of storing. */
  happened?: { from: number; to: number }
}

/** The part of a question that is counted. */
export class Reached {
  /** All events after this time (µs) were counted; undefined when those before it were counted too. */
  after: number | undefined
  /** True if events cannot be read because of damage. */
  isDamaged = false
  /** The part of the events to be read that was read, from 0 to 1, if the time that was reached does not say it. */
  share: number | undefined

  /** `to`: the end of what is asked about, µs. */
  constructor(to: number) {
    this.after = to
  }

  get isWhole(): boolean {
    return this.after === undefined && !this.isDamaged
  }
}

interface SeqSpan {
  from: number
  to: number
}

/** Counts the events of a range: from the summaries of chunks as far as these decide, then the rest, newest first. */
export async function countRange(
  log: LogReader,
  question: Question,
  range: CountRange,
  work: ScanWork,
  reached: Reached,
): Promise<void> {
  const counter = new ChunkCounter(question)
  const open: SeqSpan[] = []
  for (const { from, to } of wantedOf(log, range))
    open.push(...(await countChunks(log, counter, { ...range, from, to }, work)))
  await readOpen(log, question, counter, open, range, work, reached)
}

function wantedOf(log: LogReader, { from, to, happened }: CountRange): SeqSpan[] {
  if (happened === undefined) return [{ from, to }]
  return rangesFor(log, { from, to }, { from: happened.from, to: happened.to - 1 })
}

/** Counts the chunks that their summaries decide. Returns the rest of the range. */
async function countChunks(
  log: LogReader,
  counter: ChunkCounter,
  range: CountRange,
  work: ScanWork,
): Promise<SeqSpan[]> {
  const open: SeqSpan[] = []
  let next = range.from
  let seen = 0
  for await (const chunk of chunksOf(log, range)) {
    if (seen++ % CHUNKS_A_STEP === 0) await work.budget.turn(work.principal)
    work.signal?.throwIfAborted()
    if (chunk.firstSeq < next || chunk.lastSeq > range.to) continue
    const count = countOfChunk(chunk, range)
    if (count === undefined || (count !== 'none' && !counter.add(chunk, count))) continue
    if (chunk.firstSeq > next) open.push({ from: next, to: chunk.firstSeq - 1 })
    next = chunk.lastSeq + 1
  }
  if (next <= range.to) open.push({ from: next, to: range.to })
  return open
}

/** Returns the count to which all events of a chunk belong; undefined if they do not, or this is not known. */
function countOfChunk(chunk: ChunkSummary, { at, happened }: CountRange): Count | 'none' | undefined {
  if (happened === undefined) {
    const count = at(chunk.firstTime)
    return count === at(chunk.lastTime) ? count : undefined
  }
  const spans = timesOf(chunk)
  if (spans.every(({ from, to }) => to < happened.from || from >= happened.to)) return 'none'
  if (spans.some(({ from, to }) => from < happened.from || to >= happened.to)) return undefined
  const counts = new Set(spans.flatMap(({ from, to }) => [at(from), at(to)]))
  return counts.size === 1 ? [...counts][0] : undefined
}

async function* chunksOf(log: LogReader, { from, to }: CountRange): AsyncIterable<ChunkSummary> {
  if (from <= to && log.summaries !== undefined) yield* log.summaries(from, to)
}

async function readOpen(
  log: LogReader,
  { by }: Question,
  counter: ChunkCounter,
  open: SeqSpan[],
  { at, happened }: CountRange,
  work: ScanWork,
  reached: Reached,
): Promise<void> {
  const visit = (frames: Uint8Array, offset: number) => {
    const time = happened === undefined ? frameTime(frames, offset) : eventTime(frames, offset)
    if (happened !== undefined && (time < happened.from || time >= happened.to)) return true
    at(time).add(by?.read(frames, offset))
    return true
  }
  const sizeOf = ({ from, to }: SeqSpan) => to - from + 1
  const all = open.reduce((sum, part) => sum + sizeOf(part), 0)
  let left = all
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const { from } = part
    const range = { ...part, backwards: true }
    left -= sizeOf(part)
    const passed = (micros: number, seq: number) => {
      if (happened === undefined) reached.after = micros
      else reached.share = 1 - (left + seq - from) / all
    }
    const { damaged } = await scan(log, range, counter.matcher, { ...work, passed }, visit)
    reached.isDamaged ||= damaged.length > 0
    work.signal?.throwIfAborted()
  }
}
