import type { VerifiedStream } from '../../cluster/verify/verify-stream.js'
import type { NoParams } from './params.js'

export type { VerifiedStream }

/** The hubs that share a log. On a hub with a log of its own, all fail with TCN_CLUSTER_NONE. */
export interface ClusterMethods {
  'cluster.status': { params: NoParams; result: ClusterReport }
  /** Any hub may be asked. Ends when another hub is the primary. */
  'cluster.stepDown': { params: NoParams; result: StepDownReport }
  /** Sends a `ClusterVerifyPart` now and then. */
  'cluster.verify': { params: NoParams; result: ClusterVerifyReport }
}

/** Progress of the comparison of one stream. */
export interface ClusterVerifyPart {
  stream: string
  compared: number
  total: number
}

export interface ClusterVerifyReport {
  /** `incomplete`: nothing differs, but not everything could be compared. */
  result: 'equal' | 'different' | 'incomplete'
  /** That of the log first. */
  streams: VerifiedStream[]
  /** All hubs, the one that was asked included, by name. */
  hubs: VerifiedHub[]
}

/** The events that a hub has delivered, compared with the copies at the servers. */
export interface VerifiedHub {
  hub: string
  result: 'equal' | 'different' | 'incomplete'
  /** Number of the last event that it has delivered. */
  last?: number
  /** Ranges that it has delivered, and that the servers had something else for. */
  diverged: { from: number; to: number }[]
  /** Why it is not known. */
  fault?: string
  code?: string
}

export interface ClusterStatus {
  /** Name of this hub. */
  name: string
  /** `waiting`: it knows of no primary. */
  role: 'primary' | 'follower' | 'waiting'
  /** Name of the primary. */
  primary?: string
  term: number
  /** Batches of events that no primary has stored yet. */
  waiting: number
  fault?: string
  /** Notes for the operator about the servers of NATS, if there are any. */
  notes?: string[]
  nodes: ClusterNode[]
  /** Hubs that have gone without a word in the last 24 hours, while this one ran. */
  silent?: SilentHub[]
}

export interface SilentHub {
  name: string
  address?: string
  /** When this hub noticed, µs since the epoch. */
  since: number
}

/** A hub that was asked for a part of an answer. */
export interface AskedHub {
  hub: string
  /** Why it is missing from the answer. */
  fault?: string
  code?: string
  /** Number of its rows that were left out. */
  omitted?: number
}

export interface ClusterNode {
  name: string
  address?: string
  version: string
  role: 'primary' | 'follower'
  /** Number of its last event, and how many numbers it is behind the hub that is ahead of all. */
  position: number
  lag: number
}

export interface ClusterReport extends ClusterStatus {
  nats: NatsReport
}

/** The servers that store the log, as far as they answer. */
export interface NatsReport {
  /** The server that this hub is connected to. */
  server: string
  version: string
  stream: string
  /** Servers that should store each event. */
  replicas?: number
  events?: number
  bytes?: number
  /** The server that leads the stream, if there are several. */
  leader?: string
  followers: StreamFollower[]
  /** The servers that store the stream, while none of them leads it. */
  unled?: string[]
  /** Why the servers have not answered. */
  fault?: string
  /** Notes for the operator about them, and about the hubs. */
  notes: string[]
}

export interface StreamFollower {
  name: string
  /** `offline`: the leader does not hear of it. */
  state: 'current' | 'behind' | 'offline'
  lag: number
  /** Time since the leader heard of it, µs. */
  silent: number
}

export interface StepDownReport {
  /** The hub that was the primary. */
  before: string
  primary: string
  term: number
}
