import { encodeAttributes } from '../event/attributes.js'
import { Event } from '../event/event.js'
import { encodeFrame, setFrameSeq, setFrameTime } from '../event/frame.js'
import { encode } from '../event/msgpack/encoder.js'
import type { CompileOptions } from '../filter/index.js'
import { RuleEngine } from './engine.js'
import { CHAIN, eventsOf, type MadeEvent, type Outcome, type RuleDefinition } from './rule.js'
import type { RuleCounters } from './rule-counters.js'
import type { EngineRun } from './run.js'

const SOURCE = 'hub/test/rule'
const EPOCH = 'test'

/** The outcome that an event would have had. */
export interface RehearsedOutcome {
  rule: string
  group: string
  /** µs since the epoch */
  time: number
  /** The tag of the event that has decided it; undefined if time has. */
  tag: string | undefined
  outcome: Outcome
}

export interface RehearsedRule extends RuleCounters {
  name: string
  /** Matches, and events held for their turn, that still wait at the end. */
  waiting: number
  held: number
}

/** Runs rules on events of the past, and on what they themselves would have made. */
export class Rehearsal {
  /** Events that were taken. */
  events = 0
  readonly #engine: RuleEngine
  readonly #tell: (outcome: RehearsedOutcome) => void
  #event: Event | undefined
  #made: MadeEvent[] = []

  constructor(
    rules: readonly RuleDefinition[],
    types: CompileOptions,
    tell: (outcome: RehearsedOutcome) => void,
  ) {
    this.#tell = tell
    this.#engine = new RuleEngine(rules, {
      failed: (_run, _seq, thrown) => {
        throw thrown
      },
      ...types,
      epoch: () => EPOCH,
      cursorOf: (event) => event.cursorIn(EPOCH),
      outcome: (run, group, outcome) => this.#told(run, group, outcome),
    })
  }

  /** Takes an event. What rules have made before is left out, since they make it again. */
  take(event: Event): void {
    if (event.source.startsWith('hub/') && event.attributes[CHAIN] !== undefined) return
    this.events++
    // A decision that is due before the event is not caused by it.
    this.#engine.advance(event.time)
    this.#takeMade(event.time)
    this.#give(event)
    this.#takeMade(event.time)
  }

  /** Time passes until then, µs since the epoch. */
  advance(time: number): void {
    // One decision after the other, each at its own time, since it may lead to the next one.
    for (let due = this.#engine.nextDeadline; due < time; due = this.#engine.nextDeadline)
      this.#passTo(due + 1)
    this.#passTo(time)
  }

  #passTo(time: number): void {
    this.#engine.advance(time)
    this.#takeMade(time)
  }

  end(): RehearsedRule[] {
    return this.#engine.runs.map(({ name, waiting, held, counters }) => ({
      name,
      ...counters,
      waiting,
      held,
    }))
  }

  #give(event: Event): void {
    this.#event = event
    this.#engine.take(event.bytes, event.at)
    this.#event = undefined
  }

  #takeMade(time: number): void {
    for (let made = this.#made.shift(); made !== undefined; made = this.#made.shift()) {
      const { tag, data, attributes } = made
      const bytes = encodeFrame({
        tag,
        source: SOURCE,
        attributes: encodeAttributes(attributes),
        body: encode(data),
      })
      setFrameSeq(bytes, 0, 0)
      setFrameTime(bytes, 0, time)
      this.#give(new Event(bytes))
    }
  }

  #told({ name, handles }: EngineRun, group: string, outcome: Outcome): void {
    const { time, tag } = handles ?? { time: this.#engine.time, tag: this.#event?.tag }
    this.#tell({ rule: name, group, time, tag, outcome })
    this.#made.push(...eventsOf(outcome))
  }
}
