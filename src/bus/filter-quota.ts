import { TocsinError } from '../event/errors.js'
import type { Matcher } from '../filter/index.js'
import type { Principal } from './principal.js'

/** Filters without a literal prefix are tried on every event; each principal may have so many. */
export class FilterQuota {
  readonly #limit: number
  readonly #counts = new Map<string, number>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Throws TCN_FILTER_TOO_MANY. */
  check({ name }: Principal, matcher: Matcher): void {
    if (!isUnanchored(matcher) || (this.#counts.get(name) ?? 0) < this.#limit) return
    throw new TocsinError(
      'TCN_FILTER_TOO_MANY',
      `${name} has ${this.#limit} filters without a literal prefix`,
    )
  }

  take(principal: Principal, matcher: Matcher): void {
    this.#count(principal, matcher, 1)
  }

  giveBack(principal: Principal, matcher: Matcher): void {
    this.#count(principal, matcher, -1)
  }

  #count({ name }: Principal, matcher: Matcher, step: 1 | -1): void {
    if (!isUnanchored(matcher)) return
    const count = (this.#counts.get(name) ?? 0) + step
    if (count > 0) this.#counts.set(name, count)
    else this.#counts.delete(name)
  }
}

function isUnanchored(matcher: Matcher): boolean {
  return !matcher.all && matcher.prefixes === undefined
}

/** Throws TCN_FILTER_TOO_COMPLEX for more alternatives than one subscriber may name. */
export function checkFilterCount(filters: unknown, limit: number): void {
  if (!Array.isArray(filters) || filters.length <= limit) return
  throw new TocsinError('TCN_FILTER_TOO_COMPLEX', `at most ${limit} filters for one subscriber`)
}
