import { encodedLength } from '../../event/msgpack/encoder.js'
import type { FieldValues } from '../../types/template.js'
import type { Wanted } from '../held-matches.js'
import { failed } from '../outcomes.js'
import type { Outcome } from '../rule.js'
import {
  type ConditionEvent,
  type ConditionEvents,
  hasTurn,
  missingPlaces,
  noParts,
  partsWithin,
  wholeOf,
  withPart,
} from './condition-events.js'
import type { CorrelationDefinition } from './correlation.js'

const MICROS = 1000
const GROUPS_A_STEP = 64
/** Bytes of all events of one rule that wait for those of other conditions. */
const MAX_BYTES = 4 * 1024 * 1024
/** Bytes of an event beside its values, roughly. */
const PART_BYTES = 128

interface Combination {
  readonly parts: ConditionEvents
  readonly bytes: number
  /** When an event of it has come last, by the time of the log, µs. */
  readonly seen: number
}

type PartSnapshot = [time: number, values: FieldValues, chain: string[], cause: string, bytes: number]
export type CombinationSnapshot = [key: string, seen: number, parts: PartSnapshot[][]]

/** The event that was taken is the last that was missing; otherwise, what became of it. */
export type Combined = { readonly all: Wanted } | Outcome

/** An event that matches a condition. Times are µs since the epoch. */
export interface ConditionMatch {
  /** Place of the condition. */
  readonly place: number
  /** Its values, or the reason why they are too large. */
  wantedNow(): Wanted | string
  /** The time that the rule goes by, and the time of the log. */
  readonly time: number
  readonly now: number
}

export interface CombinationsOptions {
  readonly correlation: CorrelationDefinition
  /** Groups that are remembered. */
  readonly most: number
  /** Delay with which events of the same time may come; 0 if they are taken as they come. */
  readonly delayMicros: number
  /** Learns of a group that is forgotten because there are too many. */
  evicted(key: string): void
}

/** The events of one rule that wait for those of other conditions, by groups, in bounded number. */
export class Combinations {
  readonly #correlation: CorrelationDefinition
  readonly #withinMicros: number
  readonly #most: number
  readonly #delayMicros: number
  readonly #evicted: (key: string) => void
  /** The one seen last is the last. */
  readonly #groups = new Map<string, Combination>()
  #bytes = 0

  constructor({ correlation, most, delayMicros, evicted }: CombinationsOptions) {
    this.#correlation = correlation
    this.#withinMicros = correlation.within * MICROS
    this.#most = most
    this.#delayMicros = delayMicros
    this.#evicted = evicted
  }

  /** The number of groups that are not among those either. */
  sizeWithout(others: { has(key: string): boolean }): number {
    let size = 0
    for (const key of this.#groups.keys()) if (!others.has(key)) size++
    return size
  }

  take(key: string, match: ConditionMatch): Combined {
    const { place, now } = match
    const { conditions, ordered } = this.#correlation
    const known = this.#groups.get(key)?.parts ?? noParts(conditions.length)
    const time = this.#timeOf(match, known)
    const earlier = partsWithin(known, time, this.#withinMicros)
    if (!hasTurn(earlier, time, { place, ordered })) return this.#partial(earlier, place)
    const wanted = match.wantedNow()
    if (typeof wanted === 'string') return failed(wanted)
    const part = { time, wanted: ownOf(wanted, conditions[place].name) }
    const parts = withPart(earlier, part, { place, ordered })
    const whole = wholeOf(parts, ordered)
    this.#end(key)
    if (whole !== undefined) return { all: together(whole, wanted) }
    this.#keep(key, parts, now)
    return this.#partial(parts, place)
  }

  /** Events that are taken as they come are in the order of the log, also if its clock was set back. */
  #timeOf({ time }: ConditionMatch, known: ConditionEvents): number {
    return this.#delayMicros > 0 ? time : Math.max(time, ...known.flat().map((part) => part.time))
  }

  #partial(parts: ConditionEvents, place: number): Outcome {
    const { conditions, ordered } = this.#correlation
    const missing = missingPlaces(parts, place, ordered).map((at) => conditions[at].name)
    return { is: 'partial', condition: conditions[place].name, missing }
  }

  *snapshotSteps(): Generator<undefined, CombinationSnapshot[]> {
    const groups: CombinationSnapshot[] = []
    for (const [key, { seen, parts }] of this.#groups) {
      const count = groups.push([key, seen, parts.map((each) => each.map(partSnapshot))])
      if (count % GROUPS_A_STEP === 0) yield
    }
    return groups
  }

  restore(groups: readonly CombinationSnapshot[]): void {
    for (const [key, seen, parts] of groups)
      this.#set(
        key,
        parts.map((each) => each.map(partFrom)),
        seen,
      )
  }

  #keep(key: string, parts: ConditionEvents, now: number): void {
    const bytes = bytesOfCombination(key, parts)
    for (const [oldest, { seen }] of this.#groups) {
      const isOver = seen + this.#withinMicros + this.#delayMicros <= now
      const isFull = this.#groups.size >= this.#most || this.#bytes + bytes > MAX_BYTES
      if (!isOver && !isFull) break
      this.#end(oldest)
      // Nothing can come of its events any longer.
      if (!isOver) this.#evicted(oldest)
    }
    this.#set(key, parts, now)
  }

  #set(key: string, parts: ConditionEvents, seen: number): void {
    const bytes = bytesOfCombination(key, parts)
    this.#groups.set(key, { parts, bytes, seen })
    this.#bytes += bytes
  }

  #end(key: string): Combination | undefined {
    const group = this.#groups.get(key)
    if (group === undefined) return undefined
    this.#groups.delete(key)
    this.#bytes -= group.bytes
    return group
  }
}

/** The part of the values that the event alone can give: those of its condition. */
function ownOf(wanted: Wanted, condition: string): Wanted {
  const values = Object.entries(wanted.values).filter(([field]) => field.startsWith(`${condition}.`))
  return sized(wanted, Object.fromEntries(values))
}

/** The last event, with the values of the others. A loop of rules is noticed by the longest way to any of them. */
function together(parts: readonly ConditionEvent[], last: Wanted): Wanted {
  const all = parts.map(({ wanted }) => wanted)
  return {
    ...sized(last, Object.assign({}, ...all.map(({ values }) => values), last.values)),
    chain: all.map(({ chain }) => chain).reduce((one, other) => (other.length > one.length ? other : one)),
  }
}

function sized(wanted: Wanted, values: FieldValues): Wanted {
  return { ...wanted, values, bytes: encodedLength(values) }
}

function bytesOfCombination(key: string, parts: ConditionEvents): number {
  return parts.flat().reduce((sum, { wanted }) => sum + PART_BYTES + wanted.bytes, key.length)
}

function partSnapshot({ time, wanted: { values, chain, cause, bytes } }: ConditionEvent): PartSnapshot {
  return [time, values, [...chain], cause, bytes]
}

function partFrom([time, values, chain, cause, bytes]: PartSnapshot): ConditionEvent {
  return { time, wanted: { values, chain, cause, bytes, trace: undefined } }
}
