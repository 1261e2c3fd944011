import { messageOf } from '../errors/thrown.js'
import type { Event } from '../event/event.js'
import { compilePath, find, type PathStep, scalarAt } from '../event/index.js'
import { encode } from '../event/msgpack/encoder.js'
import { ownTime } from '../event/own-time.js'
import { formatTime } from '../event/position.js'
import { readTraceparent } from '../event/trace-context.js'
import { parseField } from '../filter/field.js'
import { finished } from '../incremental/steps.js'
import { seqIn } from './cause.js'
import { Groups, type GroupsSnapshot } from './groups.js'
import { MadeEvents } from './made-events.js'
import { CHAIN, MAX_CHAIN, type Outcome, type RuleDefinition } from './rule.js'
import { type FieldValues, fieldValues, type OwnField, typeIn } from './template.js'

const MICROS = 1000
/** Characters of the text that names a group. */
const MAX_KEY = 512
/** Bytes of all the fields of an event that templates use. */
const MAX_VALUE_BYTES = 64 * 1024

export interface RuleCounters {
  matched: number
  fired: number
  /** Had acted within `once` already. */
  suppressed: number
  /** Was followed by an event that made acting unnecessary. */
  followed: number
  /** Guards against loops and floods have stopped it. */
  stopped: number
  failed: number
  /** Groups that were forgotten because there were too many. */
  evicted: number
}

export function noCounts(): RuleCounters {
  return { matched: 0, fired: 0, suppressed: 0, followed: 0, stopped: 0, failed: 0, evicted: 0 }
}

export interface RuleSnapshot extends GroupsSnapshot {
  rate: [since: number, count: number]
  counters: RuleCounters
  lastMatch: number
  lastFired: number
}

/** The part of the hub that a rule needs to know of events. */
export interface EventNames {
  typeOf(tag: string): string
  cursorOf(event: Event): string
}

/** One rule at work. What it does depends only on the events that it gets, in their order, and on their times. */
export class RuleRun {
  readonly definition: RuleDefinition
  readonly counters = noCounts()
  /** µs since the epoch; 0: never. */
  lastMatch = 0
  lastFired = 0
  /** True if it has changed since its last snapshot was taken. */
  isChanged = false
  /** The event that it has taken last, or that it acts for. */
  at = 0
  /** Events at which it has failed too often, which are parked. */
  #leftOut: ReadonlySet<number> = new Set()
  readonly #names: EventNames
  readonly #tell: (run: RuleRun, group: string, outcome: Outcome) => void
  readonly #groups: Groups
  readonly #made: MadeEvents
  readonly #by: readonly GroupField[]
  #rate: [since: number, count: number] = [0, 0]

  constructor(
    definition: RuleDefinition,
    names: EventNames,
    tell: (run: RuleRun, group: string, outcome: Outcome) => void,
  ) {
    const { by, groups, after, once } = definition
    this.definition = definition
    this.#names = names
    this.#tell = tell
    this.#made = new MadeEvents(definition)
    this.#by = by.map((field) => groupField(field, names.typeOf))
    this.#groups = new Groups(groups, (after?.within ?? 0) * MICROS, (once ?? 0) * MICROS, (key) =>
      this.#settle(key, { is: 'evicted' }),
    )
  }

  get name(): string {
    return this.definition.name
  }

  get groups(): number {
    return this.#groups.size
  }

  get waiting(): number {
    return this.#groups.waiting
  }

  get nextDeadline(): number {
    return this.#groups.nextDeadline
  }

  /** Takes an event that matches the filter. */
  matched(event: Event, time: number): void {
    this.at = event.seq
    if (this.#leftOut.has(event.seq)) return
    this.counters.matched++
    this.lastMatch = time
    const key = this.#keyOf(event)
    if (key === undefined) this.#settle('', failed(`a value to group by has over ${MAX_KEY} characters`))
    else this.#settle(key, this.#decide(event, key, time), time)
  }

  /** Takes an event that makes acting unnecessary for its group. */
  followed(event: Event): void {
    this.at = event.seq
    if (this.#leftOut.has(event.seq)) return
    const key = this.#keyOf(event)
    if (key !== undefined && this.#groups.followed(key)) this.#settle(key, { is: 'followed' })
  }

  /** Acts for matches that have waited until before this time, as long as there is time for one more. */
  expire(time: number, hasTime = always): void {
    for (const [key, waiting] of this.#groups.due(time)) {
      this.at = seqIn(waiting.cause)
      if (this.#leftOut.has(this.at)) this.isChanged = true
      else this.#settle(key, this.#act(key, waiting.deadline, waiting), waiting.deadline)
      if (!hasTime()) return
    }
  }

  /** Never takes these events, nor acts for those that wait. */
  leaveOut(seqs: readonly number[]): void {
    this.#leftOut = new Set(seqs)
  }

  snapshot(): RuleSnapshot {
    return finished(this.snapshotSteps())
  }

  /** The snapshot, made in steps between which the rule must not change. */
  *snapshotSteps(): Generator<undefined, RuleSnapshot> {
    return {
      ...(yield* this.#groups.snapshotSteps()),
      rate: [...this.#rate],
      counters: { ...this.counters },
      lastMatch: this.lastMatch,
      lastFired: this.lastFired,
    }
  }

  restore(snapshot: RuleSnapshot): void {
    this.#groups.restore(snapshot)
    this.#rate = [...snapshot.rate]
    Object.assign(this.counters, snapshot.counters)
    this.lastMatch = snapshot.lastMatch
    this.lastFired = snapshot.lastFired
  }

  #decide(event: Event, key: string, time: number): Outcome {
    const { after, unless } = this.definition
    const count = after === undefined ? 1 : this.#groups.count(key, time, after.count)
    if (after !== undefined && count < after.count) return { is: 'counted', count, of: after.count }
    const until = this.#groups.deadlineOf(key)
    if (until !== undefined) return { is: 'waits', until }
    const wanted = this.#wanted(event, count)
    if (typeof wanted === 'string') return failed(wanted)
    if (unless === undefined) return this.#act(key, time, wanted)
    const deadline = time + unless.within * MICROS
    this.#groups.wait(key, { ...wanted, deadline })
    return { is: 'waits', until: deadline }
  }

  #act(key: string, time: number, { values, chain, cause, trace }: Wanted): Outcome {
    if (chain.length >= MAX_CHAIN)
      return { is: 'loop', reason: `the rules ${chain.join(', ')} have led to each other` }
    const until = this.#groups.limitedUntil(key, time)
    if (until !== undefined) return { is: 'once', until }
    if (!this.#isAllowed(time)) return { is: 'rate', reason: this.#rateText() }
    try {
      const events = this.#made.make(values, [...chain, this.name], cause, trace)
      this.#groups.acted(key, time)
      return { is: 'fired', events }
    } catch (thrown) {
      return failed(messageOf(thrown))
    }
  }

  #settle(key: string, outcome: Outcome, time = this.lastFired): void {
    this.isChanged = true
    const counter = COUNTER_OF[outcome.is]
    if (counter !== undefined) this.counters[counter]++
    if (outcome.is === 'fired') this.lastFired = time
    this.#tell(this, key, outcome)
  }

  /** Returns the values of the event that the action needs, or the reason why they are too large. */
  #wanted(event: Event, count: number): Wanted | string {
    const cause = this.#names.cursorOf(event)
    const own: Record<OwnField, unknown> = {
      rule: this.name,
      count,
      cursor: cause,
      time: formatTime(ownTime(event)),
    }
    const values = fieldValues(event, this.#made.fields, this.#names.typeOf, own)
    const bytes = encode(values).length
    if (bytes > MAX_VALUE_BYTES)
      return `its templates take more than ${MAX_VALUE_BYTES / 1024} KiB of the event`
    const trace = readTraceparent(event.attributes.traceparent)?.text
    return { values, chain: chainOf(event), cause, trace, bytes }
  }

  #isAllowed(time: number): boolean {
    const { count, within } = this.definition.atMost
    if (time >= this.#rate[0] + within * MICROS) this.#rate = [time, 0]
    return ++this.#rate[1] <= count
  }

  #rateText(): string {
    const { count, within } = this.definition.atMost
    return `it has acted ${count} times within ${within / 1000} s`
  }

  #keyOf(event: Event): string | undefined {
    const by = this.#by
    if (by.length === 0) return ''
    const key =
      by.length === 1 ? keyText(by[0](event)) : JSON.stringify(by.map((field) => keyText(field(event))))
    return key.length <= MAX_KEY ? key : undefined
  }
}

const always = () => true

const COUNTER_OF: Partial<Record<Outcome['is'], keyof RuleCounters>> = {
  fired: 'fired',
  once: 'suppressed',
  followed: 'followed',
  loop: 'stopped',
  rate: 'stopped',
  failed: 'failed',
  evicted: 'evicted',
}

function failed(reason: string): Outcome {
  return { is: 'failed', reason }
}

/** The values of an event that an action needs. */
interface Wanted {
  values: FieldValues
  chain: readonly string[]
  cause: string
  trace: string | undefined
  bytes: number
}

type GroupField = (event: Event) => unknown

/** Reads the field without decoding the body. */
function groupField(name: string, typeOf: EventNames['typeOf']): GroupField {
  const field = parseField(name)
  if (field.in === 'data') return dataField(compilePath(field.path))
  if (field.in === 'attribute') return (event) => event.attributes[field.name]
  if (field.in === 'type') return (event) => typeIn(event, typeOf)
  const { in: where } = field
  return (event) => event[where]
}

function dataField(path: readonly PathStep[]): GroupField {
  return (event) => {
    const at = find(event.bytes, event.end - event.body.length, event.end, path)
    return at < 0 ? undefined : scalarAt(event.bytes, at)
  }
}

/** Events whose field is missing, or is neither text nor a number nor a boolean, are one group. */
function keyText(value: unknown): string {
  if (typeof value === 'string') return value
  return ['number', 'bigint', 'boolean'].includes(typeof value) ? String(value) : ''
}

/** The rules that have led to the event. Of events that are not the hub's own, nobody knows whether it is true. */
function chainOf(event: Event): readonly string[] {
  if (!event.source.startsWith('hub/')) return []
  const chain = event.attributes[CHAIN]
  return typeof chain === 'string' && chain !== '' ? chain.split(' ') : []
}
