import { DEFAULT_LIMITS, type FrameLimits } from '../event/check.js'
import type { EventLog } from '../log/event-log.js'

/** Limits of the bus, set under `limits` in the configuration: bytes, ms and counts. */
export interface BusLimits {
  frame: number
  tag: number
  bodyDepth: number
  /** Bytes that may wait for a live subscriber; with more, it falls behind and reads the log. */
  queue: number
  /** Bytes appended but not flushed yet; above this, publishers are paused. */
  unflushed: number
  /** Bytes that all subscribers catching up may read per turn of the event loop, besides the limit for its time. */
  catchUpPerTick: number
  filtersPerSubscriber: number
  /** Different filters without a literal prefix, per principal. */
  unanchoredFilters: number
  /** Sum of the costs of different filters that are not cheap, per principal. */
  filterCost: number
  /** Time that slow tests of the filters of one principal may take within 5 s, ms. */
  matchTime: number
  producers: number
  gateDeadline: number
  consumers: number
  unacknowledged: number
}

export const DEFAULT_BUS_LIMITS: BusLimits = {
  frame: DEFAULT_LIMITS.frame,
  tag: DEFAULT_LIMITS.tag,
  bodyDepth: DEFAULT_LIMITS.depth,
  queue: 4 * 1024 * 1024,
  unflushed: 64 * 1024 * 1024,
  catchUpPerTick: 4 * 1024 * 1024,
  filtersPerSubscriber: 64,
  unanchoredFilters: 1000,
  filterCost: 5000,
  matchTime: 500,
  producers: 100_000,
  gateDeadline: 120_000,
  consumers: 10_000,
  unacknowledged: 1000,
}

/**
 * The limits on events for this log: an event that it cannot store must be refused before, one at a time. The limits
 * are read again each time, since they change while the bus runs.
 */
export function withinLog(log: EventLog, limits: FrameLimits): FrameLimits {
  if (log.largestFrame === undefined) return limits
  return {
    get frame() {
      return Math.min(limits.frame, log.largestFrame ?? limits.frame)
    },
    get tag() {
      return limits.tag
    },
    get depth() {
      return limits.depth
    },
    get controls() {
      return limits.controls
    },
  }
}
