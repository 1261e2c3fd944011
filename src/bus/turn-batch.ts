import type { TocsinError } from '../errors/tocsin-error.js'
import { FrameWriter, type WrittenFrames } from '../event/frame-writer.js'
import type { OwnEvent } from './api.js'

const MOST_BYTES = 256 * 1024

export interface TurnBatchOptions {
  source: string
  /** It may change. */
  readonly maxFrame: number
  /** Calls `run` at the end of the turn. */
  soon(run: () => void): void
  /** Stores all frames, or returns why none is stored. */
  store(bytes: Uint8Array, count: number): TocsinError | undefined
  /** True if what stores them keeps their memory. */
  isKept: boolean
}

/** Events that come in one turn of the event loop, and are stored together at its end. */
export class TurnBatch {
  readonly #options: TurnBatchOptions
  readonly #writer: FrameWriter
  #waiting: WrittenFrames | undefined
  #isPlanned = false

  constructor(options: TurnBatchOptions) {
    this.#options = options
    this.#writer = new FrameWriter({ source: options.source })
  }

  /** Returns false if earlier events wait because nothing is stored at present. Throws if the event fits no frame. */
  add({ tag, data, source, kind, attributes }: OwnEvent): boolean {
    if (this.#waiting !== undefined && this.flush() !== undefined) return false
    this.#writer.maxFrame = this.#options.maxFrame
    this.#writer.write(tag, data, { source, kind, attributes })
    if (this.#writer.pendingBytes >= MOST_BYTES) this.flush()
    else this.#plan()
    return true
  }

  /** Stores the events, or returns why they wait. */
  flush(): TocsinError | undefined {
    for (let frames = this.#next(); frames !== undefined; frames = this.#next()) {
      const fault = this.#options.store(frames.bytes, frames.count)
      if (fault !== undefined) {
        this.#waiting = frames
        return fault
      }
    }
    if (!this.#options.isKept) this.#writer.reuse()
    return undefined
  }

  #next(): WrittenFrames | undefined {
    const frames = this.#waiting ?? this.#writer.take()
    this.#waiting = undefined
    return frames
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
