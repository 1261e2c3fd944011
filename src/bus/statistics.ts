import type { LagPolicy, Peer, SubscribeRequest } from './api.js'
import type { Principal } from './principal.js'

export interface BusCounters {
  accepted: number
  delivered: number
  refused: number
  /** Events not delivered to subscribers that did not keep up. */
  skipped: number
}

export interface SubscriptionView {
  readonly id: number
  readonly principal: Principal
  readonly label: string
  readonly peer: Peer | undefined
  /** Canonical form of the filter within the principal's rights. */
  readonly filter: string
  /** The filter as its peer gave it; undefined for everything. */
  readonly asked: SubscribeRequest['filters']
  readonly state: SubscriptionState
  readonly lag: LagPolicy
  readonly maxLag: SubscribeRequest['maxLag']
  /** The durable consumer that the subscription serves. */
  readonly consumer: string | undefined
  readonly gates: readonly string[]
  /** Everything up to this seq was delivered. */
  readonly cursor: number
  /** Time of the last event read while behind, µs since the epoch. */
  readonly readTime: number | undefined
  /** When it left the live path, ms (monotonic); undefined while live. */
  readonly slowSince: number | undefined
  /** µs since the epoch */
  readonly connected: number
  readonly delivered: number
  /** Number of seqs that were reported as gaps. */
  readonly skipped: number
  /** Bytes that the peer has not taken yet. */
  readonly pending: number
}

/**
 * live      in its group's list; receives the output of every tick
 * catching  reads the log at its own speed; wakes when the peer has taken its output
 * ended     nothing is written any more
 */
export type SubscriptionState = 'live' | 'catching' | 'ended'

export interface PublisherView {
  readonly accepted: number
  readonly refused: number
}
