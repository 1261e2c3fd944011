import { pack } from 'msgpackr'
import { encodeFrame } from '../../src/event/frame.js'
import { setFrameSeq, setFrameTime } from '../../src/event/index.js'
import { RuleEngine } from '../../src/rules/engine.js'
import { eventsOf, type Outcome, type RuleDefinition } from '../../src/rules/rule.js'
import type { EngineRun } from '../../src/rules/run.js'

export interface RuleEvent {
  tag: string
  /** Seconds since the epoch. */
  at?: number
  data?: unknown
  source?: string
  attributes?: Record<string, string>
}

let seq = 0

export function ruleFrame(
  { tag, at = 0, data = {}, source = 'test', attributes }: RuleEvent,
  number = ++seq,
): Uint8Array {
  const frame = encodeFrame({
    tag,
    source,
    body: pack(data),
    ...(attributes && { attributes: pack(attributes) }),
  })
  setFrameSeq(frame, 0, number)
  setFrameTime(frame, 0, at * 1e6)
  return frame
}

export function rule(settings: Partial<RuleDefinition> = {}): RuleDefinition {
  return {
    name: 'r',
    filter: 'in/',
    by: [],
    after: undefined,
    unless: undefined,
    once: undefined,
    atMost: { count: 1_000_000, within: 60_000 },
    groups: 1_000,
    fire: { tag: 'out', data: null },
    sink: undefined,
    job: undefined,
    ...settings,
  }
}

export interface Told {
  rule: string
  group: string
  outcome: Outcome
}

/** An engine, and what it has said. */
export function ruleEngine(...rules: RuleDefinition[]) {
  const told: Told[] = []
  const engine = new RuleEngine(rules, {
    failed: (_run, _seq, thrown) => {
      throw thrown
    },
    typeOf: (tag) => `type.of.${tag.split('/')[0]}`,
    cursorOf: (event) => `epoch-${event.seq}`,
    outcome: (run: EngineRun, group, outcome) => told.push({ rule: run.name, group, outcome }),
  })
  return {
    engine,
    told,
    take: (event: RuleEvent) => engine.take(ruleFrame(event), 0),
    /** The events that were made. */
    get made() {
      return told.flatMap(({ outcome }) => eventsOf(outcome))
    },
    get said() {
      return told.map(({ outcome }) => outcome.is)
    },
  }
}
