import { expect } from 'vitest'
import type { EventLog } from '../../../src/log/event-log.js'
import { append, frameOf } from '../conformance/tools.js'

/** Electing a leader and storing with two replicas take long while other tests have the processors. */
const PATIENT = { timeout: 120_000 }

/** Appends events all the time until it is stopped. All of them must be stored. */
export class Load {
  /** Tags in the order in which they were given to the log. */
  readonly given: string[] = []
  /** Tags in the order in which they were acknowledged. */
  readonly stored: string[] = []
  readonly #log: EventLog
  readonly #all: Promise<unknown>
  #isOver = false

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
    }
  }
}
