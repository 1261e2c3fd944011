import { TocsinError } from '../errors/tocsin-error.js'
import { type Cancel, endedInTime, type Runtime, STOP_MS } from '../event/runtime.js'
import { type CompileOptions, compileFilter } from '../filter/index.js'
import type { CompactionCause, CompactionReport, EventLog, FrameBatch, Retention } from '../log/event-log.js'
import { asCore } from '../parts/core.js'
import type { StateStore } from '../state/state-store.js'
import type { BusAdmin } from './admin.js'
import type {
  BusApi,
  HubPublisher,
  OwnEvent,
  PublisherOptions,
  SubscribeRequest,
  SubscriptionApi,
} from './api.js'
import { Consumers } from './consumers/consumers.js'
import type { SharingHub } from './consumers/shared-consumers.js'
import { Delivery, type TickTimes } from './delivery.js'
import { Gates } from './gates.js'
import { GuardedSink, guardedEvents } from './guarded-sink.js'
import type { BusLimits } from './limits.js'
import { HubGates } from './own-gates.js'
import type { Authorize, Principal } from './principal.js'
import type { Publisher } from './publisher.js'
import { PublisherPause } from './publisher-pause.js'
import { Publishers } from './publishers.js'
import { SharedGates } from './shared-gates.js'
import type { Sink } from './sink.js'
import type { BusCounters } from './statistics.js'
import type { Subscription } from './subscription.js'
import { Subscriptions } from './subscriptions.js'
import { TickBudget } from './tick-budget.js'

export interface BusOptions extends CompileOptions {
  runtime: Runtime
  /** The time by which age counts, µs; default: that of the clock. */
  believedTime?: () => number
  log: EventLog
  state: StateStore
  authorize: Authorize
  limits: BusLimits
  /** Source attribute of the hub's own events. */
  origin: string
  /** This hub among those that share log and state; undefined if it has both for itself. */
  sharing?: SharingHub | undefined
}

const SWEEP_MS = 1000
const SNAPSHOT_MS = 60_000

/**
 * Connects publishers, log and subscribers: published events go to the log, and only what the log reports as
 * stored is delivered, once per turn of the event loop.
 */
export class Bus implements BusApi, HubPublisher, BusAdmin {
  readonly log: EventLog
  readonly durable: boolean
  readonly largestFrame: number
  readonly consumers: Consumers
  readonly publishers: Publishers
  readonly subscriptions: Subscriptions
  readonly gates: HubGates
  /** The gates of this hub, for the other hubs that share its log. */
  readonly sharedGates: SharedGates
  readonly #runtime: Runtime
  readonly #limits: BusLimits
  readonly #backpressure: PublisherPause
  readonly #delivery: Delivery
  readonly budget: TickBudget
  readonly #stopListening: () => void
  #cancelSweep: Cancel
  #nextSnapshot: number

  private constructor(options: BusOptions) {
    const { runtime, log, state, limits, authorize } = options
    this.#runtime = runtime
    this.log = log
    this.durable = log.capabilities.durable
    this.largestFrame = Math.min(limits.frame, log.largestFrame ?? limits.frame)
    this.#limits = limits
    const gates = new Gates(runtime, authorize, limits)
    const backpressure = new PublisherPause(log, runtime, limits, () => this.publishers.resume())
    const delivery = new Delivery(runtime, log.last, limits, () => gates.announceReached())
    const budget = new TickBudget(runtime, limits)
    this.#backpressure = backpressure
    this.#delivery = delivery
    this.budget = budget
    this.publishers = new Publishers(
      { log, backpressure, delivery, gates },
      { ...options, bucket: state.bucket('producers') },
    )
    this.gates = new HubGates(gates, this.publishers)
    this.sharedGates = new SharedGates(gates, log, runtime)
    this.subscriptions = new Subscriptions(
      { runtime, log, delivery, gates, budget },
      { ...options, checkOpen: () => this.#checkOpen() },
    )
    this.consumers = this.#makeConsumers(options)
    this.#nextSnapshot = runtime.monotonic() + SNAPSHOT_MS
    this.#stopListening = log.onStored(this.#onStored(log.capabilities.shared))
    this.#cancelSweep = runtime.after(SWEEP_MS, this.#sweep)
  }

  static async open(options: BusOptions): Promise<Bus> {
    const bus = new Bus(options)
    await bus.publishers.restore(options.log)
    await bus.consumers.restore()
    return bus
  }

  get epoch(): string {
    return this.log.epoch
  }

  get first(): number {
    return this.log.first
  }

  get last(): number {
    return this.log.last
  }

  get dispatched(): number {
    return this.#delivery.dispatched
  }

  /** The longest wait at a gate, ms. */
  get gateDeadline(): number {
    return this.#limits.gateDeadline
  }

  get suspended(): boolean {
    return this.#backpressure.suspended
  }

  get isFilling(): boolean {
    return this.#backpressure.isFilling
  }

  get fault(): TocsinError | undefined {
    return this.log.stats.fault
  }

  caughtUp(): Promise<unknown> | undefined {
    return this.log.caughtUp?.()
  }

  get closing(): boolean {
    return this.publishers.closing
  }

  get storedBytes(): number {
    return this.#delivery.lagMeter.total
  }

  /** Bytes that subscribers which catch up, and methods, have read from the log since the start. */
  get readBytes(): number {
    return this.budget.spent
  }

  get tickTimes(): TickTimes {
    return this.#delivery.times
  }

  counters(): BusCounters {
    const { accepted } = this.#delivery
    return { accepted, refused: this.publishers.refused, ...this.subscriptions.counters() }
  }

  publisher(principal: Principal, options: PublisherOptions): Publisher {
    this.#checkOpen()
    return this.publishers.open(principal, { ...options, events: guardedEvents(options.events) })
  }

  emit(event: OwnEvent, stored?: () => void, failed?: () => void): boolean {
    return this.publishers.emit(event, stored, failed)
  }

  emitSoon(event: OwnEvent): boolean {
    return this.publishers.emitSoon(event)
  }

  emitFrames(frames: Uint8Array, count: number): boolean {
    return this.publishers.emitFrames(frames, count)
  }

  async settled(): Promise<void> {
    const fault = this.publishers.storeBatch()
    if (fault !== undefined) throw fault
    await this.log.settled?.()
    if (this.durable) await this.log.durable(this.log.last)
  }

  async flushed(seq: number): Promise<void> {
    if (this.durable) await this.log.durable(seq)
  }

  get flushedTo(): number {
    return this.durable ? this.log.flushed : this.log.last
  }

  subscribe(principal: Principal, request: SubscribeRequest, sink: Sink): Promise<SubscriptionApi> {
    return GuardedSink.attach(sink, (guarded) =>
      asCore(() =>
        request.consumer === undefined
          ? this.subscriptions.subscribe(principal, request, guarded)
          : this.#attach(principal, request, guarded),
      ),
    )
  }

  flush(): void {
    this.#delivery.flush()
  }

  reauthorize(): void {
    this.publishers.reauthorize()
    this.subscriptions.reauthorize()
    this.consumers.reauthorize()
  }

  limitsChanged(): void {
    this.publishers.limitsChanged()
    this.consumers.limitsChanged()
  }

  /**
   * Saves the counters of producers first: compaction may remove the events that they come from. On a full disk the
   * newest events wait, so those of what is to be removed are saved.
   */
  async compact(policy: Retention, cause: CompactionCause): Promise<CompactionReport> {
    if (policy.through === undefined) await this.#saveProducers()
    else await this.publishers.saveProducersUpTo(policy.through, this.log)
    return this.log.compact(policy, cause)
  }

  /**
   * Ends everything open, because another log has taken the place of the one that clients know: they come back, and learn
   * with a gap that their cursors belong to another log.
   */
  logReplaced(): void {
    if (this.closing) return
    this.#delivery.restart(this.log.last)
    const why = 'the log was replaced'
    this.publishers.logReplaced(why)
    this.consumers.restart(why)
    this.subscriptions.stop(why)
  }

  /** Accepts nothing more, delivers what was accepted, ends everything open, and leaves the log open for its owner. */
  async close(): Promise<void> {
    if (this.closing) return
    this.publishers.storeBatch()
    this.publishers.closing = true
    this.#cancelSweep()
    this.#backpressure.close()
    this.flush()
    const end = this.#runtime.monotonic() + STOP_MS
    // Publishers that wait for `durable` still receive it. If the disk fails, they have already received the error.
    await this.#ended(this.settled(), end)
    this.flush()
    this.publishers.stop()
    await this.#ended(this.consumers.close(), end)
    this.subscriptions.stop()
    this.#stopListening()
    await this.#ended(this.#saveProducers(), end)
  }

  /**
   * Work that is shared may wait for other hubs, or for a network that does not answer, for any time: here until
   * `end`.
   */
  #ended(work: Promise<void>, end: number): Promise<void> {
    if (!this.log.capabilities.shared) return work.catch(() => undefined)
    return endedInTime(this.#runtime, work, Math.max(0, end - this.#runtime.monotonic()))
  }

  async #attach(principal: Principal, request: SubscribeRequest, sink: Sink): Promise<SubscriptionApi> {
    this.#checkOpen()
    return this.consumers.attach(principal, request, sink)
  }

  #onStored(isShared: boolean): (batch: FrameBatch) => void {
    const { onStored } = this.#delivery
    if (!isShared) return onStored
    return (batch) => {
      this.publishers.follow(batch)
      onStored(batch)
    }
  }

  #makeConsumers(options: BusOptions): Consumers {
    const { runtime, log, state, limits, authorize, sharing } = options
    return new Consumers(
      {
        log,
        runtime,
        authorize,
        sharing,
        limits,
        compile: (filter) => compileFilter(filter, options),
        resolve: (position, otherwise) => this.subscriptions.resolve(position, otherwise),
        serve: (principal, { matcher, cursor, label, consumer }, sink): Subscription =>
          this.subscriptions.open(principal, {
            request: { label, consumer },
            matcher,
            sink,
            cursor,
            to: undefined,
          }),
      },
      state,
    )
  }

  #checkOpen(): void {
    if (this.closing) throw new TocsinError('TCN_BUS_CLOSED')
  }

  readonly #sweep = (): void => {
    const now = this.#runtime.monotonic()
    this.subscriptions.sweep(now)
    if (now >= this.#nextSnapshot) {
      this.#nextSnapshot = now + SNAPSHOT_MS
      void this.#saveProducers()
    }
    this.#cancelSweep = this.#runtime.after(SWEEP_MS, this.#sweep)
  }

  /** A snapshot that fails loses nothing: at the next start, the log is read instead. */
  async #saveProducers(): Promise<void> {
    if (this.durable) await this.publishers.saveProducers(this.log).catch(() => undefined)
  }
}
