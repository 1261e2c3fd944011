import type { Wanted } from '../held-matches.js'

/** An event that matches a condition. */
export interface ConditionEvent {
  /** µs since the epoch, by the time that the rule goes by. */
  readonly time: number
  readonly wanted: Wanted
}

/**
 * The events of one group, at the places of the conditions. Without an order, the last event that matches each. In order,
 * at each place the latest events of all conditions up to it.
 */
export type ConditionEvents = readonly (readonly ConditionEvent[])[]

export function noParts(conditions: number): ConditionEvents {
  return Array.from({ length: conditions }, () => [])
}

/** The parts that count together with an event of this time. */
export function partsWithin(parts: ConditionEvents, time: number, within: number): ConditionEvents {
  return parts.map((each) => (each.every((part) => Math.abs(part.time - time) < within) ? each : []))
}

interface Turn {
  readonly place: number
  readonly ordered: boolean
}

/** Returns whether an event of this time counts: not before its turn, nor after those that happened later. */
export function hasTurn(parts: ConditionEvents, time: number, { place, ordered }: Turn): boolean {
  if (parts.flat().some((part) => part.time > time)) return false
  return !ordered || place === 0 || parts[place - 1].length > 0 || parts[place].length > 0
}

/** Returns the parts with one more, whose turn it is. */
export function withPart(
  parts: ConditionEvents,
  part: ConditionEvent,
  { place, ordered }: Turn,
): ConditionEvents {
  if (!ordered || place === 0) return parts.with(place, [part])
  const before = parts[place - 1]
  if (before.length > 0) return parts.with(place - 1, []).with(place, [...before, part])
  // The last of several events counts.
  return parts.with(place, [...parts[place].slice(0, -1), part])
}

/** One event for each condition; undefined if one is missing. */
export function wholeOf(parts: ConditionEvents, ordered: boolean): readonly ConditionEvent[] | undefined {
  const last = parts.at(-1) ?? []
  if (ordered) return last.length > 0 ? last : undefined
  return parts.every((each) => each.length > 0) ? parts.flat() : undefined
}

/** The places of the conditions that are without an event, for one that has come at a place. */
export function missingPlaces(parts: ConditionEvents, place: number, ordered: boolean): number[] {
  const places = parts.map((_, at) => at)
  if (!ordered) return places.filter((at) => parts[at].length === 0)
  // One that comes before its turn counts for nothing.
  return parts[place].length === 0 ? places.slice(0, place + 1) : places.slice(place + 1)
}
