import { Access } from '../../../src/access/index.js'
import type { LagPolicy, PublisherApi } from '../../../src/bus/api.js'
import { Bus } from '../../../src/bus/bus.js'
import { DEFAULT_BUS_LIMITS } from '../../../src/bus/limits.js'
import { encode, encodeFrame, iterateFrames } from '../../../src/event/index.js'
import type { EventLog } from '../../../src/log/index.js'
import { openMemoryState, type StateStore } from '../../../src/state/index.js'
import { concat } from '../../event/bytes.js'
import { typeOf } from '../fixture.js'
import type { ModelFilter } from './filters.js'
import { ModelSubscriber, type Stored } from './model-subscriber.js'
import type { SeededRuntime } from './seeded-runtime.js'

export interface Engine {
  open(runtime: SeededRuntime): Promise<EventLog>
  /** Opens the log again, as the next run of the hub does; the old one is not used any more. */
  reopen(log: EventLog, runtime: SeededRuntime): Promise<EventLog>
}

const KiB = 1024

/** Limits so small that a few events exceed them. */
export const modelLimits = { queue: 150 * KiB, catchUpPerTick: 100 * KiB }

/** Bodies of events, encoded once. */
const bodies = [20, 30 * KiB, 100 * KiB].map((size) => encode(new Uint8Array(size)))

const PRODUCERS = 2

/** A bus, the events that were stored in it, and its subscribers. */
export class World {
  readonly runtime: SeededRuntime
  readonly stored: Stored[] = []
  readonly subscribers: ModelSubscriber[] = []
  readonly failures: string[] = []
  readonly #engine: Engine
  readonly #access = new Access({}, { typeOf }, 'host/test')
  readonly #state: StateStore
  #log: EventLog
  #bus!: Bus
  #endOfLife: () => void = () => undefined
  #publishers: PublisherApi[] = []
  #counters: number[] = Array(PRODUCERS).fill(0)
  /** The latest frames of each producer, kept to be repeated. */
  #sent: Uint8Array[][] = Array.from({ length: PRODUCERS }, () => [])
  #ids = 0
  readonly #storedTags = new Set<string>()

  private constructor(runtime: SeededRuntime, engine: Engine, log: EventLog) {
    this.runtime = runtime
    this.#engine = engine
    this.#log = log
    this.#state = openMemoryState({ runtime })
  }

  static async open(runtime: SeededRuntime, engine: Engine): Promise<World> {
    const world = new World(runtime, engine, await engine.open(runtime))
    await world.#start()
    return world
  }

  get log(): EventLog {
    return this.#log
  }

  get bus(): Bus {
    return this.#bus
  }

  get open(): ModelSubscriber[] {
    return this.subscribers.filter(({ over }) => !over)
  }

  /** Sends events in one call; each tag is `<letter>/<number>`. */
  publish(producer: number, events: readonly { letter: string; size: number }[]): void {
    // A hub that stops leaves events unanswered; their producer would have to send them again later.
    if (this.#bus.closing) return
    const frames = events.map(({ letter, size }) =>
      encodeFrame({
        tag: `${letter}/${++this.#ids}`,
        source: 'host/test',
        body: bodies[size],
        seq: ++this.#counters[producer],
      }),
    )
    this.#sent[producer] = [...this.#sent[producer], ...frames].slice(-5)
    this.#send(producer, frames)
  }

  /** Sends events again, like a producer that lost the acknowledgement and reconnected. */
  repeat(producer: number): void {
    this.#connect(producer)
    this.#send(producer, this.#sent[producer])
  }

  async subscribe(request: {
    position: (world: World) => ModelPosition
    filter: ModelFilter
    lag: LagPolicy
    bounded: boolean
    /** Publishes while the subscription is being opened. */
    meanwhile?: () => void
  }): Promise<void> {
    const { filter, lag, bounded, meanwhile } = request
    // Subscribing begins with a flush, and events published in response to that come before it too.
    while (this.#bus.dispatched < this.#log.last) this.#bus.flush()
    const position = request.position(this)
    const { stored, failures } = this
    const to = bounded ? this.#log.last : undefined
    const common = { log: () => this.#log, stored, failures, queue: modelLimits.queue }
    const subscriber = new ModelSubscriber({ ...common, filter, lag, ...position, to })
    this.#answerQuestions(subscriber)
    this.subscribers.push(subscriber)
    const principal = this.#access.principal('admin')
    const { from, otherwise } = position
    const asked = {
      label: 'model',
      filters: filter.filters,
      from,
      otherwise,
      lag,
      to: bounded ? 'end' : undefined,
    }
    const subscribing = this.#bus.subscribe(principal, asked, subscriber)
    meanwhile?.()
    subscriber.api = await subscribing
    subscriber.api.drained()
  }

  /** Breaks the connection; its client reconnects with its cursor. */
  async reconnect(subscriber: ModelSubscriber): Promise<void> {
    subscriber.gone = true
    subscriber.api?.close()
    await this.#comeBack(subscriber)
  }

  compact(keep: number): Promise<unknown> {
    return this.#bus.compact({ bytes: keep }, 'manual')
  }

  /** Stops the hub or lets it crash; all subscribers reconnect to the next run. */
  async restart(crash: boolean): Promise<void> {
    const before = this.open
    if (crash) {
      for (const subscriber of before) subscriber.gone = true
      this.#endOfLife()
    } else {
      await this.#finish(this.#bus.close())
      for (const subscriber of before) {
        if (!subscriber.over) this.failures.push('nobody told a subscriber that the hub stops')
        subscriber.gone = true
      }
      this.#endOfLife()
    }
    this.#log = await this.#finish(this.#engine.reopen(this.#log, this.runtime))
    await this.#start()
    for (const subscriber of before) await this.#comeBack(subscriber)
  }

  /** Drains all subscribers until the bus is idle, and checks the result. */
  async settle(): Promise<void> {
    for (let round = 0; round < 200; round++) {
      for (const subscriber of this.open) subscriber.drain()
      await this.runtime.quiet()
      await this.runtime.pass(6)
      const isQuiet = [...this.#bus.subscriptions].every(({ state }) => state === 'live')
      if (isQuiet && this.#bus.dispatched === this.#log.last) break
    }
    for (const subscriber of this.subscribers) subscriber.checkComplete(this.#log.last)
  }

  async close(): Promise<void> {
    await this.#finish(this.#bus.close())
    this.#endOfLife()
    await this.#finish(this.#log.close())
  }

  async #start(): Promise<void> {
    const life = this.runtime.life()
    const log: EventLog = Object.create(this.#log)
    const removals: (() => void)[] = [this.#log.onStored(({ bytes }) => this.#note(bytes))]
    log.onStored = (listener) => {
      const remove = this.#log.onStored(listener)
      removals.push(remove)
      return remove
    }
    // Properties of a class with private fields must be read from the log itself.
    for (const name of ['epoch', 'first', 'last', 'lost', 'stats'] as const) {
      Object.defineProperty(log, name, { get: () => this.#current(name) })
    }
    for (const name of ['append', 'durable', 'read', 'seek', 'compact', 'summaries'] as const) {
      const call = this.#log[name] as ((...args: never[]) => unknown) | undefined
      Object.defineProperty(log, name, { value: call?.bind(this.#log) })
    }
    this.#endOfLife = () => {
      life.end()
      for (const remove of removals) remove()
    }
    const limits = { ...DEFAULT_BUS_LIMITS, ...modelLimits }
    const { authorize } = this.#access
    const options = {
      runtime: life.runtime,
      log,
      state: this.#state,
      authorize,
      typeOf,
      limits,
      origin: 'hub',
    }
    this.#bus = await this.#finish(Bus.open(options))
    this.#publishers = []
    for (let producer = 0; producer < PRODUCERS; producer++) this.#connect(producer)
  }

  #current<Name extends 'epoch' | 'first' | 'last' | 'lost' | 'stats'>(name: Name): EventLog[Name] {
    return this.#log[name]
  }

  /** Connects a producer. A log in memory loses its counters with the bus, so no older events are repeated then. */
  #connect(producer: number): void {
    const events = {
      accepted: () => undefined,
      durable: () => undefined,
      refused: (counter: number, { code }: { code: string }) =>
        this.failures.push(`${counter} refused: ${code}`),
      gateDone: () => undefined,
      resumed: () => undefined,
      closed: () => undefined,
    }
    const options = { producer: `p${producer}`, events: events as never }
    const publisher = this.#bus.publisher(this.#access.principal('admin'), options)
    this.#publishers[producer] = publisher
    const counter = this.#counters[producer]
    if (publisher.lastCounter === counter) return
    if (this.#bus.durable) this.failures.push(`last counter ${publisher.lastCounter}, published ${counter}`)
    this.#sent[producer] = []
  }

  #send(producer: number, frames: readonly Uint8Array[]): void {
    const bytes = concat(...frames)
    this.#publishers[producer].publish(bytes, 0, bytes.length)
  }

  #note(bytes: Uint8Array): void {
    for (const { seq, tag, time } of iterateFrames(bytes)) {
      if (this.#storedTags.has(tag)) this.failures.push(`${tag} was stored twice`)
      this.#storedTags.add(tag)
      this.stored.push({ seq, tag, time })
    }
  }

  /** Makes the first subscriber publish while it is written to. */
  #answerQuestions(subscriber: ModelSubscriber): void {
    const answered = new Set<string>()
    subscriber.onEvent = (tag) => {
      if (!tag.startsWith('q/') || answered.has(tag) || this.subscribers[0] !== subscriber) return
      answered.add(tag)
      this.publish(0, [{ letter: 'a', size: 0 }])
    }
  }

  async #comeBack({ filter, lag, at, to }: ModelSubscriber): Promise<void> {
    if (to !== undefined) return
    const position = () => ({ from: `${this.#log.epoch}-${at}`, at })
    await this.subscribe({ position, filter, lag, bounded: false })
  }

  /** Runs turns of the event loop until the work is done. */
  async #finish<Result>(work: Promise<Result>): Promise<Result> {
    let over = false
    const done = work.finally(() => {
      over = true
    })
    done.catch(() => undefined)
    while (!over) {
      await this.runtime.step()
      if (!over) await this.runtime.pass(1)
    }
    return done
  }
}

export interface ModelPosition {
  from: string | undefined
  otherwise?: 'start' | 'now'
  at: number
  expectedGap?: { reason: string; next: number }
}
