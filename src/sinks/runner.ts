import type { GapReason } from '../bus/sink.js'
import { TocsinError, toTocsinError } from '../errors/tocsin-error.js'
import type { Event } from '../event/event.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import { Deliveries, type DeliveryListener } from './deliveries.js'
import { type DeliveryFault, faultOf } from './delivery-fault.js'
import { pauseAfter } from './pauses.js'
import { SinkReports } from './reports.js'
import type { SinkDefinition } from './sink.js'
import type { SinkHost, SinkMember, SinkState, SinkStatus } from './sink-host.js'
import { testEvent } from './test-event.js'

const START_AGAIN = { pause: 1_000, maxPause: 60_000 }
/** How often a hub that does not deliver looks whether the one that did still does, ms. */
const STANDBY_MS = 5_000
/** One failed attempt, such as on a connection that was closed meanwhile, is no news. */
const WORTH_REPORTING = 2
const STOP_TEST_AFTER_MS = 120_000

/** The sink between one start and its end. */
interface SinkRun {
  deliveries: Deliveries
  member?: SinkMember
  over: boolean
}

/** Runs one sink: joins its durable consumer, delivers its events, and starts again when that is not possible. */
export class SinkRunner implements DeliveryListener {
  readonly definition: SinkDefinition
  readonly #host: SinkHost
  readonly #runtime: Runtime
  readonly #reports: SinkReports
  #state: SinkState = 'stopped'
  #since: number
  #reason: string | undefined
  #nextTry: number | undefined
  #failures = 0
  #starts = 0
  /** Whether it is known that events are not delivered. */
  #isReported = false
  #counts = { delivered: 0, failures: 0, parked: 0 }
  #asideProblem: string | undefined
  #lastDelivery: number | undefined
  #run: SinkRun | undefined
  #again: Cancel | undefined
  /** The last of the changes of its state, which happen one after another. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(definition: SinkDefinition, host: SinkHost) {
    this.definition = definition
    this.#host = host
    this.#runtime = host.runtime
    this.#reports = new SinkReports(host, definition.name)
    this.#since = host.runtime.now()
  }

  get name(): string {
    return this.definition.name
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      const paused = await this.#host.paused(this.name).catch(() => undefined)
      if (paused !== undefined) this.#enter('paused', paused)
      else await this.#launch()
    })
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#end()
      this.#enter('stopped')
      this.#reports.close()
    })
  }

  /** Stops delivering until `resume`, also after a restart of the hub. */
  pause(reason: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#host.setPaused(this.name, reason)
      await this.#end()
      this.#enter('paused', reason)
      this.#reports.state('paused', reason, this.#since)
    })
  }

  /** Continues after a pause; a sink that waits for its next attempt makes it at once. */
  resume(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#host.setPaused(this.name, undefined)
      if (this.#state === 'paused') this.#reports.state('resumed', 'asked to', this.#runtime.now())
      else if (this.#state === 'retrying' || this.#state === 'down') await this.#end()
      else return
      this.#starts = 0
      await this.#launch()
    })
  }

  /** Delivers one event that is not in the log, in between. Resolves with how long that took, ms. */
  async test(): Promise<number> {
    const runtime = this.#runtime
    const started = runtime.monotonic()
    const controller = new AbortController()
    const cancel = runtime.after(STOP_TEST_AFTER_MS, () => controller.abort(new Error('no answer')))
    const destination = this.definition.create(this.#host.view, runtime)
    try {
      await destination.deliver([testEvent(this.name, runtime.now())], controller.signal)
      return runtime.monotonic() - started
    } catch (thrown) {
      const { kind, message } = faultOf(thrown)
      throw new TocsinError('TCN_SINK_FAILED', `${this.name}: ${message}`, { details: { kind } })
    } finally {
      cancel()
      await destination.close()
    }
  }

  status(): SinkStatus {
    const { name, type, target, parallel } = this.definition
    return {
      name,
      type,
      target,
      parallel,
      state: this.#state,
      since: this.#since,
      reason: this.#reason,
      nextTry: this.#nextTry,
      lastDelivery: this.#lastDelivery,
      ...this.#counts,
      heldBytes: this.#run?.deliveries.held.bytes ?? 0,
    }
  }

  // ---- listener of its deliveries

  delivered(events: readonly Event[]): void {
    this.#counts.delivered += events.length
    this.#lastDelivery = this.#runtime.now()
    this.#settle(events, 'done')
    this.#starts = 0
    if (this.#state === 'retrying') this.#enter('up')
    if (!this.#isReported) return
    this.#isReported = false
    this.#reports.state('back', 'events are delivered again', this.#since)
  }

  parked(event: Event, reason: string): void {
    this.#counts.parked++
    this.#reports.parked(this.#host.cursorOf(event), reason)
    this.#settle([event], 'park', reason)
    this.#enter('up')
  }

  failed(fault: DeliveryFault, pause: number): void {
    this.#counts.failures++
    const failures = this.#failures + 1
    this.#enter('retrying', fault.message, this.#state !== 'retrying')
    this.#failures = failures
    this.#nextTry = this.#runtime.now() + Math.round(pause * 1000)
    if (failures < WORTH_REPORTING || fault.kind !== 'unavailable' || this.#isReported) return
    this.#isReported = true
    this.#reports.state('retrying', fault.message, this.#since)
  }

  gone(fault: DeliveryFault): void {
    this.#counts.failures++
    void this.pause(fault.message)
  }

  // ---- internals

  #settle(events: readonly Event[], result: 'done' | 'park', reason?: string): void {
    const seqs = events.map(({ seq }) => seq)
    const { member } = this.#run ?? {}
    member?.ack(seqs, result, reason)
    member?.drained()
  }

  async #launch(): Promise<void> {
    const { definition } = this
    this.#starts++
    if (this.#state !== 'standby') this.#enter('starting')
    const destination = definition.create(this.#host.view, this.#runtime)
    const run: SinkRun = {
      deliveries: new Deliveries(definition, destination, this.#runtime, this),
      over: false,
    }
    this.#run = run
    try {
      run.member = await this.#host.join(definition, {
        get pending() {
          return run.deliveries.held.bytes
        },
        write: (pieces) => run.deliveries.add(pieces),
        gap: (reason) => this.#missed(reason),
        end: (error) => this.#lost(run, error),
      })
      this.#enter('up')
      destination.begin?.({ metrics: () => this.#host.metrics(), aside: (problem) => this.#aside(problem) })
      run.deliveries.begin()
    } catch (thrown) {
      this.#lost(run, toTocsinError(thrown, 'TCN_INTERNAL'))
    }
  }

  /** The consumer cannot be used any more: it was removed, has another filter, or the hub stops. */
  #lost(run: SinkRun, error: Error | undefined): void {
    if (run.over || run !== this.#run) return
    void this.#inTurn(async () => {
      if (run.over) return
      await this.#end()
      if (error === undefined) return this.#enter('stopped')
      if (TocsinError.is(error, 'TCN_CONSUMER_ELSEWHERE')) {
        this.#starts = 0
        this.#enter('standby', error.message)
        return this.#launchAfter(STANDBY_MS)
      }
      const isNews = this.#state !== 'down' && error.message !== this.#reason
      this.#enter('down', error.message)
      if (isNews) this.#reports.state('down', error.message, this.#since)
      this.#launchAfter(pauseAfter(this.#starts, START_AGAIN, this.#runtime))
    })
  }

  #launchAfter(pause: number): void {
    this.#again = this.#runtime.after(pause, () => void this.#inTurn(() => this.#launch()))
  }

  async #end(): Promise<void> {
    this.#again?.()
    const run = this.#run
    if (run === undefined) return
    await run.deliveries.stop()
    run.over = true
    run.member?.close()
    if (this.#run === run) this.#run = undefined
  }

  #missed(reason: GapReason): void {
    this.#reports.state('gap', `events are missing: ${reason}`, this.#runtime.now())
  }

  /** What goes beside the events has no state of its own: it is counted, and reported when that changes. */
  #aside(problem: string | undefined): void {
    if (problem !== undefined) this.#counts.failures++
    if ((problem === undefined) === (this.#asideProblem === undefined)) return
    this.#asideProblem = problem
    this.#reports.state(
      problem === undefined ? 'back' : 'retrying',
      problem ?? 'metrics',
      this.#runtime.now(),
    )
  }

  #enter(state: SinkState, reason?: string, changes = true): void {
    if (changes && state !== this.#state) this.#since = this.#runtime.now()
    this.#state = state
    this.#reason = reason
    this.#nextTry = undefined
    this.#failures = 0
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(change)
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}
