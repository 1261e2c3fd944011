import type { AlertDefinition } from '../../../src/rules/alerts/alert.js'
import type { RouteDefinition } from '../../../src/rules/alerts/alert-routes.js'
import { noticesFor } from '../../../src/rules/alerts/notice-run.js'
import { RuleEngine } from '../../../src/rules/engine.js'
import { eventsOf, type MadeEvent, type RuleDefinition } from '../../../src/rules/rule.js'
import type { EngineRun, RuleSnapshot } from '../../../src/rules/run.js'
import { type RuleEvent, rule, ruleFrame } from '../rule-events.js'

const absent = { summary: undefined, link: undefined, resolve: undefined, endsAfter: undefined }

/** A rule that begins an alert for each host that is full. */
export function alerting(
  alert: Partial<AlertDefinition>,
  more: Partial<RuleDefinition> = {},
): RuleDefinition {
  return rule({
    name: 'disk',
    filter: 'in/full',
    by: ['data.host'],
    fire: undefined,
    alert: {
      ...{ ...absent, severity: 'error', labels: { host: `\${data.host}` } },
      ...{ hold: undefined, repeat: undefined, ...alert },
    },
    ...more,
  })
}

export interface LoggedEvent extends RuleEvent {
  at: number
}

export interface Kept {
  /** The number of events that were taken. */
  seq: number
  /** What each rule remembers. */
  snapshots: RuleSnapshot[]
}

/** A log with rules that publish into it, each event once, as a hub does. */
export class AlertWorld {
  readonly log: LoggedEvent[]
  readonly #definitions: readonly RuleDefinition[]
  readonly #counters: Map<string, number>
  #engine: RuleEngine
  #taken = 0

  constructor(
    rules: readonly RuleDefinition[],
    before?: AlertWorld,
    routes: readonly RouteDefinition[] = [],
  ) {
    const notices = noticesFor(rules, routes)
    this.#definitions = notices === undefined ? rules : [...rules, notices]
    this.log = before?.log ?? []
    this.#counters = before === undefined ? new Map() : before.#counters
    this.#engine = this.#newEngine()
  }

  get runs(): readonly EngineRun[] {
    return this.#engine.runs
  }

  /** Publishes an event, and takes it and all that follows from it. */
  publish(...events: LoggedEvent[]): void {
    for (const event of events) {
      this.advance(event.at)
      this.log.push(event)
      this.takeAll()
    }
  }

  /** Time passes until then, seconds. */
  advance(at: number): void {
    this.takeAll()
    this.#engine.advance(at * 1e6)
    this.takeAll()
  }

  takeAll(): void {
    while (this.#taken < this.log.length) {
      const event = this.log[this.#taken++]
      this.#engine.take(ruleFrame(event, this.#taken), 0)
    }
  }

  keep(): Kept {
    return { seq: this.#taken, snapshots: this.runs.map((run) => run.snapshot()) }
  }

  /** Continues in another process from what was kept; the log is there. */
  restart(seq: number, restore: (run: EngineRun, index: number) => void): void {
    this.#engine = this.#newEngine()
    this.runs.forEach((run, index) => {
      restore(run, index)
      this.#engine.skip(run, seq)
    })
    this.#taken = seq
    this.takeAll()
  }

  /** What sinks were told: the host, and what became of the alert, with the second. */
  get notices(): string[] {
    return this.log.flatMap(({ tag, data, at }) => {
      const { labels, status } = data as { labels: { host: string }; status: string }
      return tag.endsWith('/notice') ? [`${labels.host} ${status} ${at}`] : []
    })
  }

  #newEngine(): RuleEngine {
    return new RuleEngine(this.#definitions, {
      failed: (_run, _seq, thrown) => {
        throw thrown
      },
      typeOf: (tag) => tag,
      cursorOf: (event) => `epochofatest0-${event.seq}`,
      outcome: (run, _group, outcome) => {
        for (const made of eventsOf(outcome)) this.#store(run.name, made)
      },
    })
  }

  /** An event whose number was given already is there. */
  #store(stream: string, { tag, data, attributes, counter }: MadeEvent): void {
    if (counter <= (this.#counters.get(stream) ?? -1)) return
    this.#counters.set(stream, counter)
    const at = Math.max(this.log.at(-1)?.at ?? 0, this.#engine.time / 1e6)
    this.log.push({ tag, data, attributes: { ...attributes }, source: 'hub/a', at })
  }
}

export const full = (at: number, host = 'a') => ({ tag: 'in/full', at, data: { host } })
export const free = (at: number, host = 'a') => ({ tag: 'in/free', at, data: { host } })

/** The event of a silence from now on. */
export function silence(
  at: number,
  seconds: number,
  matchers: Record<string, string>,
  id = 's1',
): LoggedEvent {
  const data = { id, matchers, from: at * 1e6, until: (at + seconds) * 1e6, by: 'ada', why: 'work' }
  return { tag: 'hub/alert/silence', at, data, source: 'hub/a' }
}

export function unsilence(at: number, id = 's1'): LoggedEvent {
  return { tag: 'hub/alert/unsilence', at, data: { id, by: 'ada' }, source: 'hub/a' }
}
