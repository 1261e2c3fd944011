import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'

/** Counts requests in periods. */
export class RequestRate {
  readonly #limit: { count: number; per: number }
  readonly #runtime: Runtime
  #start = Number.NEGATIVE_INFINITY
  #count = 0

  constructor(limit: { count: number; per: number }, runtime: Runtime) {
    this.#limit = limit
    this.#runtime = runtime
  }

  /** Throws TCN_HOOK_LIMIT for a request over the limit. */
  take(): void {
    const { count, per } = this.#limit
    const now = this.#runtime.monotonic()
    if (now - this.#start >= per) {
      this.#start = now
      this.#count = 0
    }
    if (this.#count < count) {
      this.#count++
      return
    }
    const retryAfter = Math.max(1, Math.ceil((this.#start + per - now) / 1000))
    throw new TocsinError('TCN_HOOK_LIMIT', `more than ${count} requests in ${per / 1000} s`, {
      details: { retryAfter },
    })
  }
}
