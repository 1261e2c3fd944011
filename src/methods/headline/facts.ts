import type { HubStatus } from '../contract/index.js'

/** The hosts of which the hub has heard, except those that have said that they go. */
export interface HostTrouble {
  readonly known: number
  /** Those with an error in the last ten minutes. */
  readonly failing: number
  readonly silent: number
}

/** The alerts that fire and are not silenced. */
export interface FiringAlerts {
  readonly count: number
  /** True if one of them is an error, or worse. */
  readonly isGrave: boolean
  /** When the oldest has begun, µs since the epoch; undefined if there are none. */
  readonly since: number | undefined
}

/** Durable consumers with an event that has waited for more than a minute. */
export interface LateConsumers {
  readonly count: number
  /** The one that is furthest behind. */
  readonly first: { readonly name: string; readonly since: number } | undefined
}

type OfStatus = 'now' | 'disk' | 'parked' | 'sources' | 'cluster'
type OfNewerStatus = 'faults' | 'damage' | 'edges' | 'sinks' | 'rules'

/** The state of a hub that the headline is made from. */
export interface HeadlineFacts extends Pick<HubStatus, OfStatus>, Required<Pick<HubStatus, OfNewerStatus>> {
  readonly logFault: string | undefined
  /** True while the hub accepts no events. */
  readonly isSuspended: boolean
  readonly hosts: HostTrouble
  readonly alerts: FiringAlerts
  readonly late: LateConsumers
}
