import type { Runtime } from '../event/runtime.js'
import type { Matcher } from '../filter/matcher.js'

/** Filters that cost less look at the tag, and cannot take long. */
const METERED_COST = 6
/** One test in so many is measured: reading the clock takes as long as a quick test. */
const SAMPLING = 8
/** Filters that cost more may take so long that each test is measured: eight of them would stall everybody. */
const HIGH_COST = 60
/** Up to this time a test is free, however many events there are, ms. */
const FREE_MS = 0.01

/** Estimates how long the slow tests of a costly filter take. */
export class MatchMeter {
  readonly matcher: Matcher
  /** ms */
  spent = 0
  readonly #sampling: number
  /** Tests up to the next one that is measured. */
  #left: number
  readonly #runtime: Runtime
  readonly #test: Matcher['matches']

  private constructor(matcher: Matcher, runtime: Runtime) {
    this.#test = matcher.matches
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
    if (--this.#left > 0) return this.#test(bytes, at)
    this.#left = this.#sampling
    const start = this.#runtime.monotonic()
    const answer = this.#test(bytes, at)
    const took = this.#runtime.monotonic() - start
    if (took > FREE_MS) this.spent += took * this.#sampling
    return answer
  }
}
