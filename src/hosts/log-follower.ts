import { frameBytes, frameSeq } from '../event/frame.js'
import { type Cancel, endedInTime, type Runtime } from '../event/runtime.js'
import type { LogReader } from '../log/event-log.js'
import { begin, type Work } from '../parts/work.js'

/** Time between two looks at whether there are new events, ms. */
const LOOK_EVERY_MS = 1_000
/** It works for this time, reading included, and then lets all others work, ms. */
const SLICE_MS = 2
const PAUSE_MS = 10
/** While the process uses more than this share of a processor, others need it more. */
const BUSY = 0.7
const BUSY_PAUSE_MS = 200
/** Longest wait for a read that does not end, ms. */
const STOP_MS = 500
/** Events between two looks at the clock. */
const LOOK_AFTER = 64

const READ: Work = { face: 'hosts', what: 'read events' }

export interface LogFollowerOptions {
  readonly runtime: Runtime
  readonly log: Pick<LogReader, 'read' | 'first' | 'last'>
  /** Continues after this event. */
  readonly from: number
  take(bytes: Uint8Array, at: number): void
  /** Called when all events were taken that were stored at the last look. */
  caughtUp(): void
  failed(thrown: unknown): void
}

/**
 * Reads all events of the log some time after they were stored: in at most a sixth of the time of the event loop, and in
 * a hundredth while the hub is busy. Unlike a subscriber it adds nothing to the work that an event causes when it arrives.
 */
export class LogFollower {
  readonly #options: LogFollowerOptions
  readonly #stopped = new AbortController()
  #seq: number
  #cancel: Cancel = () => undefined
  #reading: Promise<void> = Promise.resolve()
  /** When it began to work, and the processor time of the process then, ms. */
  #began = 0
  #used = 0

  constructor(options: LogFollowerOptions) {
    this.#options = options
    this.#seq = options.from
  }

  /** The event up to which all were taken. */
  get seq(): number {
    return this.#seq
  }

  start(): void {
    this.#reading = this.#read().catch((thrown) => {
      if (!this.#stopped.signal.aborted) this.#options.failed(thrown)
    })
  }

  /** Resolves when it reads no more, or waits for a server that does not answer. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#cancel()
    await endedInTime(this.#options.runtime, this.#reading, STOP_MS)
  }

  async #read(): Promise<void> {
    const { log, caughtUp } = this.#options
    const { signal } = this.#stopped
    const { last } = log
    if (last > this.#seq) {
      const from = Math.max(this.#seq + 1, log.first)
      this.#begin()
      for await (const { bytes, release } of log.read(from, { to: last, damaged: () => undefined, signal })) {
        await this.#takeAll(bytes)
        release?.()
        if (signal.aborted) return
      }
      this.#seq = last
    }
    caughtUp()
    this.#cancel = this.#options.runtime.after(LOOK_EVERY_MS, () => this.start())
  }

  async #takeAll(bytes: Uint8Array): Promise<void> {
    let count = 0
    for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) {
      this.#options.take(bytes, at)
      this.#seq = frameSeq(bytes, at)
      if (++count % LOOK_AFTER === 0 && this.#isOver) await this.#pause()
      if (this.#stopped.signal.aborted) return
    }
    if (this.#isOver) await this.#pause()
  }

  get #isOver(): boolean {
    return this.#options.runtime.monotonic() - this.#began >= SLICE_MS
  }

  #begin(): void {
    const { runtime } = this.#options
    begin(READ)
    this.#began = runtime.monotonic()
    this.#used = runtime.processorTime()
  }

  async #pause(): Promise<void> {
    const { runtime } = this.#options
    await this.#wait(PAUSE_MS)
    const share = (runtime.processorTime() - this.#used) / (runtime.monotonic() - this.#began)
    if (share > BUSY) await this.#wait(BUSY_PAUSE_MS)
    this.#begin()
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.runtime.after(ms, resolve))
  }
}
