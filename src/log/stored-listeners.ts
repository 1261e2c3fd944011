import type { TocsinError } from '../errors/tocsin-error.js'
import type { FrameBatch, ProducerRange } from './event-log.js'
import { type FrameRange, wholeRange } from './frame-range.js'

/** `run`: how many frames, the last one included, have seqs one after another up to `lastSeq`; default: all of them. */
export type AppendDone = (error: TocsinError | undefined, lastSeq: number, run?: number) => void

interface StoredAppend {
  runs: readonly FrameRange[]
  producers: ProducerRange[] | undefined
  done: AppendDone
  lastSeq: number
}

/** The listeners of a log. */
export class ListenerList {
  #listeners: readonly ((batch: FrameBatch) => void)[] = []

  add(listener: (batch: FrameBatch) => void): () => void {
    this.#listeners = [...this.#listeners, listener]
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener)
    }
  }

  hand(batch: FrameBatch): void {
    for (const listener of this.#listeners) listener(batch)
  }
}

/** Hands stored frames to listeners in seq order, even if a listener appends while it is called. */
export class StoredListeners extends ListenerList {
  readonly #waiting: StoredAppend[] = []
  #delivering = false

  deliver(delivery: StoredAppend): void {
    this.#waiting.push(delivery)
    if (this.#delivering) return
    this.#delivering = true
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#hand(next)
    } finally {
      this.#delivering = false
    }
  }

  #hand({ runs, producers, done, lastSeq }: StoredAppend): void {
    for (const run of runs) {
      const batch = wholeRange(run)
      // A producer's counters are valid only once its last frame is stored.
      if (producers !== undefined && run.lastSeq === lastSeq) batch.producers = producers
      this.hand(batch)
    }
    done(undefined, lastSeq)
  }
}
