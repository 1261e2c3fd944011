import { toTocsinError } from '../errors/tocsin-error.js'
import type { Cancel } from '../event/runtime.js'
import { isFault, type Outcome, type RuleDefinition } from './rule.js'
import type { RuleHost } from './rule-host.js'
import { type LastFault, RuleReports } from './rule-reports.js'
import { noCounts, type RuleCounters } from './rule-run.js'
import { RuleSession, type SessionListener } from './rule-session.js'
import { RuleStore } from './rule-store.js'

const SAVE_EVERY_MS = 1_000

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
  #heart: Cancel | undefined
  /** The last of the changes of its state, which happen one after another. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(definitions: readonly RuleDefinition[], host: RuleHost) {
    this.#definitions = definitions
    this.#host = host
    this.#store = new RuleStore(host.bucket)
    this.#reports = new RuleReports(host.runtime, host.report)
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
    return this.#inTurn(() => this.#beat())
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      this.#isStarted = false
      await this.#end()
      this.#enter('stopped')
      this.#reports.close()
    })
  }

  /** Goes on with other rules. Those whose settings are the same keep what they remember. */
  configure(definitions: readonly RuleDefinition[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#end()
      this.#definitions = definitions
      this.#reports.forget()
      if (this.#isStarted) await this.#beat()
    })
  }

  status(): RuleStatus[] {
    const runs = new Map(this.#session?.engine.runs.map((run) => [run.name, run]))
    return this.#definitions.map(({ name }) => {
      const run = runs.get(name)
      return {
        name,
        state: this.#state,
        reason: this.#reason,
        ...(run?.counters ?? noCounts()),
        groups: run?.groups ?? 0,
        waiting: run?.waiting ?? 0,
        lastMatch: run?.lastMatch || undefined,
        lastFired: run?.lastFired || undefined,
        ...this.#reports.lastOf(name),
      }
    })
  }

  // ---- listener of its session

  outcome(rule: string, outcome: Outcome): void {
    if (isFault(outcome)) this.#reports.add(rule, outcome)
  }

  gap(reason: string): void {
    this.#host.report({ tag: 'hub/rules', data: { state: 'gap', reason: `events are missing: ${reason}` } })
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
      this.#failed(toTocsinError(thrown, 'TCN_INTERNAL'))
    }
    this.#heart = this.#host.runtime.after(SAVE_EVERY_MS, () => void this.#inTurn(() => this.#beat()))
  }

  async #step(): Promise<void> {
    if (!this.#host.isPrimary) {
      // Another hub goes on from what was saved, and what is made twice is stored once.
      this.#drop()
      this.#enter('waits')
    } else if (this.#session !== undefined) {
      await this.#session.save()
      this.#enter('up')
    } else if (this.#definitions.length === 0) {
      await this.#store.keepOnly(new Set())
      this.#enter('up')
    } else {
      this.#enter('starting')
      this.#session = await RuleSession.start(this.#definitions, this.#host, this.#store, this)
      this.#enter('up')
    }
  }

  async #end(): Promise<void> {
    this.#heart?.()
    this.#heart = undefined
    const session = this.#session
    this.#drop()
    if (session !== undefined && this.#host.isPrimary)
      await session.save().catch((error) => this.#failed(error))
  }

  #drop(): void {
    this.#session?.close()
    this.#session = undefined
  }

  #failed({ message }: Error): void {
    const isNews = this.#state !== 'down' || message !== this.#reason
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
