import type { Runtime } from '../event/runtime.js'
import type { Matcher } from '../filter/matcher.js'

/** Filters that cost less look at the tag or at attributes, and cannot take long. */
const METERED_COST = 6
/** One test in this number is measured: reading the clock takes as long as a quick test. */
const SAMPLING = 8
/** Filters that cost more may take so long that each test is measured: eight of them would stall everybody. */
const HIGH_COST = 60
/** Up to this time a test is free, however many events there are, ms. */
const FREE_MS = 0.01

/**
 * Estimates the processor time that the slow tests of a costly filter take. On a busy machine a test may wait for a processor,
 * and other threads of the process may work meanwhile, so that the shorter of both clocks counts.
 */
export class MatchMeter {
  /** Tests as the filter does, and measures. */
  readonly matcher: Matcher
  /** ms */
  spent = 0
  readonly #sampling: number
  /** Tests up to the next one that is measured. */
  #left: number
  readonly #runtime: Runtime
  readonly #filter: Matcher

  private constructor(matcher: Matcher, runtime: Runtime) {
    this.#filter = matcher
    this.#runtime = runtime
    this.#sampling = matcher.cost > HIGH_COST ? 1 : SAMPLING
    this.#left = Math.max(2, this.#sampling)
    this.matcher = { ...matcher, matches: this.#matches }
  }

  /** Returns undefined for a filter that is cheap. */
  static of(matcher: Matcher, runtime: Runtime): MatchMeter | undefined {
    return matcher.cost < METERED_COST ? undefined : new MatchMeter(matcher, runtime)
  }

  // The first test is never measured: code that has never run is slow.
  readonly #matches = (bytes: Uint8Array, at: number): boolean => {
    if (--this.#left > 0) return this.#filter.matches(bytes, at)
    this.#left = this.#sampling
    const runtime = this.#runtime
    const used = runtime.processorTime()
    const start = runtime.monotonic()
    const answer = this.#filter.matches(bytes, at)
    const took = runtime.monotonic() - start
    if (took > FREE_MS) this.spent += Math.min(took, runtime.processorTime() - used) * this.#sampling
    return answer
  }
}
