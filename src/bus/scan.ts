import { frameBytes, frameSeq, frameTime } from '../event/frame.js'
import type { Matcher } from '../filter/matcher.js'
import type { LogReader } from '../log/event-log.js'

export interface ScanRange {
  from: number
  to: number
  backwards?: boolean
}

/** How much work one scan may do. */
export interface ScanWork {
  /** Bytes of events to look at, at most. */
  bytes: number
  /** Returns a promise to wait for before continuing; undefined: continue at once. */
  budget(bytes: number): Promise<void> | undefined
  signal?: AbortSignal
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
}

/** Looks at the events of a range, and calls `visit` for each that matches until it returns false. */
export async function scan(
  log: LogReader,
  range: ScanRange,
  matcher: Matcher,
  work: ScanWork,
  visit: (bytes: Uint8Array, at: number) => boolean | undefined,
): Promise<ScanResult> {
  const { from, to, backwards = false } = range
  const result: ScanResult = { seen: 0, matched: 0, exact: true, reached: backwards ? from : to, bytes: 0 }
  if (to < from) return result
  const prefixes = matcher.prefixes
  const limits = backwards ? { to: from, backwards, prefixes } : { to, prefixes }
  for await (const batch of log.read(backwards ? to : from, { ...limits, signal: work.signal })) {
    const offsets = offsetsOf(batch.bytes)
    result.bytes += batch.bytes.length
    for (const at of backwards ? offsets.reverse() : offsets) {
      result.seen++
      if (!matcher.matches(batch.bytes, at)) continue
      result.matched++
      if (visit(batch.bytes, at) === false) return stopped(result, batch.bytes, at)
    }
    if (result.bytes >= work.bytes) return stopped(result, batch.bytes, offsets.at(-1)!)
    await work.budget(batch.bytes.length)
  }
  return result
}

function stopped(result: ScanResult, bytes: Uint8Array, at: number): ScanResult {
  return { ...result, exact: false, reached: frameSeq(bytes, at), reachedTime: frameTime(bytes, at) }
}

function offsetsOf(bytes: Uint8Array): number[] {
  const offsets: number[] = []
  for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) offsets.push(at)
  return offsets
}

/** Reads the frame with this seq into memory of its own; undefined if the log does not have it. */
export async function readFrame(log: LogReader, seq: number): Promise<Uint8Array | undefined> {
  if (seq < log.first || seq > log.last) return undefined
  for await (const { bytes } of log.read(seq, { to: seq, events: 1 })) {
    if (frameSeq(bytes, 0) === seq) return Uint8Array.prototype.slice.call(bytes, 0, frameBytes(bytes, 0))
  }
  return undefined
}
