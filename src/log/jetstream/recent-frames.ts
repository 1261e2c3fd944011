import { frameSeq } from '../../event/frame.js'
import type { FrameBatch, ProducerRange } from '../event-log.js'
import { addRange } from '../producer-range.js'
import { Ring, type Slab } from '../ring.js'
import type { MessageFrame } from './message-frame.js'

/** Frames next to each other in a slab. */
interface Run {
  slab: Slab
  start: number
  end: number
  count: number
  lastSeq: number
  producers: Map<string, ProducerRange> | undefined
}

/** Builds the frames of received events, and keeps the most recent ones in memory. */
export class RecentFrames {
  readonly ring: Ring
  readonly #maxBytes: number
  /** Frames that were added since the last `take`. */
  #added: Run[] = []
  #isSplit = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.ring = new Ring()
  }

  /** Everything from here on is in memory; infinite if nothing is. */
  get first(): number {
    return this.ring.slabs[0]?.firstSeq ?? Number.POSITIVE_INFINITY
  }

  add(frame: MessageFrame, seq: number, time: number): void {
    while (this.#isSplit && this.ring.slabs.length > 0) this.ring.dropOldest()
    const slab = this.ring.reserve(frame.bytes, seq, time)
    const start = slab.end
    frame.write(slab.bytes as Buffer, start, seq, time)
    this.ring.extend(slab, frame.bytes, seq, time)
    let run = this.#added.at(-1)
    if (run?.slab !== slab || this.#isSplit) {
      run = { slab, start, end: start, count: 0, lastSeq: seq, producers: undefined }
      this.#added.push(run)
      this.#isSplit = false
    }
    run.count++
    run.end = slab.end
    run.lastSeq = seq
    for (const range of frame.producers) {
      run.producers ??= new Map()
      addRange(run.producers, range)
    }
  }

  /**
   * Frames that are added from now on are not in one batch with those added before, and memory begins with them: places
   * between them were passed over, and the stream may have them again after another server leads it.
   */
  split(): void {
    this.#isSplit = true
  }

  /** Returns the frames added since the last call, in order, and drops the oldest ones if there are too many. */
  take(): FrameBatch[] {
    const batches = this.#added.map(({ slab, start, end, count, lastSeq, producers }) => ({
      bytes: slab.bytes.subarray(start, end),
      count,
      firstSeq: frameSeq(slab.bytes, start),
      lastSeq,
      producers: producers && [...producers.values()],
    }))
    this.#added = []
    while (this.ring.allocated > this.#maxBytes && this.ring.slabs.length > 1) this.ring.dropOldest()
    return batches
  }
}
