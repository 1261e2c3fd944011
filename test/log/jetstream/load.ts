import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import type { EventLog } from '../../../src/log/event-log.js'
import { append, frameOf } from '../conformance/tools.js'

/** Electing a leader and storing with two replicas take long while other tests have the processors. */
const PATIENT = { timeout: 120_000 }

const SLOW_MS = 1000

/** Appends events all the time until it is stopped. All of them must be stored. */
export class Load {
  /** Tags in the order in which they were given to the log. */
  readonly given: string[] = []
  /** Tags in the order in which they were acknowledged. */
  readonly stored: string[] = []
  readonly #log: EventLog
  readonly #all: Promise<unknown>
  #isOver = false
  #pauseMs = 0

  /** `writers`: events that wait for their acknowledgement at the same time. */
  constructor(log: EventLog, writers = 64) {
    this.#log = log
    this.#all = Promise.all(Array.from({ length: writers }, () => this.#write()))
    this.#all.catch(() => undefined)
  }

  /** Resolves when this many more have been stored. */
  async advances(count: number): Promise<void> {
    const before = this.stored.length
    const advanced = expect.poll(() => this.stored.length, PATIENT).toBeGreaterThan(before + count)
    await Promise.race([this.#all, advanced])
  }

  /** Appends few events until the work is done, which takes long whatever the load is. */
  async slowly(work: Promise<unknown>): Promise<void> {
    this.#pauseMs = SLOW_MS
    try {
      await work
    } finally {
      this.#pauseMs = 0
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#all
  }

  async #write(): Promise<void> {
    while (!this.#isOver) {
      const tag = `event/${this.given.length}`
      this.given.push(tag)
      await append(this.#log, [frameOf(tag)])
      this.stored.push(tag)
      if (this.#pauseMs > 0) await setTimeout(this.#pauseMs)
    }
  }
}
