import { messageOf } from '../errors/thrown.js'
import type { Event } from '../event/event.js'
import { asFields } from '../event/json/object.js'
import { ownTime } from '../event/own-time.js'
import { finished } from '../incremental/steps.js'
import { ActionRate } from './action-rate.js'
import { type Alert, RESOLVE_TAG } from './alerts/alert.js'
import type { AlertSnapshot } from './alerts/alert-record.js'
import { RuleAlerts } from './alerts/rule-alerts.js'
import { seqIn } from './cause.js'
import { Combinations } from './correlation/combinations.js'
import { EventReader, type ReadEvent } from './event-reader.js'
import { MAX_KEY } from './group-keys.js'
import { Groups, type Waiting } from './groups.js'
import { type HeldEvent, HeldMatches, type Wanted, withCount } from './held-matches.js'
import { MadeCounters } from './made-counters.js'
import { MadeEvents } from './made-events.js'
import { EARLY, failed, lateText } from './outcomes.js'
import { MAX_CHAIN, type Outcome, type RuleDefinition } from './rule.js'
import { counterOf, noCounts } from './rule-counters.js'
import {
  type EngineRun,
  type EventNames,
  type Meaning,
  type Role,
  type RuleSnapshot,
  rolesOf,
} from './run.js'

const MICROS = 1000

/** One rule at work. What it does depends only on the events that it gets, in their order, and on their times. */
export class RuleRun implements EngineRun {
  readonly definition: RuleDefinition
  readonly roles: readonly Role[]
  readonly counters = noCounts()
  lastMatch = 0
  lastFired = 0
  isChanged = false
  at = 0
  handles: HeldEvent | undefined
  /** Events at which it has failed too often, which are parked. */
  #leftOut: ReadonlySet<number> = new Set()
  readonly #names: EventNames
  readonly #tell: (run: RuleRun, group: string, outcome: Outcome) => void
  readonly #groups: Groups
  /** Only of a rule with several conditions. */
  readonly #combinations: Combinations | undefined
  readonly #made: MadeEvents
  readonly #alerts: RuleAlerts | undefined
  readonly #reader: EventReader
  /** Empty unless the rule goes by the time of events. */
  readonly #held = new HeldMatches()
  readonly #delay: number | undefined
  /** The last event that was late. */
  #late = 0
  readonly #counters: MadeCounters
  readonly #rate: ActionRate

  constructor(
    definition: RuleDefinition,
    names: EventNames,
    tell: (run: RuleRun, group: string, outcome: Outcome) => void,
  ) {
    const { groups, after, once, eventTime, correlation } = definition
    this.definition = definition
    this.roles = rolesOf(definition)
    this.#delay = eventTime && eventTime.delay * MICROS
    this.#names = names
    this.#tell = tell
    this.#made = new MadeEvents(definition)
    this.#rate = new ActionRate(definition.atMost)
    this.#counters = new MadeCounters(
      [eventTime, definition.alert, correlation].some((each) => each !== undefined),
    )
    this.#alerts =
      definition.alert &&
      new RuleAlerts(definition.name, definition.alert, {
        counterFor: (cause) => this.#counters.firstFor(seqIn(cause)),
        ended: (group, event) => this.#settle(group, { is: 'resolved', events: [event] }),
      })
    const fields = [...this.#made.fields, ...(this.#alerts?.fields ?? [])]
    this.#reader = new EventReader(definition, fields, names)
    const limits = {
      most: groups,
      delayMicros: this.#delay ?? 0,
      evicted: (key: string) => this.#settle(key, { is: 'evicted' }),
    }
    this.#combinations = correlation && new Combinations({ correlation, ...limits })
    this.#groups = new Groups({
      ...limits,
      togetherMicros: ((after ?? correlation)?.within ?? 0) * MICROS,
      onceMicros: (once ?? 0) * MICROS,
    })
  }

  get name(): string {
    return this.definition.name
  }

  get groups(): number {
    return this.#groups.size + (this.#combinations?.sizeWithout(this.#groups) ?? 0)
  }

  get waiting(): number {
    return this.#groups.waiting
  }

  get held(): number {
    return this.#held.size
  }

  get nextDeadline(): number {
    const ofAlerts = this.#alerts?.set.nextDeadline ?? Number.POSITIVE_INFINITY
    return Math.min(this.#groups.nextDeadline, this.#held.nextDue, ofAlerts)
  }

  get alertCount(): number {
    return this.#alerts?.set.remembered ?? 0
  }

  get activeAlerts(): number {
    return this.#alerts?.set.size ?? 0
  }

  *alerts(): Iterable<Alert> {
    if (this.#alerts !== undefined) yield* this.#alerts.set.current()
  }

  look(meaning: Meaning, event: Event): void {
    this.#reader.look(meaning, event)
  }

  take(meaning: Meaning, event: Event, now: number): void {
    this.at = event.seq
    if (this.#leftOut.has(event.seq)) return
    if (meaning === 'matches') this.#matched(event, now)
    else if (meaning === 'follows') this.#followed(event, now)
    else this.#resolves(event, now)
  }

  /** Takes an event that matches the filter. `now`: the time of the log. */
  #matched(event: Event, now: number): void {
    const found = this.#reader.matches(event)
    if (found.length === 0) return
    this.counters.matched++
    this.lastMatch = now
    for (const read of found) this.#takeMatch(event, read, now)
  }

  #takeMatch(event: Event, read: ReadEvent, now: number): void {
    const { key, times, condition } = read
    const place = condition?.place
    if (key === undefined) this.#settle('', failed(`a value to group by has over ${MAX_KEY} characters`))
    else if (condition?.isGrouped && key === '') this.#settle(key, { is: 'apart', condition: condition.name })
    else if (this.#delay !== undefined)
      this.#hold(event, key, now, this.#reader.wanted(event, read, 0), place)
    else {
      const wanted = (count: number) => this.#reader.wanted(event, read, count)
      const moment = { time: now, now, cause: this.#names.cursorOf(event), place }
      // More of them than `after` counts make no difference.
      for (let left = Math.min(times, this.definition.after?.count ?? 1); left > 0; left--)
        this.#settle(key, this.#decide(key, moment, wanted), now)
    }
  }

  /** Takes an event that makes acting unnecessary for its group. */
  #followed(event: Event, now: number): void {
    const key = this.#reader.followKeyOf(event)
    if (key === undefined) return
    if (this.#delay !== undefined) this.#hold(event, key, now, undefined)
    else this.#end(key)
  }

  /** Does what was due before this time, as long as there is time for one more. */
  expire(time: number, hasTime = always): void {
    while (this.nextDeadline < time) {
      this.#doNext()
      if (!hasTime()) return
    }
  }

  leaveOut(seqs: readonly number[]): void {
    this.#leftOut = new Set(seqs)
  }

  snapshot(): RuleSnapshot {
    return finished(this.snapshotSteps())
  }

  *snapshotSteps(): Generator<undefined, RuleSnapshot> {
    return {
      ...(yield* this.#groups.snapshotSteps()),
      rate: this.#rate.snapshot(),
      counters: { ...this.counters },
      lastMatch: this.lastMatch,
      lastFired: this.lastFired,
      ...(this.#delay !== undefined && { held: yield* this.#held.snapshotSteps() }),
      ...(this.#combinations !== undefined && { combinations: yield* this.#combinations.snapshotSteps() }),
      ...this.#counters.snapshot(),
      ...(this.#alerts !== undefined && { alerts: yield* this.#alerts.set.snapshotSteps() }),
    }
  }

  restore(snapshot: RuleSnapshot): void {
    this.#groups.restore(snapshot)
    this.#combinations?.restore(snapshot.combinations ?? [])
    this.#rate.restore(snapshot.rate)
    Object.assign(this.counters, snapshot.counters)
    this.lastMatch = snapshot.lastMatch
    this.lastFired = snapshot.lastFired
    this.#held.restore(snapshot.held ?? [])
    this.#counters.restore(snapshot.counter)
    this.restoreAlerts(snapshot.alerts ?? [])
  }

  restoreAlerts(alerts: readonly AlertSnapshot[]): void {
    this.#alerts?.set.restore(alerts)
  }

  /** Lets an event wait for its turn, unless those that happened later were handled already. */
  #hold(event: Event, key: string, now: number, wanted: HeldEvent['wanted'], place?: number): void {
    this.isChanged = true
    const { tag, seq } = event
    const time = ownTime(event)
    const last = this.#groups.lastOf(key)
    if (last !== undefined && time < last) {
      if (seq !== this.#late) this.#settle(key, { is: 'late', reason: lateText(time, last) })
      this.#late = seq
      return
    }
    this.#held.add({ tag, seq, time, due: now + (this.#delay ?? 0), key, wanted, place })
    while (this.#held.isFull) {
      const first = this.#held.take()
      if (first === undefined) return
      this.#settle(first.key, { is: 'early', reason: EARLY })
      this.#handle(first, now)
    }
  }

  /** Handles the event whose turn it is, or ends the wait that is over, whichever is due first. */
  #doNext(): void {
    const due = this.#held.nextDue
    const { nextDeadline } = this
    if (due <= nextDeadline) {
      const held = this.#held.take()
      if (held !== undefined) this.#handle(held, due)
    } else if (this.#groups.nextDeadline <= nextDeadline) this.#endWait()
    else this.#alertIsDue(nextDeadline)
  }

  #alertIsDue(now: number): void {
    const cause = this.#alerts?.nextCause
    if (this.#alerts === undefined || cause === undefined) return
    this.at = seqIn(cause)
    this.isChanged = true
    this.#alerts.endDue(now)
  }

  /** An event ends the alert of its group, or somebody the one with a key. */
  #resolves(event: Event, now: number): void {
    const cause = this.#names.cursorOf(event)
    if (event.tag === RESOLVE_TAG) this.#alerts?.resolvedByHand(asFields(event.data), { now, cause })
    else {
      const key = this.#reader.endKeyOf(event)
      if (key !== undefined) this.#alerts?.resolved(key, { now, cause })
    }
    this.isChanged = true
  }

  /** First, it handles what was in time to end the wait. */
  #endWait(): void {
    const longest = this.#groups.longestWaiting
    if (longest === undefined) return
    const [key, waiting] = longest
    const { over, deadline } = waiting
    const held = over === undefined ? undefined : this.#held.takeOf(key, over)
    if (held !== undefined) this.#handle(held, deadline)
    else {
      this.#groups.end(key)
      this.#actFor(key, waiting, deadline)
    }
  }

  #handle(event: HeldEvent, now: number): void {
    const { key, time, seq, wanted, place } = event
    this.handles = event
    const waiting = this.#groups.endBefore(key, time)
    if (waiting !== undefined) this.#actFor(key, waiting, now)
    this.at = seq
    this.isChanged = true
    if (this.#leftOut.has(seq)) this.#counters.firstFor(seq)
    else {
      this.#groups.handled(key, time, now)
      if (wanted === undefined) this.#end(key)
      else {
        const cause = typeof wanted === 'string' ? '' : wanted.cause
        const moment = { time, now, cause, place }
        this.#settle(
          key,
          this.#decide(key, moment, (count) => withCount(wanted, count)),
          now,
        )
      }
    }
    this.handles = undefined
  }

  /** Acts for a match that has waited. */
  #actFor(key: string, waiting: Waiting, now: number): void {
    this.at = seqIn(waiting.cause)
    this.isChanged = true
    if (this.#leftOut.has(this.at)) this.#counters.firstFor(this.at)
    else this.#settle(key, this.#act(key, { time: waiting.over ?? now, now }, waiting), now)
  }

  #end(key: string): void {
    if (this.#groups.end(key) !== undefined) this.#settle(key, { is: 'followed' })
  }

  #decide(key: string, moment: EventMoment, wantedFor: (count: number) => Wanted | string): Outcome {
    const { time, place } = moment
    const { after, unless } = this.definition
    if (place !== undefined && this.#combinations !== undefined) {
      const combined = this.#combinations.take(key, { ...moment, place, wantedNow: () => wantedFor(1) })
      return 'all' in combined ? this.#goOn(key, moment, () => combined.all) : combined
    }
    // While it waits for silence, a match says nothing about an alert that has begun.
    const ongoing = unless === undefined ? this.#ongoing(key, moment) : undefined
    if (ongoing !== undefined) return ongoing
    const count = after === undefined ? 1 : this.#groups.count(key, time, after.count)
    if (after !== undefined && count < after.count) return { is: 'counted', count, of: after.count }
    return this.#goOn(key, moment, () => wantedFor(count))
  }

  /** Enough has matched: it waits, or acts. */
  #goOn(key: string, moment: EventMoment, wantedNow: () => Wanted | string): Outcome {
    const { time, now } = moment
    const { unless } = this.definition
    const until = this.#groups.deadlineOf(key)
    if (until !== undefined) return { is: 'waits', until }
    const wanted = wantedNow()
    if (typeof wanted === 'string') return failed(wanted)
    if (unless === undefined) return this.#act(key, moment, wanted)
    const within = unless.within * MICROS
    const over = this.#delay === undefined ? undefined : { over: time + within }
    this.#groups.wait(key, { ...wanted, deadline: now + within, ...over })
    return { is: 'waits', until: now + within }
  }

  #act(key: string, { time, now }: Pick<EventMoment, 'time' | 'now'>, wanted: Wanted): Outcome {
    const { values, chain, cause, trace } = wanted
    const counter = this.#counters.firstFor(seqIn(cause))
    if (chain.length >= MAX_CHAIN)
      return { is: 'loop', reason: `the rules ${chain.join(', ')} have led to each other` }
    const ongoing = this.#ongoing(key, { now, cause })
    if (ongoing !== undefined) return ongoing
    const until = this.#groups.limitedUntil(key, time)
    if (until !== undefined) return { is: 'once', until }
    if (this.#rate.isOver(now)) return { is: 'rate', reason: this.#rate.text }
    if (this.#alerts?.refusal !== undefined) return { is: 'full', reason: this.#alerts.refusal }
    try {
      const count = this.definition.after?.count ?? 1
      const first = this.#alerts === undefined ? counter : counter + 1
      const made = this.#made.make({ values, chain: [...chain, this.name], cause, trace }, first)
      const begun = this.#alerts?.begin(key, wanted, { now, count, counter })
      this.#groups.acted(key, time)
      return { is: 'fired', events: begun === undefined ? made : [begun, ...made] }
    } catch (thrown) {
      return failed(messageOf(thrown))
    }
  }

  #ongoing(key: string, moment: { now: number; cause: string }): Outcome | undefined {
    const alert = this.#alerts?.set.again(key, moment)
    return alert && { is: 'ongoing', count: alert.count }
  }

  #settle(key: string, outcome: Outcome, time = this.lastFired): void {
    this.isChanged = true
    const counter = counterOf(outcome)
    if (counter !== undefined) this.counters[counter]++
    if (outcome.is === 'fired') this.lastFired = time
    this.#tell(this, key, outcome)
  }
}

const always = () => true

/** The time that the rule goes by, and the time of the log. */
interface EventMoment {
  readonly time: number
  readonly now: number
  /** The cursor of the event. */
  readonly cause: string
  /** The place of the condition that it matches, if the rule has several. */
  readonly place?: number | undefined
}
