import { frameBytes, frameSeq, frameTime } from '../event/frame.js'
import type { FrameBatch } from './event-log.js'

/** Whole frames with rising seq, from `start` to `end` of a buffer: a slab of the ring or a stored chunk. */
export interface FrameRange {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly count: number
  readonly firstSeq: number
  readonly lastSeq: number
  /** Set if the memory is used again when nobody uses it any more. Whoever receives the range is one of its users. */
  readonly memory?: SharedMemory
}

/** Memory with a count of its users. One that never releases it does no harm: the garbage collector then frees it. */
export interface SharedMemory {
  /** Adds a user. */
  use(): void
  /** Removes a user. The last one's bytes are overwritten soon. */
  release(): void
}

export interface Selection {
  from: number
  to: number
  events: number
  bytes: number
}

/**
 * Returns the frames of `run` from `from` to `to`, up to the wanted number of events and bytes: the first ones,
 * or the last ones with `backwards`. Returns at least one frame if the range contains any.
 */
export function selectFrames(run: FrameRange, wanted: Selection, backwards: boolean): FrameBatch | undefined {
  if (coversRange(run, wanted)) return wholeRange(run)
  const start = skipTo(run, wanted.from)
  if (start === run.end || frameSeq(run.bytes, start) > wanted.to) return undefined
  return backwards ? lastFrames(run, start, wanted) : firstFrames(run, start, wanted)
}

function coversRange(run: FrameRange, { from, to, events, bytes }: Selection): boolean {
  return run.firstSeq >= from && run.lastSeq <= to && run.count <= events && run.end - run.start <= bytes
}

export function wholeRange({ bytes, start, end, count, firstSeq, lastSeq }: FrameRange): FrameBatch {
  return { bytes: bytes.subarray(start, end), count, firstSeq, lastSeq }
}

/** Returns the offset of the first frame at this time (µs) or later; `run.end` if there is none. */
export function skipToTime(run: FrameRange, micros: number): number {
  let at = run.start
  while (at < run.end && frameTime(run.bytes, at) < micros) at += frameBytes(run.bytes, at)
  return at
}

/** Returns the offset of the first frame with this seq or a higher one; `run.end` if there is none. */
export function skipTo(run: FrameRange, seq: number): number {
  let at = run.start
  if (seq > run.lastSeq) return run.end
  if (seq <= run.firstSeq) return at
  while (at < run.end && frameSeq(run.bytes, at) < seq) at += frameBytes(run.bytes, at)
  return at
}

function firstFrames(run: FrameRange, start: number, { to, events, bytes }: Selection): FrameBatch {
  let count = 1
  let last = start
  let end = start + frameBytes(run.bytes, start)
  while (end < run.end && count < events && frameSeq(run.bytes, end) <= to) {
    const next = end + frameBytes(run.bytes, end)
    if (next - start > bytes) break
    last = end
    end = next
    count++
  }
  return batchOf(run, start, last, end, count)
}

function lastFrames(run: FrameRange, start: number, { to, events, bytes }: Selection): FrameBatch {
  let count = 0
  let last = start
  let end = start
  while (end < run.end && frameSeq(run.bytes, end) <= to) {
    last = end
    end += frameBytes(run.bytes, end)
    count++
  }
  let from = start
  while (count > 1 && (count > events || end - from > bytes)) {
    from += frameBytes(run.bytes, from)
    count--
  }
  return batchOf(run, from, last, end, count)
}

function batchOf(run: FrameRange, first: number, last: number, end: number, count: number): FrameBatch {
  return {
    bytes: run.bytes.subarray(first, end),
    count,
    firstSeq: frameSeq(run.bytes, first),
    lastSeq: frameSeq(run.bytes, last),
  }
}
