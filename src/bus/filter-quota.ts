import { TocsinError } from '../errors/tocsin-error.js'
import type { Matcher } from '../filter/index.js'
import type { BusLimits } from './limits.js'
import type { Principal } from './principal.js'

/** Filters that cost no more are so quick that only their number counts: the class `low` of `tocsin explain`. */
const LOW_COST = 10

/** The different filters of one principal. */
interface Held {
  /** Number of uses of each filter, by its key. */
  readonly uses: Map<string, number>
  unanchored: number
  cost: number
}

const nothingHeld: Held = { uses: new Map(), unanchored: 0, cost: 0 }

/**
 * Limits the filters that are tried on many events: each principal may have a number of different ones without a
 * literal prefix, and all that it asks for may cost a certain sum. Its rights do not count, although they may
 * restrict every filter to a prefix. Subscribers with the same filter form a group and cost no more than the first.
 */
export class FilterQuota {
  readonly #limits: Pick<BusLimits, 'unanchoredFilters' | 'filterCost'>
  readonly #held = new Map<string, Held>()

  constructor(limits: Pick<BusLimits, 'unanchoredFilters' | 'filterCost'>) {
    this.#limits = limits
  }

  /** Throws TCN_FILTER_TOO_MANY. */
  check({ name }: Principal, matcher: Matcher): void {
    const held = this.#held.get(name) ?? nothingHeld
    if (held.uses.has(matcher.key)) return
    const { unanchoredFilters, filterCost } = this.#limits
    if (held.unanchored + unanchored(matcher) > unanchoredFilters)
      throw tooMany(`${name} has ${held.unanchored} filters without a literal prefix`)
    if (held.cost + cost(matcher) > filterCost)
      throw tooMany(
        `the filters of ${name} cost ${held.cost}, this one costs ${cost(matcher)}, and ${filterCost} is the limit`,
      )
  }

  take({ name }: Principal, matcher: Matcher): void {
    if (!isCounted(matcher)) return
    const held = this.#held.get(name) ?? { uses: new Map(), unanchored: 0, cost: 0 }
    this.#held.set(name, held)
    const uses = held.uses.get(matcher.key) ?? 0
    held.uses.set(matcher.key, uses + 1)
    if (uses > 0) return
    held.unanchored += unanchored(matcher)
    held.cost += cost(matcher)
  }

  giveBack({ name }: Principal, matcher: Matcher): void {
    const held = this.#held.get(name)
    if (held === undefined || !isCounted(matcher)) return
    const uses = (held.uses.get(matcher.key) ?? 0) - 1
    if (uses > 0) {
      held.uses.set(matcher.key, uses)
      return
    }
    held.uses.delete(matcher.key)
    held.unanchored -= unanchored(matcher)
    held.cost -= cost(matcher)
    if (held.uses.size === 0) this.#held.delete(name)
  }
}

function isCounted(matcher: Matcher): boolean {
  return unanchored(matcher) > 0 || cost(matcher) > 0
}

function unanchored(matcher: Matcher): number {
  return matcher.unanchored ? 1 : 0
}

function cost(matcher: Matcher): number {
  return matcher.cost > LOW_COST ? matcher.cost : 0
}

function tooMany(message: string): TocsinError {
  return new TocsinError('TCN_FILTER_TOO_MANY', message)
}

/** Throws TCN_FILTER_TOO_COMPLEX if a subscriber has more filters than allowed. */
export function checkFilterCount(filters: unknown, limit: number): void {
  if (!Array.isArray(filters) || filters.length <= limit) return
  throw new TocsinError('TCN_FILTER_TOO_COMPLEX', `at most ${limit} filters for one subscriber`)
}
