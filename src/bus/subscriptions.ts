import { type CompileOptions, compileFilter, type Matcher, parseFilter } from '../filter/index.js'
import type { SeqRange } from '../log/event-log.js'
import type { SubscribeRequest } from './api.js'
import { diagnostics } from './diagnostics.js'
import { checkFilterCount, FilterQuota } from './filter-quota.js'
import { checkGateNames } from './gates.js'
import type { Group } from './group.js'
import type { BusLimits } from './limits.js'
import { LongBatches } from './long-batches.js'
import { MatchBudget } from './match-budget.js'
import type { Authorize, Principal } from './principal.js'
import { type LogView, refusedRange, resolveEnd, resolveStart, type Start } from './resolve-position.js'
import type { Sink } from './sink.js'
import { Subscription } from './subscription.js'
import type { SubscriptionHost } from './subscription-host.js'
import { visibleMatch } from './visible-events.js'

/** A subscriber without output receives its position after this time, so that its cursor does not expire. */
const POSITION_AFTER_MS = 10_000

/** Number of subscriptions that are ended in one turn because of their filters. */
const ENDED_PER_TURN = 64

export interface SubscriptionsOptions extends CompileOptions {
  authorize: Authorize
  /** Read anew for each request: a running hub may change them. */
  limits: Pick<BusLimits, 'filtersPerSubscriber' | 'unanchoredFilters' | 'filterCost' | 'matchTime' | 'queue'>
  /** Throws TCN_BUS_CLOSED when nothing may be opened any more. */
  checkOpen(): void
}

export interface NewSubscription {
  request: SubscribeRequest
  matcher: Matcher
  sink: Sink
  /** It receives the events after this seq. */
  cursor: number
  /** Last seq of a bounded subscription. */
  to: number | undefined
}

/** Every running subscription, those that serve durable consumers included. */
export class Subscriptions {
  readonly #byId = new Map<number, Subscription>()
  readonly #options: SubscriptionsOptions
  readonly #host: SubscriptionHost<Subscription>
  readonly #quota: FilterQuota
  readonly #matchBudget: MatchBudget
  #nextId = 1
  /** Totals of subscriptions that have ended. */
  #delivered = 0
  #skipped = 0

  constructor(
    parts: Pick<SubscriptionHost<Subscription>, 'runtime' | 'log' | 'delivery' | 'gates' | 'budget'>,
    options: SubscriptionsOptions,
  ) {
    this.#options = options
    this.#quota = new FilterQuota(options.limits)
    this.#matchBudget = new MatchBudget(options.limits, options.authorize)
    this.#host = {
      ...parts,
      longBatches: new LongBatches(parts.runtime),
      limits: options.limits,
      regroup: this.#regroup,
      released: this.#released,
    }
  }

  [Symbol.iterator](): Iterator<Subscription> {
    return this.#byId.values()
  }

  counters(): { delivered: number; skipped: number } {
    let [delivered, skipped] = [this.#delivered, this.#skipped]
    for (const subscription of this.#byId.values()) {
      delivered += subscription.delivered
      skipped += subscription.skipped
    }
    return { delivered, skipped }
  }

  async subscribe(principal: Principal, request: SubscribeRequest, sink: Sink): Promise<Subscription> {
    const { delivery, gates } = this.#host
    this.#options.checkOpen()
    checkGateNames(request.gates)
    const start = await this.resolve(request.from, request.otherwise, request.to)
    const to = await resolveEnd(request.to, this.#view())
    const matcher = this.#matcher(principal, request.filters)
    this.#checkTime(principal, matcher)
    // The group must begin with an empty tick: what was stored before it is read from the log.
    delivery.flush()
    const cursor = request.from === undefined ? delivery.dispatched : start.cursor
    const subscription = this.#open(principal, { request, matcher, sink, cursor, to })
    const registered = gates.register(subscription, request.gates ?? [])
    if (registered !== undefined) await this.#registered(subscription, registered)
    if (start.gap !== undefined) sink.status(start.gap)
    subscription.start()
    return subscription
  }

  /** Waits until other hubs know of the subscription, which may end meanwhile. */
  async #registered(subscription: Subscription, registered: Promise<void>): Promise<void> {
    try {
      await registered
    } catch (thrown) {
      subscription.close()
      throw thrown
    }
  }

  /** Throws TCN_RANGE_INVALID if the position is a time still to come, or later than `to`. */
  resolve(
    position: string | undefined,
    otherwise: SubscribeRequest['otherwise'],
    to?: string,
  ): Promise<Start> {
    const start = () =>
      resolveStart(position, () => {
        this.#host.delivery.flush()
        return this.#view(otherwise)
      })
    // An event that is stored while a subscription waits would be before its start.
    const refused = refusedRange({ from: position, to }, this.#view())
    return refused === undefined ? start() : refused.then(start)
  }

  /** Opens a subscription for a durable consumer, which starts it. Its filter counts against the principal's quota. */
  open(principal: Principal, fields: NewSubscription): Subscription {
    this.#quota.check(principal, fields.matcher)
    this.#checkTime(principal, fields.matcher)
    this.#host.delivery.flush()
    return this.#open(principal, fields)
  }

  /**
   * Ends subscriptions whose filters take too long or that are too far behind, and reports their position to those
   * that receive nothing.
   */
  sweep(now: number): void {
    const costly = this.#matchBudget.overspent(this.#byId.values(), now)
    if (costly.length > 0)
      this.#endCostly(costly.map((subscription) => ({ subscription, group: subscription.group })))
    this.#host.longBatches.sweep()
    for (const subscription of this.#byId.values()) {
      subscription.enforceMaxLag()
      if (subscription.isQuiet && now - subscription.lastOutput >= POSITION_AFTER_MS)
        subscription.reportPosition()
    }
  }

  /** Reports events to those that may have received them: the log does not have them any more. */
  lost({ from, to }: SeqRange): void {
    this.#host.delivery.flush()
    for (const { cursor, sink } of [...this.#byId.values()]) {
      const reached = Math.min(to, cursor)
      if (reached >= from)
        sink.status({ type: 'gap', from, to: reached, reason: 'lost-in-damage', next: cursor })
    }
  }

  /** Reports events to live subscriptions that were removed before they came here. Others find out as they read on. */
  expired({ from, to }: SeqRange): void {
    this.#host.delivery.restart(to)
    for (const subscription of [...this.#byId.values()]) {
      if (subscription.state !== 'live') continue
      subscription.skipped += to - from + 1
      subscription.sink.status({ type: 'gap', from, to, reason: 'expired', next: to })
    }
  }

  reauthorize(): void {
    for (const subscription of [...this.#byId.values()]) subscription.reauthorize()
  }

  stop(why = 'the hub stops'): void {
    for (const subscription of [...this.#byId.values()]) subscription.end('STOP', why)
  }

  /** Ends a few in each turn of the event loop, since a principal may have thousands. */
  #endCostly(costly: { subscription: Subscription; group: Group }[]): void {
    for (const { subscription, group } of costly.splice(0, ENDED_PER_TURN)) {
      // Meanwhile it may have another filter.
      if (subscription.group !== group) continue
      const { cost } = group.matcher
      subscription.end('TCN_BUS_COST', `testing its filter, which costs ${cost}, takes too much time`)
    }
    if (costly.length > 0) this.#host.runtime.soon(() => this.#endCostly(costly))
  }

  #open(principal: Principal, { matcher, ...fields }: NewSubscription): Subscription {
    this.#options.checkOpen()
    const group = this.#host.delivery.groups.acquire(matcher, fields.request.format)
    const subscription = new Subscription(this.#host, { id: this.#nextId++, principal, group, ...fields })
    this.#byId.set(subscription.id, subscription)
    this.#quota.take(principal, matcher)
    if (diagnostics.subscriber.hasSubscribers) diagnostics.subscriber.publish({ joined: subscription })
    return subscription
  }

  readonly #regroup = (
    subscription: Subscription,
    filters: SubscribeRequest['filters'],
  ): Group | undefined => {
    const { principal } = subscription
    const { delivery } = this.#host
    delivery.flush()
    if (subscription.state === 'ended') return undefined
    // The old filter is given back first, so that it does not count against the new one.
    const { group: old } = subscription
    this.#quota.giveBack(principal, old.matcher)
    try {
      const matcher = this.#matcher(principal, filters)
      if (matcher.key !== old.matcher.key) this.#checkTime(principal, matcher)
      const group = delivery.groups.acquire(matcher, old.format)
      this.#leave(principal, old)
      this.#quota.take(principal, group.matcher)
      return group
    } catch (error) {
      this.#quota.take(principal, old.matcher)
      throw error
    }
  }

  readonly #released = (subscription: Subscription): void => {
    this.#host.longBatches.left(subscription)
    this.#byId.delete(subscription.id)
    this.#delivered += subscription.delivered
    this.#skipped += subscription.skipped
    this.#quota.giveBack(subscription.principal, subscription.group.matcher)
    this.#leave(subscription.principal, subscription.group)
    this.#host.gates.subscriberLeft(subscription)
    if (diagnostics.subscriber.hasSubscribers) diagnostics.subscriber.publish({ left: subscription })
  }

  /** Returns the filter of a request, restricted to what the principal may see. */
  #matcher(principal: Principal, filters: SubscribeRequest['filters']): Matcher {
    checkFilterCount(filters, this.#options.limits.filtersPerSubscriber)
    const wanted = compileFilter(parseFilter(filters), this.#options)
    const matcher = visibleMatch(this.#options.authorize, principal, wanted)
    this.#quota.check(principal, matcher)
    return matcher
  }

  #checkTime(principal: Principal, matcher: Matcher): void {
    this.#matchBudget.check(principal, matcher, this.#host.runtime.monotonic())
  }

  #leave(principal: Principal, group: Group): void {
    this.#matchBudget.leave(principal, group, this.#host.runtime.monotonic())
    this.#host.delivery.groups.release(group)
  }

  #view(otherwise: SubscribeRequest['otherwise'] = 'now'): LogView {
    const { log, delivery, runtime } = this.#host
    return { log, dispatched: delivery.dispatched, now: runtime.now(), otherwise }
  }
}
