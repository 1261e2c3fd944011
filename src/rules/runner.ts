import { TocsinError, toTocsinError } from '../errors/tocsin-error.js'
import { scatteredPause } from '../event/retry-pause.js'
import type { Cancel } from '../event/runtime.js'
import { alertsOf, type KnownAlerts, storedAlerts } from './alerts/known-alerts.js'
import { endRemovedAlerts } from './alerts/removed-alerts.js'
import { LoneRules, PAUSES } from './lone-rules.js'
import { isFault, type Outcome, type RuleDefinition } from './rule.js'
import { noCounts, type RuleCounters } from './rule-counters.js'
import type { RuleHost } from './rule-host.js'
import { type LastFault, RuleReports } from './rule-reports.js'
import { RuleSession, type SessionListener } from './rule-session.js'
import { RuleStore } from './rule-store.js'

const SAVE_EVERY_MS = 1_000
/** Long records are stored less often: as many bytes in each second, but at the latest after so long. */
const BYTES_A_SECOND = 256 * 1024
const SAVE_LATEST_MS = 30_000
const WHOLE_PAUSES = { first: SAVE_EVERY_MS / 2, longest: PAUSES.longest }

/**
 * up       decides on events
 * waits    another hub of the cluster runs the rules
 * down     the log cannot be followed, or what was remembered cannot be read or stored
 */
export type RulesState = 'starting' | 'up' | 'waits' | 'down' | 'stopped'

export interface RuleStatus extends RuleCounters, LastFault {
  name: string
  state: RulesState
  reason?: string
  /** Groups, and matches that wait for an event. */
  groups: number
  waiting: number
  /** Events that wait for their turn in the order in which events happened. */
  held: number
  /** Alerts that have begun and not ended. */
  alerts: number
  /** µs since the epoch */
  lastMatch?: number
  lastFired?: number
}

/** Runs the rules on the events of the log, one after the other, from a position that is kept. */
export class RulesRunner implements SessionListener {
  #definitions: readonly RuleDefinition[]
  readonly #host: RuleHost
  readonly #store: RuleStore
  readonly #reports: RuleReports
  #state: RulesState = 'stopped'
  #reason: string | undefined
  #isStarted = false
  #session: RuleSession | undefined
  /** The newest event when rules were to begin: what comes until they have begun is for them. */
  #from: number | undefined
  /** Rules that have thrown, and continue without the others. */
  readonly #lone: LoneRules
  /** Failures of all rules together since they ran well, and when they are tried again, ms. */
  #failures = 0
  #notBefore = 0
  /** When what the rules remember is stored next, ms. */
  #saveAt = 0
  #heart: Cancel | undefined
  /** The last of the changes of its state, which happen one after another. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(definitions: readonly RuleDefinition[], host: RuleHost) {
    this.#definitions = definitions
    this.#host = host
    this.#store = new RuleStore(host.bucket, host.runtime)
    this.#reports = new RuleReports(host.runtime, host.report)
    this.#lone = new LoneRules(host, this.#store, {
      outcome: (rule, outcome) => this.outcome(rule, outcome),
      gap: (reason) => this.gap(reason),
      inTurn: (change) => this.#inTurn(change),
    })
  }

  get definitions(): readonly RuleDefinition[] {
    return this.#definitions
  }

  /** The event up to which the rules are; undefined while they do not run. */
  get seq(): number | undefined {
    return this.#session?.seq
  }

  start(): Promise<void> {
    this.#isStarted = true
    this.#from ??= this.#host.last
    return this.#inTurn(() => this.#beat())
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      this.#isStarted = false
      await this.#end()
      this.#from = undefined
      this.#enter('stopped')
      this.#reports.close()
    })
  }

  /** Continues with other rules. Those whose settings are the same keep what they remember. */
  configure(definitions: readonly RuleDefinition[]): Promise<void> {
    const { last } = this.#host
    return this.#inTurn(async () => {
      // After its change, a rule does not take again what it has taken before.
      this.#from ??= Math.max(last, await this.#end())
      this.#definitions = definitions
      this.#reports.forget()
      if (this.#isStarted) await this.#beat()
    })
  }

  status(): RuleStatus[] {
    const runs = new Map(this.#session?.engine.runs.map((run) => [run.name, run]))
    return this.#definitions.map(({ name }) => {
      const alone = this.#lone.stateOf(name)
      const run = alone === undefined ? runs.get(name) : alone.run
      const isDown = alone !== undefined && alone.run === undefined
      return {
        name,
        state: isDown ? 'down' : this.#state,
        reason: isDown ? alone.reason : this.#reason,
        ...(run?.counters ?? noCounts()),
        groups: run?.groups ?? 0,
        waiting: run?.waiting ?? 0,
        held: run?.held ?? 0,
        alerts: run?.activeAlerts ?? 0,
        lastMatch: run?.lastMatch || undefined,
        lastFired: run?.lastFired || undefined,
        ...this.#reports.lastOf(name),
      }
    })
  }

  /** The alerts that fire, and silences. Another hub than the one that runs the rules knows what that one has stored. */
  async alerts(): Promise<KnownAlerts> {
    if (this.#session === undefined) {
      // Not with the store of the rules, which would take what another hub has written for its own.
      const store = new RuleStore(this.#host.bucket, this.#host.runtime)
      return storedAlerts(store, this.#definitions)
    }
    return alertsOf([...this.#session.engine.runs, ...this.#lone.runs])
  }

  /** Publishes an event of the hub about alerts. Throws TCN_RULE_WAITS. */
  async publish(event: { tag: string; data: unknown }): Promise<void> {
    if (!this.#host.announce(event)) throw new TocsinError('TCN_RULE_WAITS')
    await this.#host.settled()
  }

  // ---- listener of its session

  outcome(rule: string, outcome: Outcome): void {
    if (isFault(outcome)) this.#reports.add(rule, outcome)
  }

  gap(reason: string): void {
    this.#host.report({ tag: 'hub/rules', data: { state: 'gap', reason: `events are missing: ${reason}` } })
  }

  ruleFailed(rule: string, seq: number, thrown: unknown, kept: number): void {
    const definition = this.#definitions.find(({ name }) => name === rule)
    if (definition !== undefined) this.#lone.failed(definition, seq, thrown, kept)
  }

  ended(error: Error | undefined): void {
    this.#session = undefined
    if (error !== undefined) this.#failed(error)
  }

  // ---- internals

  /** Once a second: starts, saves, or leaves the rules to another hub. */
  async #beat(): Promise<void> {
    this.#heart?.()
    this.#heart = undefined
    if (!this.#isStarted) return
    try {
      await this.#step()
    } catch (thrown) {
      // Another hub has continued meanwhile. If this one is the primary again, it continues from there.
      if (TocsinError.is(thrown, 'TCN_STATE_CONFLICT')) this.#drop()
      else this.#failed(toTocsinError(thrown, 'TCN_INTERNAL'))
    }
    this.#heart = this.#host.runtime.after(SAVE_EVERY_MS, () => void this.#inTurn(() => this.#beat()))
  }

  async #step(): Promise<void> {
    if (!this.#host.isPrimary) {
      // Another hub goes on from what was saved, and what is made twice is stored once.
      this.#drop()
      this.#from = undefined
      this.#enter('waits')
    } else if (this.#session !== undefined) {
      if (this.#isSaveDue) await this.#save(this.#session)
      this.#failures = 0
      this.#enter('up')
      if (this.#lone.hasCaughtUp(this.#session.seq)) await this.#rejoin()
    } else if (this.#definitions.length === 0) {
      await endRemovedAlerts([], this.#store, this.#host)
      await this.#store.keepOnly(new Set())
      this.#from = undefined
      this.#enter('up')
    } else if (this.#host.runtime.monotonic() >= this.#notBefore) {
      this.#enter('starting')
      await this.#begin()
      this.#enter('up')
    }
  }

  get #isSaveDue(): boolean {
    return !this.#lone.isEmpty || this.#host.runtime.monotonic() >= this.#saveAt
  }

  async #save(session: RuleSession): Promise<void> {
    await this.#lone.save()
    await session.save(this.#lone.floor)
    const pause = Math.min((session.savedBytes / BYTES_A_SECOND) * 1000, SAVE_LATEST_MS)
    this.#saveAt = this.#host.runtime.monotonic() + pause
  }

  /** Starts the rules that have not thrown. */
  async #begin(): Promise<void> {
    await endRemovedAlerts(this.#definitions, this.#store, this.#host)
    const together = this.#definitions.filter(({ name }) => !this.#lone.has(name))
    // A log that has replaced another numbers its events from 1.
    const last = Math.min(this.#from ?? Number.POSITIVE_INFINITY, this.#host.last)
    this.#session = await RuleSession.start(together, this.#host, this.#store, this, { last })
    this.#from = undefined
    await this.#store.keepOnly(new Set(this.#definitions.map(({ name }) => name)))
  }

  /** All have seen the same events, so that one subscription is enough again. */
  async #rejoin(): Promise<void> {
    this.#session?.close()
    this.#session = undefined
    this.#lone.join()
    await this.#begin()
  }

  /** Saves and ends them. Gives the event up to which they were. */
  async #end(): Promise<number> {
    this.#heart?.()
    this.#heart = undefined
    const session = this.#session
    const { floor } = this.#lone
    const saves = [() => this.#lone.save(), () => session?.save(floor)]
    if (this.#host.isPrimary) for (const save of saves) await save()?.catch((error) => this.#failed(error))
    this.#drop()
    return session?.seq ?? 0
  }

  #drop(): void {
    this.#session?.close()
    this.#session = undefined
    this.#lone.close()
  }

  #failed({ message }: Error): void {
    const isNews = this.#state !== 'down' || message !== this.#reason
    const { runtime } = this.#host
    this.#failures++
    this.#notBefore = runtime.monotonic() + scatteredPause(this.#failures, WHOLE_PAUSES, runtime)
    this.#enter('down', message)
    if (isNews) this.#host.report({ tag: 'hub/rules', data: { state: 'down', reason: message } })
  }

  #enter(state: RulesState, reason?: string): void {
    if (this.#state === 'down' && state === 'up')
      this.#host.report({ tag: 'hub/rules', data: { state: 'back', reason: 'the rules continue' } })
    if (this.#state === 'down' && state === 'starting') return
    this.#state = state
    this.#reason = reason
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(change)
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}
