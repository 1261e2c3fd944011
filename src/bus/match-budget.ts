import { TocsinError } from '../errors/tocsin-error.js'
import type { Matcher } from '../filter/matcher.js'
import type { Group } from './group.js'
import type { BusLimits } from './limits.js'
import type { Authorize, Principal } from './principal.js'

/** The period in which a principal may spend the time of `limits.matchTime`, ms. */
const PERIOD_MS = 5000
/** Time in which a principal whose filters took too long may not use filters that cost as much, ms. */
const BARRED_MS = 60_000

interface Member {
  readonly principal: Principal
  readonly group: Group
}

/** A group whose matcher takes time. */
type MeteredGroup = Group & { readonly meter: { spent: number } }

interface Barred {
  /** Filters that cost less are still served. */
  cost: number
  /** ms (monotonic) */
  until: number
}

/**
 * Bounds the processor time that the costly filters of each principal take from all others as events arrive: one that takes
 * more loses the costliest of its subscriptions. The owner of the hub loses them too, but is never barred.
 */
export class MatchBudget {
  readonly #limits: Pick<BusLimits, 'matchTime'>
  readonly #authorize: Authorize
  /** Time that groups without members took in this period, by principal. */
  readonly #left = new Map<string, number>()
  readonly #barred = new Map<string, Barred>()
  #periodEnd = 0

  constructor(limits: Pick<BusLimits, 'matchTime'>, authorize: Authorize) {
    this.#limits = limits
    this.#authorize = authorize
  }

  /** Throws TCN_BUS_COST while the principal may not use such a filter. */
  check(principal: Principal, matcher: Matcher, now: number): void {
    const { name } = principal
    const barred = this.#barred.get(name)
    if (barred === undefined || now >= barred.until || matcher.cost < barred.cost) return
    if (this.#authorize(principal, 'owner')) return
    const seconds = Math.ceil((barred.until - now) / 1000)
    throw new TocsinError(
      'TCN_BUS_COST',
      `${name} may not use a filter that costs ${barred.cost} or more for ${seconds} s, because such filters took too long`,
    )
  }

  /**
   * Keeps the time of a group that loses its last member, so that a principal that leaves and subscribes again gets
   * no more time than one that stays.
   */
  leave({ name }: Principal, { meter, members, matcher }: Group, now: number): void {
    if (meter === undefined || meter.spent === 0 || members > 1) return
    const spent = (this.#left.get(name) ?? 0) + meter.spent
    this.#left.set(name, spent)
    if (spent > this.#limits.matchTime) this.#bar(name, matcher.cost, now)
  }

  /** Returns the subscriptions that take too much; to be called every second or so. */
  overspent<T extends Member>(members: Iterable<T>, now: number): T[] {
    const isOver = now >= this.#periodEnd
    const meters = new Set<{ spent: number }>()
    const costly: T[] = []
    for (const [name, groups] of byPrincipal(members)) {
      for (const { meter } of groups.keys()) meters.add(meter)
      costly.push(...this.#costliest(name, groups, now))
    }
    // The time that ended a subscription must not end others.
    for (const { meter } of costly.map(({ group }) => group)) if (meter !== undefined) meter.spent = 0
    if (isOver) this.#startPeriod(meters, now)
    return costly
  }

  /** The subscriptions whose groups must go so that the others stay within the limit. */
  #costliest<T extends Member>(name: string, groups: Map<MeteredGroup, T[]>, now: number): T[] {
    let spent = 0
    for (const { meter } of groups.keys()) spent += meter.spent
    const costly: T[] = []
    for (const [group, users] of [...groups].sort(([a], [b]) => b.meter.spent - a.meter.spent)) {
      if (spent <= this.#limits.matchTime) break
      spent -= group.meter.spent
      costly.push(...users)
      this.#bar(name, group.matcher.cost, now)
    }
    return costly
  }

  #bar(name: string, cost: number, now: number): void {
    const { cost: before = cost } = this.#barred.get(name) ?? {}
    this.#barred.set(name, { cost: Math.min(cost, before), until: now + BARRED_MS })
  }

  #startPeriod(meters: Iterable<{ spent: number }>, now: number): void {
    this.#periodEnd = now + PERIOD_MS
    this.#left.clear()
    for (const meter of meters) meter.spent = 0
    for (const [name, { until }] of this.#barred) if (now >= until) this.#barred.delete(name)
  }
}

/** The groups that took time, with the subscriptions of each principal. */
function byPrincipal<T extends Member>(members: Iterable<T>): Map<string, Map<MeteredGroup, T[]>> {
  const principals = new Map<string, Map<MeteredGroup, T[]>>()
  for (const member of members) {
    const { principal, group } = member
    if (!tookTime(group)) continue
    const groups = principals.get(principal.name) ?? new Map<MeteredGroup, T[]>()
    principals.set(principal.name, groups)
    const users = groups.get(group)
    if (users === undefined) groups.set(group, [member])
    else users.push(member)
  }
  return principals
}

function tookTime(group: Group): group is MeteredGroup {
  return group.meter !== undefined && group.meter.spent > 0
}
