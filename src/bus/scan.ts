import { TocsinError } from '../errors/tocsin-error.js'
import { copyBytes } from '../event/copy-bytes.js'
import { frameBytes, frameSeq, frameTime } from '../event/frame.js'
import { doneInTurns } from '../event/runtime.js'
import { matchInSteps, searchesLong } from '../filter/long-bodies.js'
import type { Matcher } from '../filter/matcher.js'
import type { LogReader, SeqRange } from '../log/event-log.js'
import { begin, type Work } from '../parts/work.js'
import { eventsAStep, possibleFrames } from './matching-frames.js'
import { readHints } from './read-hints.js'
import type { TickBudget } from './tick-budget.js'

export interface ScanRange {
  from: number
  to: number
  backwards?: boolean
}

/** The amount of work that one scan may do. */
export interface ScanWork {
  /** Bytes of events to look at, at most. */
  bytes: number
  /** Limits how long it may go on in one turn of the event loop. */
  budget: TickBudget
  /** For whom. */
  principal: string
  signal?: AbortSignal
  /** Called with the time and the number of the first event of each batch that was looked at. */
  passed?(micros: number, seq: number): void
  /** True if `visit` keeps the bytes that it is given. Otherwise their memory is used again. */
  keepsBytes?: boolean
}

export interface ScanResult {
  /** Events looked at. */
  seen: number
  matched: number
  /** False when the limit was reached or `visit` returned false before the end of the range. */
  exact: boolean
  /** The last seq looked at, in the direction of reading; the result covers everything up to it. */
  reached: number
  /** Time of that event, µs; undefined when the range was looked at to its end. */
  reachedTime?: number
  /** Bytes of events looked at. */
  bytes: number
  /** Ranges that were not looked at because they are damaged, in the direction of reading. */
  damaged: SeqRange[]
}

const SCAN: Work = { face: 'log', what: 'scan' }

/** Looks at the events of a range, and calls `visit` for each that matches until it returns false. */
export async function scan(
  log: LogReader,
  range: ScanRange,
  matcher: Matcher,
  work: ScanWork,
  visit: (bytes: Uint8Array, at: number) => boolean | undefined,
): Promise<ScanResult> {
  const { from, to, backwards = false } = range
  const result: ScanResult = {
    seen: 0,
    matched: 0,
    exact: true,
    reached: backwards ? from : to,
    bytes: 0,
    damaged: [],
  }
  if (to < from) return result
  const step = eventsAStep(matcher)
  const hints = readHints(matcher)
  const limits = backwards ? { to: from, backwards, ...hints } : { to, ...hints }
  const damaged = (range: SeqRange) => addRange(result.damaged, range)
  const turn = () => work.budget.turn(work.principal)
  await turn()
  for await (const { bytes, release } of log.read(backwards ? to : from, {
    ...limits,
    damaged,
    signal: work.signal,
  })) {
    begin(SCAN)
    try {
      const offsets = offsetsOf(bytes)
      const possible = possibleFrames(matcher, bytes, offsets)
      const looked = backwards ? possible.toReversed() : possible
      result.seen += offsets.length - looked.length
      result.bytes += bytes.length
      work.budget.spend(bytes.length)
      for (let nth = 0; nth < looked.length; nth++) {
        const at = looked[nth]
        if (nth % step === 0) await turn()
        result.seen++
        const isMatch = searchesLong(matcher, bytes, at)
          ? await doneInTurns(matchInSteps(matcher, bytes, at), turn)
          : matcher.matches(bytes, at)
        if (!isMatch) continue
        result.matched++
        if (visit(bytes, at) === false) return stopped(result, bytes, at)
      }
      work.passed?.(frameTime(bytes, 0), frameSeq(bytes, 0))
      if (result.bytes >= work.bytes) return stopped(result, bytes, backwards ? 0 : (offsets.at(-1) ?? 0))
    } finally {
      if (work.keepsBytes !== true) release?.()
    }
    // To load the next batch, which may be a single event of many megabytes, is a piece of work of its own.
    await turn()
  }
  return result
}

/** Adds a range; one next to the last one becomes part of it, so that many damaged chunks take little memory. */
function addRange(ranges: SeqRange[], range: SeqRange): void {
  const last = ranges.at(-1)
  if (last !== undefined && range.from === last.to + 1) last.to = range.to
  else if (last !== undefined && range.to === last.from - 1) last.from = range.from
  else ranges.push({ ...range })
}

function stopped(result: ScanResult, bytes: Uint8Array, at: number): ScanResult {
  return { ...result, exact: false, reached: frameSeq(bytes, at), reachedTime: frameTime(bytes, at) }
}

function offsetsOf(bytes: Uint8Array): number[] {
  const offsets: number[] = []
  for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) offsets.push(at)
  return offsets
}

/** Returns the time (µs) of the first event at `seq` or later that can be read; undefined if there is none. */
export async function timeFrom(log: LogReader, seq: number): Promise<number | undefined> {
  for await (const { bytes } of log.read(seq, { events: 1, damaged: () => undefined })) {
    return frameTime(bytes, 0)
  }
  return undefined
}

/** Returns the range with `seq` that the error of a read reports as damaged; undefined for every other error. */
export function damageAt(seq: number, error: unknown): SeqRange | undefined {
  if (!TocsinError.is(error, 'TCN_LOG_CORRUPT')) return undefined
  const { firstSeq = seq, lastSeq = seq } = error.details as { firstSeq?: number; lastSeq?: number }
  return { from: firstSeq, to: lastSeq }
}

/** A frame with more bytes shares its memory with no other frame, so that it need not be copied to free the others. */
const LONE_BYTES = 1024 * 1024

/** Reads the frame with this seq, which must not be changed; undefined if the log does not have it. */
export async function readFrame(log: LogReader, seq: number): Promise<Uint8Array | undefined> {
  if (seq < log.first || seq > log.last) return undefined
  for await (const { bytes } of log.read(seq, { to: seq, events: 1 })) {
    if (frameSeq(bytes, 0) !== seq) continue
    const frame = bytes.subarray(0, frameBytes(bytes, 0))
    return frame.length > LONE_BYTES ? frame : copyBytes(frame)
  }
  return undefined
}
