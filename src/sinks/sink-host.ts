import type { GapReason } from '../bus/sink.js'
import type { Event } from '../event/event.js'
import type { Runtime } from '../event/runtime.js'
import type { LongWork } from '../incremental/long-work.js'
import type { EventView, HubMetrics, SinkDefinition } from './sink.js'

/** The part of the hub that sinks use. */
export interface SinkHost {
  readonly runtime: Runtime
  readonly longWork: LongWork
  readonly view: EventView
  metrics(): Promise<HubMetrics>
  /** Joins the durable consumer of the sink. A new one is created, and one with another filter gets the new filter. */
  join(definition: SinkDefinition, receiver: SinkReceiver): Promise<SinkMember>
  cursorOf(event: Event): string
  /** Publishes an event of the hub itself. False if the hub accepts none at present. */
  publish(event: { tag: string; data: unknown }): boolean
  /** Why the sink is paused; undefined if it is not. */
  paused(name: string): Promise<string | undefined>
  setPaused(name: string, reason: string | undefined): Promise<void>
}

/** Receives the events of a sink. Its methods must not throw. */
export interface SinkReceiver {
  write(pieces: readonly Uint8Array[]): void
  /** Bytes that are not settled yet. */
  readonly pending: number
  /** Called when events are missing. */
  gap(reason: GapReason): void
  /** Called when nothing comes any more; without an error, the hub stops. */
  end(error: Error | undefined): void
}

/** Why an event is not delivered, and after how many attempts. */
export interface SinkParking {
  readonly reason: string
  readonly tries: number
}

export interface SinkMember {
  ack(seqs: readonly number[], result: 'done' | 'park', parking?: SinkParking): void
  /** Tells the hub that `pending` has become lower. */
  drained(): void
  close(): void
}

/**
 * up        delivers, or waits for events
 * retrying  an attempt has failed, and another one follows
 * paused    by a person, or because the destination is gone
 * standby   another hub of the cluster delivers
 * down      its consumer cannot be used
 */
export type SinkState = 'starting' | 'up' | 'retrying' | 'paused' | 'standby' | 'down' | 'stopped'

export interface SinkStatus {
  name: string
  type: string
  target: string
  parallel: number
  state: SinkState
  /** When it entered this state, µs since the epoch. */
  since: number
  reason?: string
  /** µs since the epoch */
  nextTry?: number
  /** µs since the epoch */
  lastDelivery?: number
  /** Since the hub started: events delivered and parked, and attempts that have failed. */
  delivered: number
  parked: number
  failures: number
  /** Items of delivered messages that the destination said it has not kept. */
  rejected: number
  /** Bytes of events in memory. */
  heldBytes: number
}
