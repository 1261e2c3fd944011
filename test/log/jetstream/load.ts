import { expect } from 'vitest'
import type { EventLog } from '../../../src/log/event-log.js'
import { append, frameOf } from '../conformance/tools.js'

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
    await Promise.race([this.#all, expect.poll(() => this.stored.length).toBeGreaterThan(before + count)])
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
