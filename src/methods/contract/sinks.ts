import type { OfHub } from './params.js'

/** Sinks, which deliver events to other systems. */
export interface SinkMethods {
  'sinks.list': { params: OfHub; result: { sinks: SinkInfo[] } }
  /** It stays paused when the hub is started again. */
  'sinks.pause': { params: { name: string }; result: SinkInfo }
  /** A sink that is not paused but waits for its next attempt makes it at once. */
  'sinks.resume': { params: { name: string }; result: SinkInfo }
  /** Sends one event that the log does not have, and resolves when the destination has taken it. */
  'sinks.test': { params: { name: string }; result: SinkTest }
}

/** A sink, with what its consumer says. */
export interface SinkInfo extends SinkState {
  /** Events that are to be delivered, and the age of the first. */
  lagEvents: number
  lagMicros: number
  /** Events that are parked now. */
  parkedEvents: number
}

export interface SinkState {
  name: string
  type: string
  /** Where it delivers to. */
  target: string
  /**
   * `retrying`: an attempt has failed, and another follows. `standby`: another hub of the cluster delivers.
   * `down`: its consumer cannot be used.
   */
  state: 'starting' | 'up' | 'retrying' | 'paused' | 'standby' | 'down' | 'stopped'
  since: number
  reason?: string
  nextTry?: number
  lastDelivery?: number
  /** Deliveries at once. */
  parallel: number
  /** Since the hub started: events delivered and parked, and attempts that have failed. */
  delivered: number
  parked: number
  failures: number
  /** Bytes of events in memory. */
  heldBytes: number
  /** The durable consumer that has its position. */
  consumer: string
}

export interface SinkTest {
  name: string
  /** The duration of the delivery, µs. */
  took: number
}
