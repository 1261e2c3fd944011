import { eventTime } from '../event/event-time.js'
import { frameBytes, frameSeq } from '../event/frame.js'
import { MOST_AHEAD } from '../event/plausible-time.js'
import type { Matcher } from '../filter/matcher.js'
import type { LogReader, SeqRange, TimeSpan } from '../log/event-log.js'
import { timesOf } from '../log/event-times.js'
import { type ScanResult, type ScanWork, scan } from './scan.js'

/** Summaries that are looked at before the budget is asked again. */
const CHUNKS_A_STEP = 8
/** Limits of what one window keeps. To sort twice as many events takes some milliseconds. */
const WINDOW_EVENTS = 10_000
const WINDOW_BYTES = 8 * 1024 * 1024

/** A place in the order of event times. Events of one time are in the order of their numbers. */
export interface EventPlace {
  /** µs */
  time: number
  seq: number
}

export interface PlacedEvent extends EventPlace {
  frame: Uint8Array
}

export interface EventOrderRange {
  /** Numbers of the events that are looked at. */
  seqs: SeqRange
  /** When they happened: from this time (µs) up to, but not including, `to`. */
  from: number
  to: number
  /** The latest event first. */
  backwards: boolean
  /** The range begins after this place. */
  after?: EventPlace
}

export interface EventWindow {
  /** The next events of the range, in order. */
  events: PlacedEvent[]
  /** True if there are more. */
  more: boolean
  damaged: SeqRange[]
}

/** Adjacent events, and the span in which those of them happened that this part is about. */
interface ChunkPart extends SeqRange {
  first: number
  last: number
}

/**
 * Returns the next events of a range in the order in which they happened. Only chunks that may have some of them are
 * read: those of which the times begin before the window is full. The others are read again for the next window,
 * so that memory is bounded whatever the order in which events were stored.
 */
export async function nextInOrder(
  log: LogReader,
  range: EventOrderRange,
  matcher: Matcher,
  work: ScanWork,
  most = WINDOW_EVENTS,
): Promise<EventWindow> {
  const window = new FirstEvents(range, Math.min(most, WINDOW_EVENTS))
  const parts = await partsOf(log, range, work)
  const damaged: SeqRange[] = []
  for (const part of parts) {
    if (window.isFullBefore(part)) break
    const visit = (bytes: Uint8Array, at: number): undefined => {
      const time = eventTime(bytes, at)
      if (time >= part.first && time <= part.last) window.add(time, bytes, at)
    }
    const found = await scan(log, part, matcher, work, visit)
    damaged.push(...found.damaged)
    work.signal?.throwIfAborted()
  }
  return { ...window.taken(), damaged }
}

/** Looks at the events that happened in a range, in the order of the log or nearly so, and reads only chunks that may have some. */
export async function scanSpan(
  log: LogReader,
  range: EventOrderRange,
  matcher: Matcher,
  work: ScanWork,
  visit: (bytes: Uint8Array, at: number) => boolean | undefined,
): Promise<Pick<ScanResult, 'matched' | 'exact' | 'damaged'>> {
  const damaged: SeqRange[] = []
  const result = { matched: 0, exact: true, damaged }
  let left = work.bytes
  for (const part of await partsOf(log, range, work)) {
    const visitPart = (bytes: Uint8Array, at: number) => {
      const time = eventTime(bytes, at)
      if (time < part.first || time > part.last) return undefined
      result.matched++
      return visit(bytes, at)
    }
    const limits = { ...work, bytes: left }
    const found = await scan(log, { ...part, backwards: range.backwards }, matcher, limits, visitPart)
    result.damaged.push(...found.damaged)
    result.exact = found.exact
    if (!found.exact) break
    left -= found.bytes
  }
  return result
}

/** The parts of the log that may have events of the range, the one that can have the next of them first. */
async function partsOf(log: LogReader, range: EventOrderRange, work: ScanWork): Promise<ChunkPart[]> {
  const { seqs, backwards } = range
  const parts: ChunkPart[] = []
  const add = (part: ChunkPart) => {
    const rest = restOf(part, range)
    if (rest !== undefined) parts.push(rest)
  }
  const wanted = { from: Math.max(seqs.from, await firstFor(log, range.from)), to: seqs.to }
  for (const part of rangesFor(log, wanted, { from: range.from, to: range.to - 1 }))
    await visitPart(log, part, work, add)
  return parts.sort(
    backwards ? (one, other) => other.last - one.last : (one, other) => one.first - other.first,
  )
}

/** The parts of a range in which the log does not know that no event happened in this span. */
export function rangesFor(log: LogReader, { from, to }: SeqRange, span: TimeSpan): SeqRange[] {
  const parts: SeqRange[] = []
  let next = from
  for (const without of log.without?.(span) ?? []) {
    if (without.to < next) continue
    if (without.from > next) parts.push({ from: next, to: Math.min(without.from - 1, to) })
    next = without.to + 1
    if (next > to) break
  }
  if (next <= to) parts.push({ from: next, to })
  return parts.filter((part) => part.from <= part.to)
}

/** Passes on the chunks of a range, with when their events happened. */
async function visitPart(
  log: LogReader,
  seqs: SeqRange,
  work: ScanWork,
  add: (part: ChunkPart) => void,
): Promise<void> {
  let next = seqs.from
  const unknown = (to: number) => {
    if (to >= next) add({ from: next, to, first: 0, last: Number.POSITIVE_INFINITY })
  }
  let seen = 0
  const chunks = next <= seqs.to ? log.summaries?.(next, seqs.to) : undefined
  for await (const chunk of chunks ?? []) {
    if (seen++ % CHUNKS_A_STEP === 0) await work.budget.turn(work.principal)
    work.signal?.throwIfAborted()
    if (chunk.firstSeq < next) continue
    unknown(chunk.firstSeq - 1)
    next = Math.min(chunk.lastSeq, seqs.to) + 1
    for (const { from, to } of near(timesOf(chunk)))
      add({ from: chunk.firstSeq, to: Math.min(chunk.lastSeq, seqs.to), first: from, last: to })
  }
  unknown(seqs.to)
}

/** Joins spans of one chunk with a small gap between them, since each part of a chunk is read on its own. */
function near(spans: readonly TimeSpan[]): TimeSpan[] {
  const joined: TimeSpan[] = []
  for (const { from, to } of spans) {
    const last = joined.at(-1)
    if (last !== undefined && from - last.to <= last.to - last.from + (to - from)) last.to = to
    else joined.push({ from, to })
  }
  return joined
}

/** The first event that can have happened at this time, µs, or later: its own time is at most a day ahead of the log's. */
export async function firstFor(log: LogReader, time: number): Promise<number> {
  return time <= MOST_AHEAD ? log.first : log.seek(time - MOST_AHEAD)
}

/** Returns the rest of a part in the range and after the place where the range begins. */
function restOf(part: ChunkPart, { from, to, backwards, after }: EventOrderRange): ChunkPart | undefined {
  const begin = !backwards && after !== undefined ? after.time : from
  const end = backwards && after !== undefined ? after.time : to - 1
  const first = Math.max(part.first, begin)
  const last = Math.min(part.last, end)
  return first > last ? undefined : { ...part, first, last }
}

/** Keeps the first events of those that are added. */
class FirstEvents {
  #events: PlacedEvent[] = []
  #bytes = 0
  /** Later events do not fit. */
  #last: EventPlace | undefined
  #more = false
  readonly #after: EventPlace | undefined
  readonly #most: number
  readonly #sign: 1 | -1

  constructor({ backwards, after }: EventOrderRange, most: number) {
    this.#sign = backwards ? -1 : 1
    this.#after = after
    this.#most = most
  }

  add(time: number, bytes: Uint8Array, at: number): void {
    const place = { time, seq: frameSeq(bytes, at) }
    if (this.#after !== undefined && this.#compare(place, this.#after) <= 0) return
    if (this.#last !== undefined && this.#compare(place, this.#last) > 0) {
      this.#more = true
      return
    }
    const frame = Buffer.from(bytes.subarray(at, at + frameBytes(bytes, at)))
    this.#events.push({ ...place, frame })
    this.#bytes += frame.length
    if (this.#events.length >= 2 * this.#most || this.#bytes >= 2 * WINDOW_BYTES) this.#trim()
  }

  /** Returns whether the events of a part, and of all later parts, do not fit. */
  isFullBefore({ first, last }: ChunkPart): boolean {
    if (this.#events.length >= this.#most || this.#bytes >= WINDOW_BYTES) this.#trim()
    if (this.#last === undefined) return false
    const isBehind = this.#sign > 0 ? first > this.#last.time : last < this.#last.time
    this.#more ||= isBehind
    return isBehind
  }

  taken(): { events: PlacedEvent[]; more: boolean } {
    this.#trim()
    return { events: this.#events, more: this.#more }
  }

  #trim(): void {
    const sorted = this.#events.sort((one, other) => this.#compare(one, other))
    let bytes = 0
    let count = 0
    for (const { frame } of sorted) {
      if (count === this.#most || (count > 0 && bytes + frame.length > WINDOW_BYTES)) break
      bytes += frame.length
      count++
    }
    if (count < sorted.length) this.#more = true
    if (count < sorted.length || count === this.#most) this.#last = sorted[count - 1]
    this.#events = sorted.slice(0, count)
    this.#bytes = bytes
  }

  #compare(one: EventPlace, other: EventPlace): number {
    return this.#sign * (one.time - other.time || one.seq - other.seq)
  }
}
