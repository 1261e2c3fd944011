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

/** Returns the parts with one more, unless it comes before its turn, or after those that happened later. */
export function withPart(
  parts: ConditionEvents,
  { place, part, ordered }: { place: number; part: ConditionEvent; ordered: boolean },
): ConditionEvents {
  if (parts.flat().some(({ time }) => time > part.time)) return parts
  if (!ordered || place === 0) return parts.with(place, [part])
  const before = parts[place - 1]
  if (before.length > 0) return parts.with(place - 1, []).with(place, [...before, part])
  // The last of several events counts.
  return parts[place].length === 0 ? parts : parts.with(place, [...parts[place].slice(0, -1), part])
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
