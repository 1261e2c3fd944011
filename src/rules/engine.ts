import { Event } from '../event/event.js'
import { frameSeq, frameTime, tagLength, tagStart } from '../event/frame.js'
import { type CompileOptions, compileFilter, parseFilter, SubscriptionIndex } from '../filter/index.js'
import { isLongFrame, LongBody } from '../filter/long-bodies.js'
import { NoticeRun } from './alerts/notice-run.js'
import { type Outcome, type RuleDefinition, tagOfRule } from './rule.js'
import { RuleRun } from './rule-run.js'
import { type EngineRun, type EventNames, MEANINGS, type Meaning } from './run.js'

export interface EngineOptions extends CompileOptions {
  cursorOf: EventNames['cursorOf']
  /** Is told what became of each event that matched a rule, as soon as that is known. */
  outcome(run: EngineRun, group: string, outcome: Outcome): void
  /** Is told that a rule has thrown at an event, and takes none any more: nobody knows what it remembers. */
  failed(run: EngineRun, seq: number, thrown: unknown): void
}

function runOf(definition: RuleDefinition, options: EngineOptions): EngineRun {
  const Kind = definition.notices === undefined ? RuleRun : NoticeRun
  return new Kind(definition, options, options.outcome)
}

/** A rule, with what an event that matches its filter means for it. */
interface Listener {
  readonly run: EngineRun
  readonly meaning: Meaning
}

/**
 * Decides what rules do. It has no clock: time is what events say, and what `advance` says, so that the same events
 * always lead to the same.
 */
export class RuleEngine {
  readonly runs: readonly EngineRun[]
  readonly #index = new SubscriptionIndex<Listener>()
  readonly #found: Listener[] = []
  /** The long event that is looked at, or is taken next. */
  #long: LongBody | undefined
  readonly #failed: EngineOptions['failed']
  readonly #broken = new Set<EngineRun>()
  /** Rules that have taken the events up to a number already, before a restart. */
  readonly #ahead = new Map<EngineRun, number>()
  #time = 0
  #nextDeadline = Number.POSITIVE_INFINITY

  constructor(rules: readonly RuleDefinition[], options: EngineOptions) {
    this.#failed = options.failed
    this.runs = rules.map((definition) => runOf(definition, options))
    for (const run of this.runs)
      for (const meaning of MEANINGS) {
        // An event that matches several filters is taken once.
        const listener = { run, meaning }
        for (const { filter } of run.roles.filter((role) => role.meaning === meaning))
          this.#index.add(compileFilter(parseFilter(filter), options), listener)
      }
  }

  /** µs since the epoch: all rules have seen what happened before. */
  get time(): number {
    return this.#time
  }

  /** When a match has waited long enough, µs since the epoch. */
  get nextDeadline(): number {
    return this.#nextDeadline
  }

  /**
   * Looks for what the rules read of the frame if it is long. Returns false if the time was over before all was found; it
   * must be called again before the frame is taken.
   */
  look(bytes: Uint8Array, at: number, hasTime: () => boolean): boolean {
    if (!isLongFrame(bytes, at)) return true
    if (this.#long?.isOf(bytes, at) !== true) this.#long = new LongBody(bytes, at)
    try {
      while (!this.#long.look(() => this.#readAll(bytes, at))) if (!hasTime()) return false
    } catch {
      // A rule that throws here throws again when it takes the event, and is stopped then.
    }
    return true
  }

  /** Takes the frame at the offset, which comes after all that were taken. */
  take(bytes: Uint8Array, at: number): void {
    const long = this.#long
    this.#long = undefined
    if (long?.isOf(bytes, at) === true) long.read(() => this.#take(bytes, at))
    else this.#take(bytes, at)
  }

  #take(bytes: Uint8Array, at: number): void {
    this.advance(frameTime(bytes, at))
    const found = this.#found
    const count = this.#index.match(bytes, at, found)
    if (count > 0) this.#give(new Event(bytes, at), count)
  }

  /**
   * Says that no event from before this time will come. Returns false if the time was over before all had acted that has
   * waited until then; it must be said again before the next event.
   */
  advance(time: number, hasTime?: () => boolean): boolean {
    if (time > this.#time) this.#time = time
    return this.#time <= this.#nextDeadline || this.#expire(hasTime)
  }

  /** Leaves out events up to the number for this rule. */
  skip(run: EngineRun, seq: number): void {
    this.#ahead.set(run, seq)
    this.#nextDeadline = Math.min(this.#nextDeadline, run.nextDeadline)
  }

  /** Returns whether the rule has thrown. */
  isBroken(run: EngineRun): boolean {
    return this.#broken.has(run)
  }

  /** Takes the rule out. The others continue. */
  break(run: EngineRun, seq: number, thrown: unknown): void {
    if (this.#broken.has(run)) return
    this.#broken.add(run)
    this.#failed(run, seq, thrown)
  }

  #readAll(bytes: Uint8Array, at: number): void {
    const count = this.#index.match(bytes, at, this.#found)
    const event = new Event(bytes, at)
    for (const { run, meaning } of this.#found.slice(0, count))
      if (!this.#broken.has(run)) run.look?.(meaning, event)
  }

  /** An event ends a wait or an alert before it begins one, so that a rule can wait for the next event of its own kind. */
  #give(event: Event, count: number): void {
    const found = this.#found
    const about = ruleIn(event)
    for (const meaning of MEANINGS)
      for (let i = 0; i < count; i++) {
        const { run, meaning: its } = found[i]
        if (its !== meaning || run.name === about || this.#isPast(run, event)) continue
        this.#let(run, () => run.take(meaning, event, this.#time))
        if (run.nextDeadline < this.#nextDeadline) this.#nextDeadline = run.nextDeadline
      }
  }

  /** An error that a rule throws ends only this rule. */
  #let(run: EngineRun, work: () => void): void {
    try {
      work()
    } catch (thrown) {
      this.break(run, run.at, thrown)
    }
  }

  /** Returns whether the rule has stopped or has already taken the event. */
  #isPast(run: EngineRun, { bytes, at }: Event): boolean {
    if (this.#broken.has(run)) return true
    if (this.#ahead.size === 0) return false
    const seq = this.#ahead.get(run)
    if (seq === undefined) return false
    if (frameSeq(bytes, at) <= seq) return true
    this.#ahead.delete(run)
    return false
  }

  /** Returns whether all are done. */
  #expire(hasTime?: () => boolean): boolean {
    let next = Number.POSITIVE_INFINITY
    for (const run of this.runs) {
      if (this.#broken.has(run)) continue
      if (run.nextDeadline < this.#time) this.#let(run, () => run.expire(this.#time, hasTime))
      next = Math.min(next, run.nextDeadline)
    }
    this.#nextDeadline = next
    return this.#time <= next
  }
}

const ABOUT_RULES = new TextEncoder().encode(tagOfRule(''))

/** The rule that an event of the hub is about, which the rule itself never sees. */
function ruleIn(event: Event): string | undefined {
  const { bytes, at } = event
  const start = tagStart(bytes, at)
  if (tagLength(bytes, at) < ABOUT_RULES.length) return undefined
  for (let i = 0; i < ABOUT_RULES.length; i++) if (bytes[start + i] !== ABOUT_RULES[i]) return undefined
  return event.tag.split('/')[2]
}
