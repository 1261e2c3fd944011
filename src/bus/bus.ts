import { TocsinError } from '../event/errors.js'
import { encode, encodeFrame } from '../event/index.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import { compileFilter, type Matcher, parseFilter, type TypeOf } from '../filter/index.js'
import { intersect } from '../filter/intersect.js'
import type { EventLog, FrameBatch } from '../log/event-log.js'
import type { Bucket, StateStore } from '../state/state-store.js'
import type { BusApi, PublisherOptions, SubscribeRequest, SubscriptionApi } from './api.js'
import { Consumers, type ConsumersHost } from './consumers/consumers.js'
import { diagnostics } from './diagnostics.js'
import { FlowControl } from './flow-control.js'
import { checkGateNames, Gates } from './gates.js'
import type { Group } from './group.js'
import { GroupTable } from './group-table.js'
import type { BusLimits } from './limits.js'
import { Marks } from './marks.js'
import type { Authorize, Principal } from './principal.js'
import { type Producer, Producers } from './producers.js'
import { Publisher, type PublisherHost } from './publisher.js'
import { type LogView, resolveEnd, resolveStart, type Start } from './range.js'
import type { Sink } from './sink.js'
import { Subscription, type SubscriptionHost } from './subscription.js'
import { TickBudget } from './tick-budget.js'

export interface BusOptions {
  runtime: Runtime
  log: EventLog
  state: StateStore
  authorize: Authorize
  typeOf: TypeOf
  limits: BusLimits
  /** Source of the hub's own events. */
  origin: string
}

export interface OwnEvent {
  tag: string
  data: unknown
  /** Default: the hub. */
  source?: string
  /** Where it stands in a stream that may be read again after a crash: a repeat is not stored. */
  place?: { stream: string; counter: number }
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
  readonly #groups = new GroupTable()
  readonly #subscriptions = new Map<number, Subscription>()
  readonly #publishers = new Set<Publisher>()
  readonly #producers: Producers
  readonly #flow: FlowControl
  readonly #marks: Marks
  readonly #budget: TickBudget
  readonly #gates: Gates
  #settling: Publisher[] = []
  readonly #unanchored = new Map<string, number>()
  readonly #producerBucket: Bucket
  readonly #stopListening: () => void
  /** Delivered and refused: of those who have left. */
  readonly #counted = { accepted: 0, delivered: 0, refused: 0 }
  #stored: number
  #storedBytesOfTick = 0
  #flushScheduled = false
  #flushing = false
  readonly #late: FrameBatch[] = []
  #cancelSweep: Cancel | undefined
  #nextId = 1
  #nextSnapshot: number
  #closed = false
  flushed: number

  private constructor(options: BusOptions) {
    const { runtime, log, state, limits } = options
    this.#options = options
    this.#runtime = runtime
    this.log = log
    this.durable = log.stats.engine !== 'memory'
    this.#producers = new Producers(runtime, limits.producers)
    this.#producerBucket = state.bucket('producers')
    this.#flow = new FlowControl(log, runtime, limits.unflushed, this.#resumePublishers)
    this.#marks = new Marks(limits.queue)
    this.#gates = new Gates(runtime, options.authorize, limits.gateDeadline)
    this.#budget = new TickBudget(runtime, limits.catchUpPerTick)
    this.#stored = log.last
    this.flushed = log.last
    this.consumers = this.#makeConsumers()
    this.#nextSnapshot = runtime.monotonic() + SNAPSHOT_EVERY
    this.#stopListening = log.onStored(this.#onStored)
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
    return this.#marks.total
  }

  get subscriptions(): Iterable<Subscription> {
    return this.#subscriptions.values()
  }

  get publishers(): Iterable<Publisher> {
    return this.#publishers
  }

  /** Events since the bus was opened. */
  counters(): { accepted: number; delivered: number; refused: number } {
    const total = { ...this.#counted }
    for (const { events } of this.#subscriptions.values()) total.delivered += events
    for (const { refused } of this.#publishers) total.refused += refused
    return total
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
    if (this.#closed) throw new TocsinError('TCN_BUS_CLOSED')
    const { authorize } = this.#options
    const publisher = new Publisher(this, {
      principal,
      events: options.events,
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
    this.#counted.refused += publisher.refused
    this.#gates.publisherLeft(publisher)
  }

  settle(publisher: Publisher): void {
    if (publisher.settling) return
    publisher.settling = true
    this.#settling.push(publisher)
    this.#schedule()
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

  // ---- delivering

  #onStored = (batch: FrameBatch): void => {
    this.#counted.accepted += batch.count
    // What a sink publishes while it is written to is part of the next tick, and all that follows.
    if (this.#flushing || this.#late.length > 0) this.#late.push({ ...batch })
    else this.#collect(batch)
    this.#schedule()
  }

  #collect(batch: FrameBatch): void {
    this.#groups.collect(batch)
    this.#stored = batch.lastSeq
    this.#storedBytesOfTick += batch.bytes.length
  }

  #schedule(): void {
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    this.#runtime.soon(this.#flushTick)
  }

  #flushTick = (): void => {
    this.#flushScheduled = false
    this.flush()
  }

  /**
   * Writes out what the tick brought. `flushed` moves last: who falls behind meanwhile has seen nothing
   * of it. All groups are empty afterwards; what is published in answer waits for the next flush.
   */
  flush(): void {
    if (this.#flushing) return
    if (this.#late.length > 0) for (const batch of this.#late.splice(0)) this.#collect(batch)
    const settling = this.#takeSettling()
    this.#flushing = true
    if (this.#stored > this.flushed) {
      this.#groups.flush()
      this.flushed = this.#stored
      this.#marks.advance(this.flushed, this.#storedBytesOfTick)
      this.#storedBytesOfTick = 0
    }
    for (let i = 0; i < settling.length; i++) settling[i].tellAccepted()
    this.#gates.tell()
    this.#flushing = false
  }

  /** Who settles from now on is told after the next flush. */
  #takeSettling(): readonly Publisher[] {
    const settling = this.#settling
    if (settling.length === 0) return settling
    this.#settling = []
    for (const publisher of settling) publisher.settling = false
    return settling
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
    { matcher, ...fields }: { request: SubscribeRequest; matcher: Matcher; sink: Sink; cursor: number; to: number | undefined },
  ): Subscription {
    this.#checkOpen()
    const group = this.#groups.acquire(matcher, fields.request.format)
    const subscription = new Subscription(this, { id: this.#nextId++, principal, group, ...fields })
    this.#register(subscription)
    return subscription
  }

  #makeConsumers(): Consumers {
    const { authorize, limits, state, typeOf } = this.#options
    const host: ConsumersHost = {
      log: this.log,
      runtime: this.#runtime,
      authorize,
      most: limits.consumers,
      unacknowledged: limits.unacknowledged,
      compile: (filter) => compileFilter(filter, { typeOf }),
      resolve: (position, otherwise) => this.#resolve(position, otherwise),
      serve: (principal, { matcher, cursor, label, consumer }, sink) => {
        this.#checkUnanchored(principal, matcher)
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
    this.#countUnanchored(subscription, -1)
    try {
      const group = this.#groups.acquire(this.#matcher(principal, filters), subscription.group.format)
      this.#groups.release(subscription.group)
      this.#countUnanchored({ principal, group }, 1)
      return group
    } catch (error) {
      this.#countUnanchored(subscription, 1)
      throw error
    }
  }

  released(subscription: Subscription): void {
    this.#subscriptions.delete(subscription.id)
    this.#counted.delivered += subscription.events
    this.#countUnanchored(subscription, -1)
    this.#groups.release(subscription.group)
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
    return this.#marks.seqBehind(bytes, this.flushed)
  }

  #register(subscription: Subscription): void {
    this.#subscriptions.set(subscription.id, subscription)
    this.#countUnanchored(subscription, 1)
    if (diagnostics.subscriber.hasSubscribers) diagnostics.subscriber.publish({ joined: subscription })
  }

  /** The filter of a request within what the principal may see. */
  #matcher(principal: Principal, filters: SubscribeRequest['filters']): Matcher {
    const { typeOf, authorize } = this.#options
    const matcher = intersect(compileFilter(parseFilter(filters), { typeOf }), authorize(principal, 'see'))
    this.#checkUnanchored(principal, matcher)
    return matcher
  }

  #checkUnanchored({ name }: Principal, matcher: Matcher): void {
    const { unanchoredFilters } = this.#options.limits
    if (!isUnanchored(matcher) || (this.#unanchored.get(name) ?? 0) < unanchoredFilters) return
    throw new TocsinError('TCN_FILTER_TOO_MANY', `${name} has ${unanchoredFilters} filters without a literal prefix`)
  }

  #checkOpen(): void {
    if (this.#closed) throw new TocsinError('TCN_BUS_CLOSED')
  }

  #countUnanchored(holder: { principal: Principal; group: Group }, step: 1 | -1): void {
    if (!isUnanchored(holder.group.matcher)) return
    const { name } = holder.principal
    const count = (this.#unanchored.get(name) ?? 0) + step
    if (count > 0) this.#unanchored.set(name, count)
    else this.#unanchored.delete(name)
  }

  // ---- keeping house

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

/** Such a filter is tried on every event; there may not be many. */
function isUnanchored(matcher: Matcher): boolean {
  return !matcher.all && matcher.prefixes === undefined
}
