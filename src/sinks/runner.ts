import type { GapReason } from '../bus/sink.js'
import { TocsinError, toTocsinError } from '../errors/tocsin-error.js'
import { Event } from '../event/event.js'
import { setFrameTime } from '../event/frame.js'
import { FrameWriter } from '../event/frame-writer.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import { Boundary } from '../parts/boundary.js'
import type { DeliveryListener } from './deliveries.js'
import { DeliveryFault, type FaultKind, faultOf } from './delivery-fault.js'
import { pauseAfter } from './pauses.js'
import { SinkReports } from './reports.js'
import type { DeliveryPreview, Destination, SinkDefinition } from './sink.js'
import type { SinkHost, SinkParking, SinkState, SinkStatus } from './sink-host.js'
import { createDestination, SinkRun } from './sink-run.js'

const START_AGAIN = { pause: 1_000, maxPause: 60_000 }
/** Interval at which a hub that does not deliver checks that the other one still does, ms. */
const STANDBY_MS = 5_000
/** One failed attempt, such as on a connection that was closed meanwhile, is no news. */
const WORTH_REPORTING = 2
/** Faults of which it is not known that they concern one event. */
const HOLDS_UP: ReadonlySet<FaultKind> = new Set(['unavailable', 'unclear', 'ended'])
const STOP_TEST_AFTER_MS = 120_000
/** Failures of the whole sink at the same event after which that event is parked. */
const MOST_FAILURES = 10

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
  /** True if it is known that events are not delivered. */
  #isReported = false
  #counts = { delivered: 0, failures: 0, parked: 0, rejected: 0 }
  /** The event at which the sink has failed as a whole, and how often one after another. */
  #stuck = { seq: 0, count: 0 }
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
    const started = this.#runtime.monotonic()
    await this.#alone((destination, event, signal) => destination.deliver([event], signal))
    return this.#runtime.monotonic() - started
  }

  /** Shows what `test` would send. */
  preview(): Promise<DeliveryPreview> {
    return this.#alone(async (destination, event) => {
      const shown = await destination.preview?.([event])
      if (shown !== undefined) return shown
      throw new DeliveryFault(
        'refused',
        `sinks of the type ${this.definition.type} cannot show what they send`,
      )
    })
  }

  /** Does something with a destination of its own. Rejects with TCN_SINK_FAILED. */
  async #alone<Result>(
    use: (destination: Destination, event: Event, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const runtime = this.#runtime
    const controller = new AbortController()
    const cancel = runtime.after(STOP_TEST_AFTER_MS, () => controller.abort(new Error('no answer')))
    let fail: (thrown: unknown) => void = () => undefined
    const failed = new Promise<never>((_, reject) => {
      fail = reject
    })
    const boundary = new Boundary('sink', this.name, fail)
    const destination = boundary.run(() =>
      createDestination(this.definition, this.#host, boundary.runtime(runtime)),
    )
    try {
      const event = testEvent(this.name, runtime.now())
      return await Promise.race([failed, boundary.run(() => use(destination, event, controller.signal))])
    } catch (thrown) {
      const { kind, message } = faultOf(thrown)
      throw new TocsinError('TCN_SINK_FAILED', `${this.name}: ${message}`, { details: { kind } })
    } finally {
      cancel()
      await boundary.run(() => destination.close())
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

  delivered(events: readonly Event[], whileOthersWait = false): void {
    this.#counts.delivered += events.length
    this.#lastDelivery = this.#runtime.now()
    this.#settle(events, 'done')
    this.#starts = 0
    if (whileOthersWait) return
    if (this.#state === 'retrying') this.#enter('up')
    if (!this.#isReported) return
    this.#isReported = false
    this.#reports.state('back', 'events are delivered again', this.#since)
  }

  parked(event: Event, parking: SinkParking): void {
    this.#counts.parked++
    this.#reports.parked(this.#host.cursorOf(event), parking.reason)
    this.#settle([event], 'park', parking)
    this.#enter('up')
  }

  failed(fault: DeliveryFault, pause: number): void {
    this.#counts.failures++
    const failures = this.#failures + 1
    this.#enter('retrying', fault.message, this.#state !== 'retrying')
    this.#failures = failures
    this.#nextTry = this.#runtime.now() + Math.round(pause * 1000)
    if (failures < WORTH_REPORTING || !HOLDS_UP.has(fault.kind) || this.#isReported) return
    this.#isReported = true
    this.#reports.state('retrying', fault.message, this.#since)
  }

  hasRoom(): void {
    this.#run?.member?.drained()
  }

  gone(fault: DeliveryFault): void {
    this.#counts.failures++
    void this.pause(fault.message)
  }

  // ---- internals

  #settle(events: readonly Event[], result: 'done' | 'park', parking?: SinkParking): void {
    const seqs = events.map(({ seq }) => seq)
    const { member } = this.#run ?? {}
    member?.ack(seqs, result, parking)
    member?.drained()
  }

  async #launch(): Promise<void> {
    const { definition } = this
    this.#starts++
    // Until it is up again, it says why it was down.
    if (this.#state !== 'standby') this.#enter('starting', this.#state === 'down' ? this.#reason : undefined)
    let run: SinkRun | undefined
    try {
      const opened = new SinkRun(definition, this.#host, this, (thrown) => this.#crashed(opened, thrown))
      run = opened
      this.#run = run
      const receiver = opened.receiver({
        gap: (reason) => this.#missed(reason),
        end: (error) => this.#lost(opened, error),
      })
      opened.member = await this.#host.join(definition, receiver)
      this.#enter('up')
      opened.begin({
        metrics: () => this.#host.metrics(),
        aside: (problem) => this.#aside(problem),
        rejected: (count, reason) => this.#rejected(count, reason),
      })
    } catch (thrown) {
      this.#lost(run, toTocsinError(thrown, 'TCN_INTERNAL'))
    }
  }

  /** Something threw that is not an answer to a delivery: the sink is made anew. */
  #crashed(run: SinkRun, thrown: unknown): void {
    if (run !== this.#run) return
    const error = toTocsinError(thrown, 'TCN_INTERNAL')
    const { suspect } = run.deliveries
    if (suspect !== undefined) this.#noteStuck(suspect, error.message)
    this.#counts.failures++
    this.#lost(run, error)
  }

  #noteStuck(event: Event, reason: string): void {
    const { seq, count } = this.#stuck
    this.#stuck = { seq: event.seq, count: event.seq === seq ? count + 1 : 1 }
    if (this.#stuck.count < MOST_FAILURES) return
    this.#stuck = { seq: 0, count: 0 }
    const why = `${reason}; the sink has failed ${MOST_FAILURES} times at this event`
    this.parked(event, { reason: why, tries: MOST_FAILURES })
  }

  /** The consumer cannot be used any more: it was removed, has another filter, or the hub stops. */
  #lost(run: SinkRun | undefined, error: Error | undefined): void {
    if (run !== this.#run) return
    void this.#inTurn(async () => {
      if (run !== this.#run || this.#state === 'stopped' || this.#state === 'paused') return
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
    await run.end()
    if (this.#run === run) this.#run = undefined
  }

  #missed(reason: GapReason): void {
    this.#reports.state('gap', `events are missing: ${reason}`, this.#runtime.now())
  }

  /** A delivery beside the events has no state of its own: it is counted, and reported when that changes. */
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

  #rejected(count: number, reason: string): void {
    this.#counts.rejected += count
    this.#reports.rejected(count, reason)
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

/** An event to try a sink with, which the log does not have. */
function testEvent(sink: string, now: number): Event {
  const writer = new FrameWriter({ source: 'tocsin' })
  writer.write(`hub/sink/${sink}`, {
    sink,
    state: 'test',
    reason: 'This event was sent to try the sink. The log does not have it.',
  })
  const { bytes } = writer.take()!
  setFrameTime(bytes, 0, now)
  return new Event(bytes)
}
