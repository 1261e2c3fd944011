import type { LagPolicy } from '../../bus/api.js'
import type { Filters, NoParams } from './params.js'

/** Subscribers, durable consumers and parked events. */
export interface ConsumerMethods {
  'subscribers.list': { params: NoParams; result: { subscribers: SubscriberInfo[] } }
  'consumers.list': { params: NoParams; result: { consumers: ConsumerInfo[] } }
  'consumers.get': { params: { name: string }; result: ConsumerDetail }
  /** Without `from` it begins with the next event. An equal one that exists is returned as it is. */
  'consumers.create': { params: { name: string; filters?: Filters; from?: string }; result: ConsumerInfo }
  /** Its parked events are deleted with it; `parked` says how many. */
  'consumers.delete': { params: { name: string }; result: { name: string; parked: number } }
  'consumers.seek': { params: { name: string; to: string; dryRun?: boolean }; result: SeekReport }
  'parked.list': {
    params: { consumer?: string; after?: string; limit?: number }
    result: { parked: ParkedInfo[]; more: boolean }
  }
  'parked.get': { params: { id: string }; result: ParkedEvent }
  /** `count`: those that will be delivered again; at most 10,000 wait for it at once, others stay parked. */
  'parked.redeliver': { params: ParkedChoice; result: { count: number } }
  'parked.delete': { params: ParkedChoice; result: { count: number } }
}

export interface SubscriberInfo {
  id: string
  /** Face and peer: `unix pid 4711`. */
  label: string
  principal: string
  filter: string
  state: 'live' | 'catching-up'
  lag: LagPolicy
  maxLag?: { bytes?: number /** ms */; age?: number }
  consumer?: string
  gates: string[]
  /** Everything up to here has been given to it. */
  cursor: string
  lagEvents: number
  lagMicros: number
  /** When it left the live path; undefined while it keeps up. */
  slowSince?: number
  connected: number
  /** Since it connected. */
  delivered: number
  skipped: number
  /** Bytes handed to its connection and not yet taken. */
  pending: number
}

export interface ConsumerInfo {
  name: string
  filter: string
  /** Everything up to here is settled. */
  cursor: string
  lagEvents: number
  lagMicros: number
  /** Delivered, not yet acknowledged. */
  pending: number
  parked: number
  connections: number
  created: number
}

export interface ConsumerDetail extends ConsumerInfo {
  /** The oldest first, at most 100. */
  unacknowledged: { cursor: string; tries: number /** next try */; due?: number }[]
}

export interface SeekReport {
  name: string
  from: string
  to: string
  /** Events that match and will be delivered (again) from there. */
  events: number
  /** False: counted as far as the limit of work allowed. */
  exact: boolean
  dryRun: boolean
}

export interface ParkedInfo {
  id: string
  consumer: string
  /** Where the event stood in the log. */
  cursor: string
  tag: string
  source: string
  time: number
  tries: number
  reason: string
  parkedAt: number
  /** The parking before, when it was delivered again and failed again. */
  reparkedFrom?: { tries: number; reason: string; parkedAt: number }
}

export interface ParkedEvent extends ParkedInfo {
  frame: Uint8Array
}

/** Some by id, or all of one consumer. */
export type ParkedChoice = { ids: string[] } | { consumer: string }
