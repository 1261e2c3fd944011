import { FAULTS } from './plan.js'

/** What a run of many seeds must have met: one that has not has tested less than it says. */
export const SIGHTINGS = [
  ...FAULTS,
  'bucketLost',
  'arrivals first after a pause',
  'timers first after a pause',
  'second term',
  'refusal',
  'redelivery',
  'gap',
  'gap of an edge hub',
  'edge hub by WebSocket',
  'failover',
  'missing at a gate',
  'consequence of a rule',
  'delivery of a sink',
  'delivery of a sink that is refused',
  'delivery of a sink that is unclear',
  'repeated delivery of a sink',
  'delivery of a sink before one that is not taken',
] as const

/** Seeds that are enough for all of them. */
export const ENOUGH_SEEDS = 100

export function unseen(seen: ReadonlySet<string>): string[] {
  return SIGHTINGS.filter((kind) => !seen.has(kind))
}
