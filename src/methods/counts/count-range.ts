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

/** The part of a question that is counted. */
export class Reached {
  /** All events after this time (µs) were counted; undefined when those before it were counted too. */
  after: number | undefined
  /** True if events cannot be read because of damage. */
  isDamaged = false

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
  let next = range.from
  let seen = 0
  for await (const chunk of chunksOf(log, range)) {
    if (seen++ % CHUNKS_A_STEP === 0) await work.budget.turn(work.principal)
    work.signal?.throwIfAborted()
    if (chunk.firstSeq < next || chunk.lastSeq > range.to) continue
    const count = range.at(chunk.firstTime)
    if (count !== range.at(chunk.lastTime) || !counter.add(chunk, count)) continue
    if (chunk.firstSeq > next) open.push({ from: next, to: chunk.firstSeq - 1 })
    next = chunk.lastSeq + 1
  }
  if (next <= range.to) open.push({ from: next, to: range.to })
  await readOpen(log, question, counter, open, range, work, reached)
}

async function* chunksOf(log: LogReader, { from, to }: CountRange): AsyncIterable<ChunkSummary> {
  if (from <= to && log.summaries !== undefined) yield* log.summaries(from, to)
}

async function readOpen(
  log: LogReader,
  { by }: Question,
  counter: ChunkCounter,
  open: SeqSpan[],
  { at }: CountRange,
  work: ScanWork,
  reached: Reached,
): Promise<void> {
  const visit = (frames: Uint8Array, offset: number) => {
    at(frameTime(frames, offset)).add(by?.read(frames, offset))
    return true
  }
  const passed = (micros: number) => {
    reached.after = micros
  }
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const range = { ...part, backwards: true }
    const { damaged } = await scan(log, range, counter.matcher, { ...work, passed }, visit)
    reached.isDamaged ||= damaged.length > 0
    work.signal?.throwIfAborted()
  }
}
