import type { LagPolicy } from '../../bus/api.js'
import type { AskedHub } from './cluster.js'
import type { Filters, NoParams, OfHubs } from './params.js'

/** Subscribers, durable consumers and parked events. */
export interface ConsumerMethods {
  /** In a cluster, those of all hubs. `limit`: most rows of each hub; of another hub never more than 5,000. */
  'subscribers.list': { params: OfHubs & { limit?: number }; result: SubscriberList }
  'consumers.list': { params: NoParams; result: { consumers: ConsumerInfo[] } }
  'consumers.get': { params: { name: string }; result: ConsumerDetail }
  /** Without `from` it begins with the next event. If an equal consumer exists, that one is returned. */
  'consumers.create': { params: { name: string; filters?: Filters; from?: string }; result: ConsumerInfo }
  /** Its parked events are deleted too; `parked` is their number. */
  'consumers.delete': { params: { name: string }; result: { name: string; parked: number } }
  'consumers.seek': { params: { name: string; to: string; dryRun?: boolean }; result: SeekReport }
  'parked.list': {
    params: { consumer?: string; after?: string; limit?: number }
    result: { parked: ParkedInfo[]; more: boolean }
  }
  'parked.get': { params: { id: string }; result: ParkedEvent }
  /** `count`: events that will be redelivered; at most 10,000 wait at once, the rest stays parked. */
  'parked.redeliver': { params: ParkedChoice; result: { count: number } }
  'parked.delete': { params: ParkedChoice; result: { count: number } }
}

export interface SubscriberList {
  subscribers: SubscriberInfo[]
  /** Number of those that were left out. */
  omitted?: number
  /** The hubs that were asked, if all were. Those of one with a `fault` are missing. */
  hubs?: AskedHub[]
}

export interface SubscriberInfo {
  /** Different for each subscriber of a hub. */
  id: string
  /** Name of the hub that it is connected to, if all hubs were asked. */
  hub?: string
  /** Face and peer: `unix pid 4711`. */
  label: string
  principal: string
  /** Number of its session, as in notifications of NSO. */
  usid?: number
  /** In force: within the rights of its principal. */
  filter: string
  /** As the subscriber gave it: a pattern, a list of patterns or a filter, in JSON. Absent for everything. */
  asked?: string
  state: 'live' | 'catching-up'
  lag: LagPolicy
  maxLag?: { bytes?: number /** ms */; age?: number }
  consumer?: string
  gates: string[]
  /** Everything up to this cursor has been given to it. */
  cursor: string
  lagEvents: number
  lagMicros: number
  /** When it fell behind; undefined while it keeps up. */
  slowSince?: number
  connected: number
  /** Events since it connected. */
  delivered: number
  skipped: number
  /** Bytes written that its connection has not taken yet. */
  pending: number
}

export interface ConsumerInfo {
  name: string
  filter: string
  /** Everything up to this cursor is settled. */
  cursor: string
  /** Events not settled: `pending`, and those of the log that are to come. */
  lagEvents: number
  /** Age of the first event that is not settled. */
  lagMicros: number
  /** Events delivered, but not acknowledged yet. */
  pending: number
  parked: number
  /** At this hub. */
  connections: number
  created: number
  /** The hub that serves it, if several share it and one does. */
  hub?: string
}

export interface ConsumerDetail extends ConsumerInfo {
  /** Oldest first, at most 100. */
  unacknowledged: { cursor: string; tries: number /** next try */; due?: number }[]
}

export interface SeekReport {
  name: string
  from: string
  to: string
  /** Matching events that will be delivered (again) from there. */
  events: number
  /** Matching events that it has not settled, and that it will not get. Absent in answers of earlier versions. */
  skipped?: number
  /** False if a count stopped at the work limit. */
  exact: boolean
  dryRun: boolean
}

export interface ParkedInfo {
  id: string
  consumer: string
  /** Cursor of the event in the log. */
  cursor: string
  tag: string
  source: string
  time: number
  tries: number
  reason: string
  parkedAt: number
  /** The previous parking, if the event was redelivered and failed again. */
  reparkedFrom?: { tries: number; reason: string; parkedAt: number }
}

export interface ParkedEvent extends ParkedInfo {
  frame: Uint8Array
}

/** Selects parked events by id, or all of one consumer. */
export type ParkedChoice = { ids: string[] } | { consumer: string }
