import { TocsinError } from '../event/errors.js'
import { encode, encodeFrame } from '../event/index.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import { type CompileOptions, compileFilter, intersect, type Matcher, parseFilter } from '../filter/index.js'
import type { CompactionReport, EventLog, FrameBatch, Retention } from '../log/event-log.js'
import type { Bucket, StateStore } from '../state/state-store.js'
import type { BusApi, OwnEvent, PublisherOptions, SubscribeRequest, SubscriptionApi } from './api.js'
import { Consumers, type ConsumersHost } from './consumers/consumers.js'
import { Delivery } from './delivery.js'
import { diagnostics } from './diagnostics.js'
import { checkFilterCount, FilterQuota } from './filter-quota.js'
import { FlowControl } from './flow-control.js'
import { checkGateNames, Gates } from './gates.js'
import type { Group } from './group.js'
import type { BusLimits } from './limits.js'
import type { Authorize, Principal } from './principal.js'
import { type Producer, Producers } from './producers.js'
import { Publisher, type PublisherHost } from './publisher.js'
import { type LogView, resolveEnd, resolveStart, type Start } from './range.js'
import type { Sink } from './sink.js'
import { Subscription, type SubscriptionHost } from './subscription.js'
import { TickBudget } from './tick-budget.js'
import { Totals } from './totals.js'

export interface BusOptions extends CompileOptions {
  runtime: Runtime
  log: EventLog
  state: StateStore
  authorize: Authorize
  limits: BusLimits
  /** Source of the hub's own events. */
  origin: string
}

/** How often quiet subscribers are looked at, and how long they may be left without a word, ms. */
const SWEEP = 1000
const POSITION_AFTER = 10_000
const SNAPSHOT_EVERY = 60_000

/**
 * Publishers on one side, subscribers on the other, the log between: what is published goes to the
 * log, and only what the log reports as stored is delivered, once a turn of the event loop.
 */
export class Bus implements BusApi, SubscriptionHost, PublisherHost {
  readonly log: EventLog
  readonly durable: boolean
  readonly consumers: Consumers
  readonly #options: BusOptions
  readonly #runtime: Runtime
  readonly #delivery: Delivery
  readonly #subscriptions = new Map<number, Subscription>()
  readonly #publishers = new Set<Publisher>()
  readonly #producers: Producers
  readonly #flow: FlowControl
  readonly #budget: TickBudget
  readonly #gates: Gates
  readonly #quota: FilterQuota
  readonly #producerBucket: Bucket
  readonly #stopListening: () => void
  readonly #totals = new Totals()
  #cancelSweep: Cancel | undefined
  #nextId = 1
  #nextSnapshot: number
  #closed = false

  private constructor(options: BusOptions) {
    const { runtime, log, state, limits } = options
    this.#options = options
    this.#runtime = runtime
    this.log = log
    this.durable = log.stats.engine !== 'memory'
    this.#producers = new Producers(runtime, limits.producers)
    this.#producerBucket = state.bucket('producers')
    this.#flow = new FlowControl(log, runtime, limits.unflushed, this.#resumePublishers)
    this.#gates = new Gates(runtime, options.authorize, limits.gateDeadline)
    this.#quota = new FilterQuota(limits.unanchoredFilters)
    this.#budget = new TickBudget(runtime, limits.catchUpPerTick)
    this.#delivery = new Delivery(runtime, log.last, limits.queue, () => this.#gates.tell())
    this.consumers = this.#makeConsumers()
    this.#nextSnapshot = runtime.monotonic() + SNAPSHOT_EVERY
    this.#stopListening = log.onStored(this.#delivery.onStored)
    this.#cancelSweep = runtime.after(SWEEP, this.#sweep)
  }

  static async open(options: BusOptions): Promise<Bus> {
    const bus = new Bus(options)
    await bus.#producers.restore(options.log, bus.#producerBucket)
    await bus.consumers.restore()
    return bus
  }

  get epoch(): string {
    return this.log.epoch
  }

  get flushed(): number {
    return this.#delivery.flushed
  }

  get first(): number {
    return Math.min(this.log.first, this.flushed + 1)
  }

  get largestFrame(): number {
    return this.#options.limits.frame
  }

  get queueLimit(): number {
    return this.#options.limits.queue
  }

  get suspended(): boolean {
    return this.#flow.suspended
  }

  get closing(): boolean {
    return this.#closed
  }

  get storedBytes(): number {
    return this.#delivery.marks.total
  }

  get subscriptions(): Iterable<Subscription> {
    return this.#subscriptions.values()
  }

  get publishers(): Iterable<Publisher> {
    return this.#publishers
  }

  counters() {
    return { accepted: this.#delivery.accepted, ...this.#totals.read(this.subscriptions, this.publishers) }
  }

  get tickTimes() {
    return this.#delivery.times
  }

  gatesOf(subscription: Subscription): string[] {
    return this.#gates.namesOf(subscription)
  }

  now(): number {
    return this.#runtime.now()
  }

  monotonic(): number {
    return this.#runtime.monotonic()
  }

  // ---- publishing

  publisher(principal: Principal, options: PublisherOptions): Publisher {
    this.#checkOpen()
    const { authorize } = this.#options
    const publisher = new Publisher(this, {
      ...options,
      principal,
      producer: this.#producer(principal, options.producer),
      named: options.producer !== undefined,
      rights: { publish: authorize(principal, 'publish'), produce: authorize(principal, 'produce') },
    })
    publisher.producer.owner = publisher
    this.#publishers.add(publisher)
    return publisher
  }

  /** An event of the hub itself or of a source it runs. False when the log did not take it. */
  emit(event: OwnEvent): boolean {
    const { tag, source = this.#options.origin, data, place } = event
    const producer = place && this.#producers.get(place.stream)
    if (place !== undefined && producer !== undefined && place.counter <= producer.last) return true
    const frame = encodeFrame({ tag, source, body: encode(data) })
    const producers = place && [{ key: place.stream, first: place.counter, last: place.counter, count: 1 }]
    let taken = false
    this.log.append({ bytes: frame, count: 1, firstSeq: 0, lastSeq: 0, producers }, (error) => {
      if (error !== undefined) return this.logFailed(error)
      taken = true
      if (producer !== undefined && place !== undefined) producer.last = place.counter
    })
    this.appended()
    return taken
  }

  announceGate(publisher: Publisher, name: string, counter: number, deadline: number | undefined): void {
    this.#gates.announce(publisher, name, counter, deadline)
  }

  gateStored(publisher: Publisher, counter: number, seq: number, frame: Uint8Array): void {
    this.#gates.stored(publisher, counter, seq, frame)
  }

  gatePassed(publisher: Publisher, counter: number): void {
    this.#gates.passed(publisher, counter)
  }

  left(publisher: Publisher): void {
    if (!this.#publishers.delete(publisher)) return
    this.#totals.publisherLeft(publisher)
    this.#gates.publisherLeft(publisher)
  }

  settle(publisher: Publisher): void {
    this.#delivery.settle(publisher)
  }

  appended(): void {
    this.#flow.appended()
  }

  logFailed(error: TocsinError): void {
    this.#flow.failed(error)
  }

  #producer(principal: Principal, name: string | undefined): Producer {
    if (name === undefined) return { key: '', last: 0, lastSeq: 0, seen: 0, owner: undefined, saved: 0 }
    const producer = this.#producers.get(Producers.key(principal, name))
    producer.owner?.takenOver()
    return producer
  }

  #resumePublishers = (): void => {
    for (const publisher of this.#publishers) publisher.events.resumed()
  }

  /** Writes out now what the tick has brought so far. */
  flush(): void {
    this.#delivery.flush()
  }

  // ---- subscribing

  async subscribe(principal: Principal, request: SubscribeRequest, sink: Sink): Promise<SubscriptionApi> {
    this.#checkOpen()
    if (request.consumer !== undefined) return this.consumers.attach(principal, request, sink)
    checkGateNames(request.gates)
    const start = await this.#resolve(request.from, request.otherwise)
    const to = await resolveEnd(request.to, this.#view())
    const matcher = this.#matcher(principal, request.filters)
    // The group must begin with an empty tick: what was stored before it is read from the log.
    this.flush()
    const cursor = request.from === undefined ? this.flushed : start.cursor
    const subscription = this.#open(principal, { request, matcher, sink, cursor, to })
    this.#gates.register(subscription, request.gates ?? [])
    if (start.gap !== undefined) sink.status(start.gap)
    subscription.start()
    return subscription
  }

  #resolve(position: string | undefined, otherwise: SubscribeRequest['otherwise']): Promise<Start> {
    this.flush()
    return resolveStart(position, this.#view(otherwise))
  }

  #view(otherwise: SubscribeRequest['otherwise'] = 'now'): LogView {
    return { log: this.log, flushed: this.flushed, now: this.#runtime.now(), otherwise }
  }

  #open(
    principal: Principal,
    {
      matcher,
      ...fields
    }: { request: SubscribeRequest; matcher: Matcher; sink: Sink; cursor: number; to: number | undefined },
  ): Subscription {
    this.#checkOpen()
    const group = this.#delivery.groups.acquire(matcher, fields.request.format)
    const subscription = new Subscription(this, { id: this.#nextId++, principal, group, ...fields })
    this.#subscriptions.set(subscription.id, subscription)
    this.#quota.take(principal, matcher)
    if (diagnostics.subscriber.hasSubscribers) diagnostics.subscriber.publish({ joined: subscription })
    return subscription
  }

  #makeConsumers(): Consumers {
    const { authorize, limits, state } = this.#options
    const host: ConsumersHost = {
      log: this.log,
      runtime: this.#runtime,
      authorize,
      most: limits.consumers,
      unacknowledged: limits.unacknowledged,
      compile: (filter) => compileFilter(filter, this.#options),
      resolve: (position, otherwise) => this.#resolve(position, otherwise),
      serve: (principal, { matcher, cursor, label, consumer }, sink) => {
        this.#quota.check(principal, matcher)
        this.flush()
        return this.#open(principal, { request: { label, consumer }, matcher, sink, cursor, to: undefined })
      },
    }
    return new Consumers(host, state)
  }

  regroup(subscription: Subscription, filters: SubscribeRequest['filters']): Group | undefined {
    const { principal } = subscription
    this.flush()
    if (subscription.state === 'ended') return undefined
    // Its filter goes, so that it does not count against the next one.
    const { group: old } = subscription
    this.#quota.giveBack(principal, old.matcher)
    try {
      const group = this.#delivery.groups.acquire(this.#matcher(principal, filters), old.format)
      this.#delivery.groups.release(old)
      this.#quota.take(principal, group.matcher)
      return group
    } catch (error) {
      this.#quota.take(principal, old.matcher)
      throw error
    }
  }

  released(subscription: Subscription): void {
    this.#subscriptions.delete(subscription.id)
    this.#totals.subscriberLeft(subscription)
    this.#quota.giveBack(subscription.principal, subscription.group.matcher)
    this.#delivery.groups.release(subscription.group)
    this.#gates.subscriberLeft(subscription)
    if (diagnostics.subscriber.hasSubscribers) diagnostics.subscriber.publish({ left: subscription })
  }

  progressed(): void {
    this.#gates.tell()
  }

  acknowledge(): void {
    throw new TocsinError('TCN_CONSUMER_INVALID', 'only connections of a durable consumer acknowledge events')
  }

  gateDone(subscription: Subscription, name: string, seq: number, answer: unknown): void {
    this.#gates.answer(subscription, name, seq, answer)
  }

  read(from: number, to: number, prefixes: readonly string[] | undefined): AsyncIterable<FrameBatch> {
    return this.log.read(from, { to, prefixes: prefixes as string[] | undefined })
  }

  budget(bytes: number): Promise<void> | undefined {
    return this.#budget.take(bytes)
  }

  seqBehind(bytes: number): number {
    return this.#delivery.marks.seqBehind(bytes, this.flushed)
  }

  /** The filter of a request within what the principal may see. */
  #matcher(principal: Principal, filters: SubscribeRequest['filters']): Matcher {
    checkFilterCount(filters, this.#options.limits.filtersPerSubscriber)
    const wanted = compileFilter(parseFilter(filters), this.#options)
    const matcher = intersect(wanted, this.#options.authorize(principal, 'see'))
    this.#quota.check(principal, matcher)
    return matcher
  }

  #checkOpen(): void {
    if (this.#closed) throw new TocsinError('TCN_BUS_CLOSED')
  }

  #sweep = (): void => {
    const now = this.#runtime.monotonic()
    for (const subscription of this.#subscriptions.values()) {
      subscription.enforceMaxLag()
      if (subscription.isQuiet && now - subscription.told >= POSITION_AFTER) subscription.tellPosition()
    }
    if (now >= this.#nextSnapshot) {
      this.#nextSnapshot = now + SNAPSHOT_EVERY
      void this.#saveProducers()
    }
    this.#cancelSweep = this.#runtime.after(SWEEP, this.#sweep)
  }

  /** Counters of producers are saved first: their events may be what goes. */
  async compact(policy: Retention, cause: 'automatic' | 'manual'): Promise<CompactionReport> {
    await this.#saveProducers()
    return this.log.compact(policy, cause)
  }

  /** A snapshot that fails is no loss: the log is read instead. */
  async #saveProducers(): Promise<void> {
    if (!this.durable) return
    await this.#producers.save(this.log, this.#producerBucket).catch(() => undefined)
  }

  /** Takes nothing more, delivers what was accepted, tells everybody, and leaves the log to its owner. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#cancelSweep?.()
    this.#flow.close()
    this.flush()
    // Whoever waits for `durable` still gets it. A disk that fails has told them so already.
    if (this.durable) await this.log.durable(this.log.last).catch(() => undefined)
    this.flush()
    for (const publisher of [...this.#publishers]) publisher.stop()
    await this.consumers.close()
    for (const subscription of [...this.#subscriptions.values()]) subscription.end('STOP', 'the hub stops')
    this.#stopListening()
    await this.#saveProducers()
  }
}
