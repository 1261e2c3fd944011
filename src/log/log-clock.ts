import type { Runtime } from '../event/runtime.js'

/** The clock of a log: event times never decrease, even if the system clock is set back. */
export class LogClock {
  readonly #runtime: Runtime
  #last: number

  /** `last`: time of the newest event in the log, µs. */
  constructor(runtime: Runtime, last = 0) {
    this.#runtime = runtime
    this.#last = last
  }

  /** The time of the events appended now, µs. */
  now(): number {
    this.#last = Math.max(this.#runtime.now(), this.#last)
    return this.#last
  }
}
