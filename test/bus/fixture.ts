import { Access } from '../../src/access/index.js'
import type { Grant } from '../../src/access/rights.js'
import type { PublisherEvents, SubscribeRequest, SubscriptionApi } from '../../src/bus/api.js'
import { Bus } from '../../src/bus/bus.js'
import type { SharingHub } from '../../src/bus/consumers/shared-consumers.js'
import { type BusLimits, DEFAULT_BUS_LIMITS } from '../../src/bus/limits.js'
import type { Publisher } from '../../src/bus/publisher.js'
import type { EndReason, Sink, SubscriberStatus } from '../../src/bus/sink.js'
import { Event, encode, encodeFrame, type FrameParts, iterateFrames } from '../../src/event/index.js'
import { type EventLog, openMemoryLog } from '../../src/log/index.js'
import { openMemoryState, type StateStore } from '../../src/state/index.js'
import { concat } from '../event/bytes.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

export const typeOf = (tag: string) => `test.${tag.split('/')[0]}`

export interface TestBusOptions {
  runtime?: FakeRuntime
  log?: EventLog
  state?: StateStore
  limits?: Partial<BusLimits>
  grants?: Record<string, Grant>
  /** Maximum size of the log, if none is given. */
  maxBytes?: number
  slabBytes?: number
  /** This hub among those that share log and state. */
  sharing?: SharingHub
}

/** A bus whose time the test controls, with engines in memory unless others are given. */
export class TestBus {
  readonly runtime: FakeRuntime
  readonly log: EventLog
  readonly state: StateStore
  readonly access: Access
  readonly bus: Bus
  readonly #limits: BusLimits

  private constructor(
    runtime: FakeRuntime,
    log: EventLog,
    state: StateStore,
    access: Access,
    bus: Bus,
    limits: BusLimits,
  ) {
    this.#limits = limits
    this.runtime = runtime
    this.log = log
    this.state = state
    this.access = access
    this.bus = bus
  }

  static async open(options: TestBusOptions = {}): Promise<TestBus> {
    const { runtime = new FakeRuntime(), maxBytes, slabBytes } = options
    const { log = openMemoryLog({ runtime, maxBytes, slabBytes }) } = options
    const { state = openMemoryState({ runtime }) } = options
    const access = new Access(options.grants ?? {}, { typeOf }, 'host/test')
    const limits = { ...DEFAULT_BUS_LIMITS, ...options.limits }
    const { authorize } = access
    const { sharing } = options
    const bus = await Bus.open({
      runtime,
      log,
      state,
      authorize,
      typeOf,
      limits,
      origin: 'hub/test',
      sharing,
    })
    return new TestBus(runtime, log, state, access, bus, limits)
  }

  /** Changes limits as a reload of the configuration does. */
  limit(changed: Partial<BusLimits>): void {
    Object.assign(this.#limits, changed)
    this.bus.limitsChanged()
  }

  /** Opens a new bus on the same log and state. */
  async reopen(options: TestBusOptions = {}): Promise<TestBus> {
    await this.bus.close()
    const { runtime, log, state } = this
    return TestBus.open({ runtime, log, state, ...options })
  }

  publisher(options: { as?: string; producer?: string; repeats?: boolean } = {}): TestPublisher {
    return new TestPublisher(this, options)
  }

  /** Publishes one event for each tag with all rights, and waits until they are delivered. */
  async publish(...tags: string[]): Promise<void> {
    for (const tag of tags) this.store({ tag })
    await this.runtime.settle()
  }

  /** Publishes like `publish`, but returns before anything is delivered. */
  store(...events: Partial<FrameParts>[]): void {
    const publisher = this.publisher()
    publisher.send(...events)
    publisher.api.close()
  }

  async subscribe(
    request: Partial<SubscribeRequest> & { as?: string; sink?: TestSink } = {},
  ): Promise<TestSink> {
    const { as = 'admin', sink = new TestSink(), ...rest } = request
    sink.api = await this.bus.subscribe(this.access.principal(as), { label: 'test', ...rest }, sink)
    await this.runtime.settle()
    return sink
  }

  cursor(seq: number): string {
    return `${this.log.epoch}-${seq}`
  }
}

/** A publisher that records everything the bus reports to it. */
export class TestPublisher implements PublisherEvents {
  readonly api: Publisher
  readonly told: unknown[][] = []
  readonly #source: string
  #counter: number

  constructor(
    hub: TestBus,
    { as = 'admin', producer, repeats }: { as?: string; producer?: string; repeats?: boolean } = {},
  ) {
    const principal = hub.access.principal(as)
    this.#source = principal.source
    this.api = hub.bus.publisher(principal, { producer, repeats, events: this })
    this.#counter = this.api.lastCounter
  }

  /** Sends frames with rising counters, unless the parts give one as `seq`. */
  send(...events: Partial<FrameParts>[]): void {
    this.sendBytes(concat(...events.map((parts) => this.frame(parts))))
  }

  sendBytes(bytes: Uint8Array): void {
    this.api.publish(bytes, 0, bytes.length)
  }

  frame(parts: Partial<FrameParts>): Uint8Array {
    this.#counter = parts.seq ?? this.#counter + 1
    return encodeFrame({
      tag: 'test',
      source: this.#source,
      body: encode(null),
      ...parts,
      seq: this.#counter,
    })
  }

  /** Returns the reports since the last call. */
  take(): unknown[][] {
    return this.told.splice(0)
  }

  accepted(counter: number, seq: number): void {
    this.told.push(['accepted', counter, seq])
  }
  durable(counter: number): void {
    this.told.push(['durable', counter])
  }
  refused(counter: number, error: { code: string }, stage: string): void {
    this.told.push(['refused', counter, error.code, stage])
  }
  gateDone(done: unknown): void {
    this.told.push(['gateDone', done])
  }
  resumed(): void {
    this.told.push(['resumed'])
  }
  closed(code: string): void {
    this.told.push(['closed', code])
  }
}

/** A sink for a subscription. While it is stalled, `pending` grows. */
export class TestSink implements Sink {
  api!: SubscriptionApi
  pending = 0
  stalled = false
  ended: EndReason | undefined
  /** Events and status records, in the order in which they arrived. */
  readonly got: (Event | SubscriberStatus)[] = []
  onWrite: ((events: Event[]) => void) | undefined

  write(pieces: readonly Uint8Array[]): void {
    if (this.ended !== undefined) throw new Error('written to after the end')
    const events = pieces.flatMap((piece) => [...iterateFrames(piece)])
    this.got.push(...events)
    if (this.stalled) this.pending += pieces.reduce((sum, { length }) => sum + length, 0)
    this.onWrite?.(events)
  }

  status(status: SubscriberStatus): void {
    if (this.ended !== undefined) throw new Error('told after the end')
    this.got.push(status)
  }

  end(reason: EndReason): void {
    if (this.ended !== undefined) throw new Error('ended twice')
    this.ended = reason
  }

  stall(): void {
    this.stalled = true
  }

  /** Takes everything that waits. */
  drain(): void {
    this.stalled = false
    this.pending = 0
    if (this.ended === undefined) this.api.drained()
  }

  get events(): Event[] {
    return this.got.filter((entry) => entry instanceof Event)
  }

  get seqs(): number[] {
    return this.events.map(({ seq }) => seq)
  }

  get tags(): string[] {
    return this.events.map(({ tag }) => tag)
  }

  get statuses(): SubscriberStatus[] {
    return this.got.filter((entry): entry is SubscriberStatus => !(entry instanceof Event))
  }

  get gaps(): SubscriberStatus[] {
    return this.statuses.filter(({ type }) => type === 'gap')
  }

  /** Seqs of events and types of status records, in order. */
  get story(): (number | string)[] {
    return this.got.map((entry) => (entry instanceof Event ? entry.seq : entry.type))
  }
}
