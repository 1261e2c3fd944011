import { oneLineOf } from '../errors/thrown.js'
import { scatteredPause } from '../event/retry-pause.js'
import { type Cancel, endedInTime, type Runtime, withTimeout } from '../event/runtime.js'
import { tagSegment } from '../event/tag.js'
import { Boundary } from '../parts/boundary.js'
import { MOST_FAILURES } from '../parts/part.js'
import type { MetricSample } from '../types/metric.js'
import { EventPolicy } from './event-policy.js'
import { FailedItems, type ItemListener } from './failed-items.js'
import { guardedSink } from './guarded-sink.js'
import { Reports } from './reports.js'
import type {
  OnceSources,
  ReadPosition,
  SourceContext,
  SourceDefinition,
  SourceHost,
  SourceStatus,
  StreamCounter,
} from './source.js'
import { conclude, drain, type SourceInstance } from './source-instance.js'
import { SourcePosition } from './source-position.js'
import { whereItRuns } from './standby.js'
import { StreamNames } from './stream-counter.js'
import { timeOfData } from './time-of-data.js'

const PAUSES = { first: 1_000, longest: 60_000 }
/** After a failure at one item, behind which all others wait. */
const ITEM_PAUSES = { first: 100, longest: 5_000 }
/** After running for this time, a failure is followed by the shortest pause again. */
const STEADY_AFTER_MS = 60_000
const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 5_000
const KEEP_TIMEOUT_MS = 2_000
/**
 * Interval at which a source that runs once looks which hub is the primary. One that takes over waits that long for
 * the other.
 */
const STANDBY_MS = 1_000

/** Runs one source: starts it, restarts it when it fails, watches for silence, and stores its position. */
export class SourceRunner {
  readonly name: string
  readonly origin: string
  /** Times that the source came up. */
  starts = 0
  readonly definition: SourceDefinition
  readonly #host: SourceHost
  /** Undefined if the source is not limited to one hub of a cluster. */
  readonly #once: OnceSources | undefined
  readonly #runtime: Runtime
  readonly #streams: StreamNames
  readonly #reports: Reports
  readonly #position: SourcePosition
  readonly #items: FailedItems
  #instance: SourceInstance | undefined
  #ending: Promise<void> = Promise.resolve()
  #state: SourceStatus['state'] = 'stopped'
  #since: number
  #reason: string | undefined
  #failures = 0
  /** The number of failures of the item that has ended the last instance; undefined if something else has. */
  #itemFailures: number | undefined
  #restarts = 0
  #events = 0
  #lost = 0
  #lastEvent: number | undefined
  #lastActivity = 0
  #restart: Cancel | undefined
  #silence: Cancel | undefined
  #look: Cancel | undefined

  constructor(definition: SourceDefinition, given: SourceHost) {
    this.definition = definition
    this.#once = definition.once ? given.once : undefined
    const host = this.#once?.host ?? given
    this.#host = host
    this.#runtime = host.runtime
    this.name = definition.name
    this.origin = definition.origin ?? `host/${tagSegment(host.hostname)}/${definition.name}`
    this.#streams = new StreamNames(definition.name)
    this.#reports = new Reports(host, definition.name)
    const { origin, name } = this
    this.#items = new FailedItems({ host, name, origin, tags: definition.tags ?? origin })
    const publishGaps = () => this.#reports.flush()
    this.#position = new SourcePosition(host, name, () => this.#items.stored, publishGaps)
    this.#since = this.#runtime.now()
  }

  start(): void {
    if (this.#state !== 'stopped') return
    if (this.#once !== undefined) this.#standBy()
    else this.#begin()
  }

  /** Resolves within a few seconds, even if the source hangs. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return this.#ending
    this.#restart?.()
    this.#look?.()
    const wasDown = this.#state === 'down' || this.#state === 'standby'
    this.#enter('stopped')
    this.#end({ isDrained: true })
    await this.#ending
    if (!wasDown) this.#reports.state('down', 'stopped', this.#since)
    this.#reports.close()
    await endedInTime(this.#runtime, this.#position.keepAll(this.#reports.gaps), KEEP_TIMEOUT_MS)
    this.#position.release()
  }

  status(): SourceStatus {
    return {
      name: this.name,
      origin: this.origin,
      state: this.#state,
      since: this.#since,
      reason: this.#state === 'standby' ? whereItRuns(this.#once) : this.#reason,
      events: this.#events,
      lost: this.#lost,
      parked: this.#items.parked,
      lastEvent: this.#lastEvent,
      restarts: this.#restarts,
      health: this.#health(),
    }
  }

  inspect(): readonly object[] {
    return this.#about(() => this.definition.inspect?.() ?? [])
  }

  samples(): Iterable<MetricSample> {
    // A zero would look like a fault, and another hub runs it.
    return this.#about(() => (this.#state === 'standby' ? [] : [...(this.definition.samples?.() ?? [])]))
  }

  /** Returns the facts that a source reports about itself; none if that fails. */
  #about<Item>(ask: () => readonly Item[]): readonly Item[] {
    const instance = this.#instance
    const boundary = instance?.boundary ?? new Boundary('source', this.name, () => undefined)
    return boundary.take(ask) ?? []
  }

  #begin(): void {
    this.#enter('starting')
    void this.#launch()
  }

  /** Another hub runs the source. It begins here once this hub has been the primary for two looks. */
  #standBy(): void {
    this.#restart?.()
    this.#enter('standby')
    this.#end()
    void this.#ending.then(() => this.#position.release())
    let wasPrimary = false
    const look = () => {
      const isPrimary = this.#mayPublish
      if (isPrimary && wasPrimary) void this.#ending.then(() => this.#takeOver())
      else this.#look = this.#runtime.after(STANDBY_MS, look)
      wasPrimary = isPrimary
    }
    look()
  }

  #takeOver(): void {
    if (this.#state !== 'standby') return
    this.#begin()
    const look = () => {
      if (this.#mayPublish) this.#look = this.#runtime.after(STANDBY_MS, look)
      else this.#standBy()
    }
    look()
  }

  /** Asked before each event: a process that stood still may have another primary by now. */
  get #mayPublish(): boolean {
    return this.#once?.isPrimary ?? true
  }

  async #launch(): Promise<void> {
    let instance: SourceInstance | undefined
    const boundary = new Boundary('source', this.name, (thrown) => this.#fail(instance, thrown))
    try {
      const source = boundary.run(() => this.definition.create())
      instance = { source, boundary, over: false, stored: false, startedAt: this.#runtime.monotonic() }
      this.#instance = instance
      const context = this.#context(instance)
      const started = boundary.run(() => source.start(context))
      await withTimeout(this.#runtime, START_TIMEOUT_MS, started)
    } catch (error) {
      return this.#fail(instance, error)
    }
    // A hub that is killed once a source is up continues from there, also where nothing has come yet.
    if (!this.#position.isStored) await endedInTime(this.#runtime, this.#position.keep(), KEEP_TIMEOUT_MS)
    if (instance !== this.#instance) return
    const recovered = this.#failures > 0
    instance.startedAt = this.#runtime.monotonic()
    this.starts++
    this.#enter('up')
    this.#reports.state(recovered ? 'back' : 'up', recovered ? 'restarted' : 'started', this.#since)
    this.#watchSilence()
  }

  #fail(instance: SourceInstance | undefined, error: unknown): void {
    if (instance !== this.#instance || this.#state === 'stopped' || this.#state === 'standby') return
    const reason = oneLineOf(error)
    const ran = instance ? this.#runtime.monotonic() - instance.startedAt : 0
    if (this.#state !== 'starting' && ran >= STEADY_AFTER_MS) this.#failures = 0
    this.#failures++
    const isStillDown = this.#state === 'starting' && this.#failures > 1
    const known = isStillDown && this.#reason === reason
    this.#enter('down', reason, isStillDown ? this.#since : undefined)
    if (!known) this.#reports.state('down', reason, this.#since)
    this.#end()
    void this.#ending.then(() => this.#scheduleRestart())
  }

  #scheduleRestart(): void {
    if (this.#state !== 'down') return
    this.#restart = this.#runtime.after(this.#pause(), () => {
      this.#restarts++
      this.#state = 'starting'
      void this.#launch()
    })
  }

  /** An item that is parked next cannot fail again. */
  #pause(): number {
    const failures = this.#itemFailures
    this.#itemFailures = undefined
    if (failures === undefined) return scatteredPause(this.#failures, PAUSES, this.#runtime)
    return scatteredPause(failures % MOST_FAILURES, ITEM_PAUSES, this.#runtime)
  }

  /** Ends the current instance, drained or at once. `#ending` resolves when it has stopped and its position is stored. */
  #end({ isDrained = false } = {}): void {
    const instance = this.#instance
    this.#instance = undefined
    this.#silence?.()
    if (!instance) return
    const drains = isDrained && instance.source.drain !== undefined
    if (!drains) conclude(instance)
    const stop = async () => {
      if (drains) await drain(instance, this.#runtime)
      const stopped = instance.boundary.run(async () => instance.source.stop())
      await endedInTime(this.#runtime, stopped, STOP_TIMEOUT_MS)
      instance.stored = true
      await endedInTime(this.#runtime, this.#position.keep(), KEEP_TIMEOUT_MS)
      this.#position.hold()
    }
    this.#ending = this.#ending.then(stop)
  }

  #context(instance: SourceInstance): SourceContext {
    const lost = (count: number | undefined, reason: string, since?: number) => {
      // A source that ends may still move its position past what is lost.
      if (instance.stored || count === 0) return
      this.#lost += count ?? 0
      this.#reports.lost(count, reason, since)
    }
    const runtime = instance.boundary.runtime(this.#runtime)
    const host = this.#host
    const { hooks, callHome, longWork, calls } = host
    const policy = this.#policy(runtime, lost)
    instance.policy = policy
    const listener = this.#itemListener(instance, lost)
    return {
      origin: this.origin,
      runtime,
      get epoch() {
        return host.epoch
      },
      sharedLog: this.#once?.log,
      largestFrame: this.#host.largestFrame,
      last: () => this.#host.last,
      numbersAfter: (seq) => this.#host.numbersAfter(seq),
      publish: (path, data, counter) => {
        if (instance.over) return false
        this.#noticeActivity()
        return policy?.publish(path, data, counter) ?? this.#publish(path, data, counter)
      },
      offer: (path, data) => {
        if (instance.over) return 'full'
        this.#noticeActivity()
        return policy?.offer(path, data) ?? (this.#publish(path, data) ? 'taken' : 'full')
      },
      publishFrames: (frames, count) =>
        this.#taken(instance, count, () => this.#host.publishFrames(frames, count)) ?? false,
      publishAtGate: (event, ...at) =>
        this.#taken(instance, 1, () => this.#host.publishAtGate({ ...event, source: this.origin }, ...at)),
      attempt: (take, item) => !instance.over && this.#items.attempt(take, item, listener),
      subscribe: (request, sink) => this.#host.subscribe(request, guardedSink(instance.boundary, sink)),
      lost,
      failed: (error) => this.#fail(instance, error),
      load: (read) => this.#load(read),
      moved: (read) => {
        if (!instance.stored) this.#position.moved(policy ? () => policy.afterRepeats(read) : read)
      },
      keep: () => this.#position.keep(),
      settled: async () => policy?.afterRepeats(() => this.#host.settled()) ?? this.#host.settled(),
      flushed: (seq) => this.#host.flushed(seq),
      flushedTo: () => this.#host.flushedTo(),
      ...{ hooks, callHome, longWork, calls },
    }
  }

  /** Publishes if the instance may, and counts what the hub has taken. */
  #taken<Taken>({ over }: SourceInstance, count: number, publish: () => Taken): Taken | undefined {
    if (over || !this.#mayPublish) return undefined
    this.#noticeActivity()
    const taken = publish()
    if (taken) this.#count(count)
    return taken
  }

  #itemListener({ boundary }: SourceInstance, lost: SourceContext['lost']): ItemListener {
    return {
      leftOut: (reason) => lost(1, reason),
      noted: (thrown) => boundary.note(thrown),
      failed: (thrown, failures) => {
        this.#itemFailures = failures
        boundary.fail(thrown)
      },
    }
  }

  #policy(runtime: Runtime, lost: SourceContext['lost']): EventPolicy | undefined {
    const { policy } = this.definition
    const publish: SourceContext['publish'] = (...event) => this.#publish(...event)
    return policy && new EventPolicy(policy, { runtime, publish, lost })
  }

  #publish(path: string, data: unknown, counter?: StreamCounter): boolean {
    if (!this.#mayPublish) return false
    const tags = this.definition.tags ?? this.origin
    const taken = this.#host.publish({
      tag: path === '' ? tags : `${tags}/${path}`,
      source: this.origin,
      data,
      attributes: timeOfData(data),
      counter: counter && this.#streams.of(counter),
    })
    if (taken) this.#count(1)
    return taken
  }

  #count(events: number): void {
    this.#events += events
    this.#lastEvent = this.#runtime.now()
  }

  async #load<Position>(read?: ReadPosition<Position>): Promise<Position | undefined> {
    const { position, gaps } = await this.#position.load(read)
    if (gaps.length === 0) return position
    this.#reports.restore(gaps)
    if (this.#reports.gaps.length === 0) await this.#position.keepGaps([])
    return position
  }

  #noticeActivity(): void {
    this.#lastActivity = this.#runtime.monotonic()
    if (this.#state !== 'silent') return
    this.#enter('up')
    this.#reports.state('back', 'events arrive again', this.#since)
    this.#watchSilence()
  }

  #watchSilence(): void {
    const limit = this.definition.silentAfter ?? 0
    if (limit <= 0) return
    this.#silence?.()
    const idle = this.#runtime.monotonic() - Math.max(this.#lastActivity, this.#instance?.startedAt ?? 0)
    this.#silence = this.#runtime.after(Math.max(1, limit - idle), () => this.#checkSilence(limit))
  }

  #checkSilence(limit: number): void {
    if (this.#state !== 'up') return
    const quiet = this.#runtime.monotonic() - Math.max(this.#lastActivity, this.#instance?.startedAt ?? 0)
    if (quiet < limit) {
      this.#watchSilence()
      return
    }
    const reason = `no event for ${Math.round(quiet / 1000)} s`
    this.#enter('silent', reason)
    this.#reports.state('silent', reason, this.#since)
  }

  #health(): SourceStatus['health'] {
    const instance = this.#instance
    const health = instance?.boundary.take(() => instance.source.health())
    if (!health || !this.#position.fault) return health
    const reason = `its position cannot be kept: ${this.#position.fault}`
    return { state: 'degraded', reason, details: { ...health.details, position: this.#position.fault } }
  }

  #enter(state: SourceStatus['state'], reason?: string, since = this.#runtime.now()): void {
    this.#state = state
    this.#reason = reason
    this.#since = since
  }
}
