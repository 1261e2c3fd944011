import { toTocsinError } from '../errors/tocsin-error.js'
import { scatteredPause } from '../event/retry-pause.js'
import type { Cancel } from '../event/runtime.js'
import { Boundary } from '../parts/boundary.js'
import { MOST_FAILURES } from '../parts/part.js'
import type { Outcome, RuleDefinition } from './rule.js'
import type { RuleHost } from './rule-host.js'
import { RuleSession } from './rule-session.js'
import type { RuleStore } from './rule-store.js'
import type { EngineRun } from './run.js'

export const PAUSES = { first: 100, longest: 60_000 }
/** Time that a rule runs alone without a failure before it joins the others, ms. */
const STEADY_MS = 60_000

interface LoneRule {
  readonly definition: RuleDefinition
  /** The event at which it has failed last, and how often one after another. */
  seq: number
  failures: number
  /** Up to here, what is kept of it is complete. */
  kept: number
  reason: string | undefined
  session?: RuleSession
  startedAt: number
  again?: Cancel
}

export interface LoneRulesListener {
  outcome(rule: string, outcome: Outcome): void
  gap(reason: string): void
  /** Makes a change when all changes before it are done. */
  inTurn(change: () => Promise<void>): Promise<void>
}

/** Rules that have thrown. Each continues alone, after growing pauses, until it has caught up with the others. */
export class LoneRules {
  readonly #host: RuleHost
  readonly #store: RuleStore
  readonly #listener: LoneRulesListener
  readonly #rules = new Map<string, LoneRule>()

  constructor(host: RuleHost, store: RuleStore, listener: LoneRulesListener) {
    this.#host = host
    this.#store = store
    this.#listener = listener
  }

  get isEmpty(): boolean {
    return this.#rules.size === 0
  }

  has(name: string): boolean {
    return this.#rules.has(name)
  }

  /** Those that run. */
  get runs(): EngineRun[] {
    return [...this.#rules.values()].flatMap(({ session }) => session?.engine.runs ?? [])
  }

  /** The rule, and why it is down; undefined if it is not alone. */
  stateOf(name: string): { run: EngineRun | undefined; reason: string | undefined } | undefined {
    const rule = this.#rules.get(name)
    return rule && { run: rule.session?.engine.runs[0], reason: rule.reason }
  }

  /** The first event after which one of them continues. */
  get floor(): number {
    return Math.min(...[...this.#rules.values()].map(({ session, kept }) => session?.savedSeq ?? kept))
  }

  /** A rule has thrown at the event. It continues after `kept`. */
  failed(definition: RuleDefinition, seq: number, thrown: unknown, kept: number): void {
    const { name } = definition
    const known = this.#rules.get(name)
    const rule = known ?? { definition, seq, failures: 0, kept, reason: undefined, startedAt: 0 }
    this.#rules.set(name, rule)
    new Boundary('rule', name, () => undefined).note(thrown)
    rule.failures = rule.seq === seq ? rule.failures + 1 : 1
    rule.seq = seq
    rule.kept = kept
    this.#later(rule, toTocsinError(thrown, 'TCN_INTERNAL').message)
  }

  async save(): Promise<void> {
    for (const { session } of this.#rules.values()) await session?.save()
  }

  /** Returns whether one of them has run well for a while, and all of its events are those of the others. */
  hasCaughtUp(seq: number): boolean {
    const now = this.#host.runtime.monotonic()
    return [...this.#rules.values()].some(
      ({ session, startedAt }) => session?.isAt(seq) && now - startedAt >= STEADY_MS,
    )
  }

  /** Forgets those that run: they join the others. */
  join(): void {
    for (const [name, { session }] of this.#rules) if (session !== undefined) this.#end(name)
  }

  close(): void {
    for (const name of [...this.#rules.keys()]) this.#end(name)
  }

  #end(name: string): void {
    const rule = this.#rules.get(name)
    rule?.again?.()
    rule?.session?.close()
    this.#rules.delete(name)
  }

  #later(rule: LoneRule, reason: string): void {
    rule.session?.close()
    rule.session = undefined
    rule.reason = reason
    rule.again?.()
    // One that is parked cannot fail again.
    const pause = scatteredPause(rule.failures % MOST_FAILURES, PAUSES, this.#host.runtime)
    rule.again = this.#host.runtime.after(pause, () => {
      void this.#listener.inTurn(() => this.#start(rule))
    })
  }

  async #start(rule: LoneRule): Promise<void> {
    const { definition } = rule
    if (this.#rules.get(definition.name) !== rule || rule.session !== undefined) return
    try {
      if (rule.failures >= MOST_FAILURES) await this.#park(rule)
      const session = await RuleSession.start([definition], this.#host, this.#store, this.#of(rule), {
        alone: { from: rule.kept },
      })
      // It may have failed already.
      if (session.engine.isBroken(session.engine.runs[0])) return session.close()
      rule.session = session
      rule.reason = undefined
      rule.startedAt = this.#host.runtime.monotonic()
    } catch (thrown) {
      this.#later(rule, toTocsinError(thrown, 'TCN_INTERNAL').message)
    }
  }

  /** A crash between the two parks the event again. */
  async #park(rule: LoneRule): Promise<void> {
    const { definition, seq, failures, reason } = rule
    await this.#host.park(definition.name, seq, failures, reason ?? '')
    await this.#store.leaveOut(definition, seq)
    rule.failures = 0
  }

  #of(rule: LoneRule) {
    return {
      outcome: (name: string, outcome: Outcome) => this.#listener.outcome(name, outcome),
      gap: (reason: string) => this.#listener.gap(reason),
      ruleFailed: (_: string, seq: number, thrown: unknown, kept: number) =>
        this.failed(rule.definition, seq, thrown, kept),
      ended: (error: Error | undefined) => {
        if (error !== undefined) this.#later(rule, error.message)
      },
    }
  }
}
