import type { Grant } from '../../src/access/index.js'
import type { BusAdmin } from '../../src/bus/admin.js'
import type { BusApi, HubPublisher } from '../../src/bus/api.js'
import type { BusLimits } from '../../src/bus/limits.js'

/** Adapter with which the suite of faces uses one face. */
export interface FaceDriver {
  name: string
  /** How subscribers read. With pages they ask for events: there is no queue, lag or goodbye. Default: stream. */
  reads?: 'stream' | 'pages'
  /** Abilities that the protocol lacks. The suite defines no tests for them. */
  lacks?: readonly Ability[]
  /** Starts a hub in memory with this face. Clients connect as a principal: a key of `grants`, or admin. */
  start(options: FaceOptions): Promise<FaceHub>
}

export type Ability =
  /** Publishers receive the cursor of each event that they publish. */
  | 'cursors'
  /** Every client has a principal, with its own rights. */
  | 'principals'
  /** A publisher that reconnects is recognised. */
  | 'producers'
  /** Subscribers can request JSON filters, a range and a lag policy. */
  | 'requests'
  /** Subscribers receive records besides events: live, gap, end. Without them, the driver itself reports `live`. */
  | 'records'

export interface FaceOptions {
  grants?: Record<string, Grant>
  busLimits?: Partial<BusLimits>
  /** Bytes that the log keeps. */
  logBytes?: number
}

export interface FaceHub {
  readonly bus: BusApi & HubPublisher & BusAdmin
  publisher(as: string, options?: { producer?: string }): Promise<FacePublisher>
  subscriber(as: string, request?: FaceRequest): Promise<FaceSubscriber>
  close(): Promise<void>
}

export interface FaceRequest {
  filters?: string | string[] | Record<string, unknown>
  from?: string
  to?: string
  lag?: 'catch-up' | 'skip' | 'disconnect'
}

export interface FacePublisher {
  /** Resolves with the cursor when the event is accepted; rejects with `{ code }`. */
  publish(tag: string, data: unknown): Promise<string>
  /** Sends without waiting, then resolves when all are accepted. */
  publishAll(events: { tag: string; data: unknown }[]): Promise<void>
  /** Breaks the connection without a goodbye. */
  drop(): void
}

export interface FaceSubscriber {
  /** Resolves with the next event or record; undefined when the connection is closed. */
  next(): Promise<FaceItem | undefined>
  /** Stops reading from the connection until `resume`. */
  pause(): void
  resume(): void
  /** Breaks the connection without a goodbye. */
  drop(): void
}

export type FaceItem =
  | { type: 'event'; cursor: string; tag: string; data: unknown }
  | { type: 'live' | 'position'; cursor: string }
  | { type: 'gap'; from: number; to: number; reason: string; cursor: string }
  | { type: 'end'; code: string }
