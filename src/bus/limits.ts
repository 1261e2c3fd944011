/** Bounds of the bus; the configuration sets them (`limits`). Bytes, ms and counts. */
export interface BusLimits {
  frame: number
  /** A subscriber that has more than this waiting leaves the live path. */
  queue: number
  /** Appended and not yet flushed; above it publishers are paused. */
  unflushed: number
  /** Bytes read for subscribers that catch up before the event loop turns. */
  catchUpPerTick: number
  filtersPerSubscriber: number
  /** Different filters without a literal prefix, for each principal. */
  unanchoredFilters: number
  producers: number
  gateDeadline: number
  consumers: number
  unacknowledged: number
}

export const DEFAULT_BUS_LIMITS: BusLimits = {
  frame: 16 * 1024 * 1024,
  queue: 4 * 1024 * 1024,
  unflushed: 64 * 1024 * 1024,
  catchUpPerTick: 4 * 1024 * 1024,
  filtersPerSubscriber: 64,
  unanchoredFilters: 1000,
  producers: 100_000,
  gateDeadline: 120_000,
  consumers: 10_000,
  unacknowledged: 1000,
}
