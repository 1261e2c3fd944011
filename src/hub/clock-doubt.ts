import type { Runtime } from '../event/runtime.js'

/** Smallest jump of the clock that is doubted, µs. */
const JUMP = 3600e6
/** How long a clock must stay ahead until it is believed, ms. */
const BELIEVED_AFTER = 24 * 3_600_000

/**
 * Judges the wall clock by the monotonic one. A clock that jumps ahead would make everything look old, and may go back
 * as suddenly, so its jump does not count as age until it has lasted for a day. A hub that was stopped or suspended
 * for more than an hour sees a jump too; then old events are only kept for a day longer.
 */
export class ClockDoubt {
  readonly #runtime: Runtime
  /** A time that is believed, µs, and when it was the time, ms (monotonic). */
  #believed: { time: number; at: number }
  /** Since when the clock has been ahead, ms (monotonic). */
  #since: number | undefined

  /** `lastKnown`: a time that was reached before the start, such as that of the last event, µs. */
  constructor(runtime: Runtime, lastKnown = runtime.now()) {
    this.#runtime = runtime
    this.#believed = { time: lastKnown, at: runtime.monotonic() }
  }

  /** Returns by how much the clock is further ahead than can be believed, µs. */
  measure(): number {
    const [time, at] = [this.#runtime.now(), this.#runtime.monotonic()]
    const ahead = time - (this.#believed.time + (at - this.#believed.at) * 1000)
    if (ahead > JUMP) {
      this.#since ??= at
      if (at - this.#since < BELIEVED_AFTER) return ahead
    }
    this.#since = undefined
    this.#believed = { time, at }
    return 0
  }
}
