import type { TocsinError } from '../errors/tocsin-error.js'
import { FrameWriter, type WrittenFrames } from '../event/frame-writer.js'
import type { ProducerRange } from '../log/event-log.js'
import type { OwnEvent } from './api.js'
import { WaitingCounters } from './waiting-counters.js'

const MOST_BYTES = 256 * 1024

export interface TurnBatchOptions {
  source: string
  /** It may change. */
  readonly maxFrame: number
  /** Calls `run` at the end of the turn. */
  soon(run: () => void): void
  /** Stores all frames with the counters of their streams, or returns why none is stored. */
  store(frames: WaitingFrames): TocsinError | undefined
  /** Returns the last stored counter of a stream; 0 if it has none. */
  lastOf(stream: string): number
  /** True if what stores them keeps their memory. */
  isKept: boolean
}

export interface WaitingFrames extends Pick<WrittenFrames, 'bytes' | 'count'> {
  ranges: ProducerRange[]
}

/** Events that come in one turn of the event loop, and are stored together at its end. */
export class TurnBatch {
  readonly #options: TurnBatchOptions
  readonly #writer: FrameWriter
  readonly #counters: WaitingCounters
  #waiting: WaitingFrames | undefined
  #isPlanned = false

  constructor(options: TurnBatchOptions) {
    this.#options = options
    this.#writer = new FrameWriter({ source: options.source })
    this.#counters = new WaitingCounters((stream) => options.lastOf(stream))
  }

  /** Returns false if earlier events wait because nothing is stored at present. Throws if the event fits no frame. */
  add({ tag, data, source, kind, attributes, counter }: OwnEvent): boolean {
    if (this.#waiting !== undefined && this.flush() !== undefined) return false
    if (counter !== undefined && this.#counters.has(counter)) return true
    this.#writer.maxFrame = this.#options.maxFrame
    const place = this.#writer.write(tag, data, { source, kind, attributes })
    if (counter !== undefined) this.#counters.add(place, counter)
    if (this.#writer.pendingBytes >= MOST_BYTES) this.flush()
    else this.#plan()
    return true
  }

  /** Stores the events, or returns why they wait. */
  flush(): TocsinError | undefined {
    for (let frames = this.#next(); frames !== undefined; frames = this.#next()) {
      const fault = this.#options.store(frames)
      if (fault !== undefined) {
        this.#waiting = frames
        return fault
      }
    }
    this.#counters.clear()
    if (!this.#options.isKept) this.#writer.reuse()
    return undefined
  }

  #next(): WaitingFrames | undefined {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined) return waiting
    const frames = this.#writer.take()
    return frames && { ...frames, ranges: this.#counters.take(frames.last) }
  }

  #plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    this.#options.soon(() => {
      this.#isPlanned = false
      this.flush()
    })
  }
}
