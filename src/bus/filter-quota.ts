import { TocsinError } from '../errors/tocsin-error.js'
import type { Matcher } from '../filter/index.js'
import type { Principal } from './principal.js'

/**
 * Limits filters without a literal prefix, which are tried on every event: each principal may have a number of
 * different ones. Subscribers with the same filter form a group and cost no more than the first.
 */
export class FilterQuota {
  readonly #limit: number
  /** Number of uses of each filter, by the name of the principal and the filter's key. */
  readonly #uses = new Map<string, Map<string, number>>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Throws TCN_FILTER_TOO_MANY. */
  check({ name }: Principal, matcher: Matcher): void {
    if (!isUnanchored(matcher)) return
    const own = this.#uses.get(name)
    if ((own?.size ?? 0) < this.#limit || own?.has(matcher.key)) return
    throw new TocsinError(
      'TCN_FILTER_TOO_MANY',
      `${name} has ${this.#limit} filters without a literal prefix`,
    )
  }

  take({ name }: Principal, matcher: Matcher): void {
    if (!isUnanchored(matcher)) return
    const own = this.#uses.get(name) ?? new Map<string, number>()
    this.#uses.set(name, own.set(matcher.key, (own.get(matcher.key) ?? 0) + 1))
  }

  giveBack({ name }: Principal, matcher: Matcher): void {
    const own = this.#uses.get(name)
    if (own === undefined || !isUnanchored(matcher)) return
    const uses = (own.get(matcher.key) ?? 0) - 1
    if (uses > 0) own.set(matcher.key, uses)
    else own.delete(matcher.key)
    if (own.size === 0) this.#uses.delete(name)
  }
}

function isUnanchored(matcher: Matcher): boolean {
  return !matcher.all && matcher.prefixes === undefined
}

/** Throws TCN_FILTER_TOO_COMPLEX if a subscriber has more filters than allowed. */
export function checkFilterCount(filters: unknown, limit: number): void {
  if (!Array.isArray(filters) || filters.length <= limit) return
  throw new TocsinError('TCN_FILTER_TOO_COMPLEX', `at most ${limit} filters for one subscriber`)
}
