import type { AskedHub, ClusterReport } from './cluster.js'
import type { HubStatus } from './hub.js'
import type { NoParams } from './params.js'

/** All hubs that share a log. On a hub with a log of its own it fails with TCN_CLUSTER_NONE. */
export interface OverviewMethods {
  /** Asks all hubs and the servers of NATS, and says what is wrong. */
  'cluster.overview': { params: NoParams; result: ClusterOverview }
}

export interface ClusterOverview {
  cluster: ClusterReport
  /** All hubs, this one included, by name. */
  hubs: HubView[]
  /** The worst first. */
  problems: ClusterProblem[]
}

/** The state of a hub, or why it is not known. */
export interface HubView extends AskedHub {
  status?: HubStatus
  /** By how much its clock is ahead of that of the hub that was asked, at least, µs; negative: behind. */
  clock?: number
}

export interface ClusterProblem {
  level: 'wrong' | 'warning'
  text: string
  /** Advice on the next step. */
  next: string
}
