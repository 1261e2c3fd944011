import { TocsinError } from '../errors/tocsin-error.js'
import { frameBytes, setFrameSeq, setFrameTime } from '../event/frame.js'
import type { FrameRange } from './frame-range.js'

export const SLAB_BYTES = 1024 * 1024

/** A piece of memory that is filled from the front with whole frames. Bytes never change once written. */
export interface Slab extends FrameRange {
  readonly start: 0
  end: number
  count: number
  firstSeq: number
  lastSeq: number
  /** Time of the first event, µs. */
  firstTime: number
  /** Time of the last event, µs. */
  lastTime: number
}

/** Adjacent frames of one append in a slab. */
export interface StoredRange extends FrameRange {
  readonly slab: Slab
  /** Time of the frames, µs. */
  readonly time: number
}

/** The newest frames in memory, oldest slab first. Its owner decides when a slab is dropped. */
export class Ring {
  readonly slabs: Slab[] = []
  /** Size of all slabs, filled or not, bytes. */
  allocated = 0
  readonly #slabBytes: number

  constructor(slabBytes = SLAB_BYTES) {
    this.#slabBytes = slabBytes
  }

  /**
   * Copies whole frames and writes seq and time into the copies. Stores all of them or throws. Memory that is `given` and
   * as large as a slab becomes one: to copy it would take long, since all memory of the copy would be new.
   */
  append(frames: Uint8Array, firstSeq: number, time: number, given = false): StoredRange[] {
    if (given && frames.length >= this.#slabBytes) return [this.#keep(frames, firstSeq, time)]
    const runs: StoredRange[] = []
    let slab = this.slabs.at(-1)
    let seq = firstSeq
    for (let at = 0; at < frames.length; ) {
      if (slab === undefined || runs.length > 0 || !fits(slab, frames, at))
        slab = this.#newSlab(lengthOfFrame(frames, at), seq, time)
      const end = endOfWholeFrames(frames, at, slab.bytes.length - slab.end)
      slab.bytes.set(frames.subarray(at, end), slab.end)
      const run = stamp(slab, slab.end + end - at, seq, time)
      runs.push(run)
      seq = run.lastSeq + 1
      at = end
    }
    for (const run of runs) this.#publish(run)
    return runs
  }

  /** Copies frames that already have their seq and time. */
  adopt(
    { bytes, start, end, count, firstSeq, lastSeq }: FrameRange,
    firstTime: number,
    time: number,
  ): StoredRange {
    const slab = this.#newSlab(end - start, firstSeq, firstTime)
    slab.bytes.set(bytes.subarray(start, end))
    const run = { slab, bytes: slab.bytes, start: 0, end: end - start, count, firstSeq, lastSeq, time }
    this.#publish(run)
    return run
  }

  /**
   * Returns a slab with room for a frame of this size, which the caller writes at its `end`, with seq and time.
   * `extend` then adds it.
   */
  reserve(bytes: number, seq: number, time: number): Slab {
    const slab = this.slabs.at(-1)
    return slab !== undefined && bytes <= slab.bytes.length - slab.end
      ? slab
      : this.#newSlab(bytes, seq, time)
  }

  extend(slab: Slab, bytes: number, seq: number, time: number): void {
    this.#enlist(slab)
    slab.end += bytes
    slab.count++
    slab.lastSeq = seq
    slab.lastTime = time
  }

  /** Returns the slab that contains this seq, else the next one in the direction of reading. */
  find(seq: number, backwards: boolean): Slab | undefined {
    let low = 0
    let high = this.slabs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.slabs[middle].lastSeq < seq) low = middle + 1
      else high = middle
    }
    const slab: Slab | undefined = this.slabs[low]
    if (!backwards || (slab !== undefined && slab.firstSeq <= seq)) return slab
    return this.slabs[low - 1]
  }

  /** Returns the slab with the first frame at this time (µs) or later. */
  findTime(micros: number): Slab | undefined {
    return this.slabs.find(({ lastTime }) => lastTime >= micros)
  }

  dropOldest(): void {
    this.allocated -= this.slabs.shift()?.bytes.length ?? 0
  }

  #keep({ buffer, byteOffset, length }: Uint8Array, firstSeq: number, time: number): StoredRange {
    const slab = emptySlab(Buffer.from(buffer, byteOffset, length), firstSeq, time)
    const run = stamp(slab, length, firstSeq, time)
    this.#publish(run)
    return run
  }

  #newSlab(needed: number, firstSeq: number, time: number): Slab {
    const size = Math.max(this.#slabBytes, needed)
    // Not from Buffer's shared pool: LMDB receives the addresses of slabs, and their memory must be freed as a whole.
    return emptySlab(Buffer.allocUnsafeSlow(size), firstSeq, time)
  }

  #publish({ slab, end, count, lastSeq, time }: StoredRange): void {
    this.#enlist(slab)
    slab.end = end
    slab.count += count
    slab.lastSeq = lastSeq
    slab.lastTime = time
  }

  #enlist(slab: Slab): void {
    if (slab.count > 0) return
    this.slabs.push(slab)
    this.allocated += slab.bytes.length
  }
}

function emptySlab(bytes: Uint8Array, firstSeq: number, time: number): Slab {
  return {
    bytes,
    start: 0,
    end: 0,
    count: 0,
    firstSeq,
    lastSeq: firstSeq - 1,
    firstTime: time,
    lastTime: time,
  }
}

function fits(slab: Slab, frames: Uint8Array, at: number): boolean {
  return lengthOfFrame(frames, at) <= slab.bytes.length - slab.end
}

function endOfWholeFrames(frames: Uint8Array, at: number, room: number): number {
  if (frames.length - at <= room) return frames.length
  let end = at
  for (let next = at; next <= at + room; next = end + lengthOfFrame(frames, end)) end = next
  return end
}

function lengthOfFrame(frames: Uint8Array, at: number): number {
  const length = at + 4 <= frames.length ? frameBytes(frames, at) : 4
  if (at + length > frames.length) throw brokenBatch()
  return length
}

function stamp(slab: Slab, end: number, firstSeq: number, time: number): StoredRange {
  const { bytes, end: start } = slab
  let seq = firstSeq
  let at = start
  for (; at < end; at += frameBytes(bytes, at)) {
    setFrameSeq(bytes, at, seq++)
    setFrameTime(bytes, at, time)
  }
  if (at !== end) throw brokenBatch()
  return { slab, bytes, start, end, count: seq - firstSeq, firstSeq, lastSeq: seq - 1, time }
}

function brokenBatch(): TocsinError {
  return new TocsinError('TCN_FRAME_LENGTH', 'the batch ends within a frame')
}
