/** Parameters that several methods share. */

export type NoParams = Record<string, never>

/** A method about one hub: by default the one that is asked, or another one of its cluster. Fails with TCN_CLUSTER_HUB_UNKNOWN. */
export interface OfHub {
  hub?: string
}

/** A method about all hubs of a cluster. `hub`: only the one with this name; `here`: only the one that is asked. */
export interface OfHubs extends OfHub {
  here?: boolean
}

export type Filters = string | string[] | Record<string, unknown>

/** Selects events: filters in any spelling, and CESQL. An event must match both. */
export interface Wanted {
  filters?: Filters
  where?: string
}

/**
 * By which time a range is meant: that at which the log stored the events, or that at which they happened, which is
 * their attribute `time` where they have one.
 */
export type WhichTime = 'stored' | 'event'
