import type { Grant } from '../../src/access/index.js'
import type { BusAdmin } from '../../src/bus/admin.js'
import type { BusApi, HubPublisher } from '../../src/bus/api.js'
import type { BusLimits } from '../../src/bus/limits.js'

/** How the suite of faces talks to a face. */
export interface FaceDriver {
  name: string
  /** By pages it is the reader who asks: there is no queue, no lag and no goodbye. Default: a stream. */
  reads?: 'stream' | 'pages'
  /** What its protocol has no word for. The suite makes no tests of that. */
  lacks?: readonly Ability[]
  /** Code for a tag that is none; default TCN_TAG_CONTROL. */
  badTag?: string
  /** A hub in memory with this face. Whoever connects says as whom (a key of `grants`, or admin). */
  start(options: FaceOptions): Promise<FaceHub>
}

export type Ability =
  /** Publishers are told the cursor of what they publish. */
  | 'cursors'
  /** Whoever connects is somebody, with rights of his own. */
  | 'principals'
  /** A publisher that connects again is known. */
  | 'producers'
  /** Subscribers ask for what they want: filters in JSON, a range, a policy for lag. */
  | 'requests'
  /** Subscribers are told more than events: live, gap, end. `live` is then said by the driver. */
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
  /** The connection breaks without a word. */
  drop(): void
}

export interface FaceSubscriber {
  /** The next event or record; undefined when the connection is closed. */
  next(): Promise<FaceItem | undefined>
  /** Reads nothing from the connection any more, until `resume`. */
  pause(): void
  resume(): void
  /** The connection breaks without a word. */
  drop(): void
}

export type FaceItem =
  | { type: 'event'; cursor: string; tag: string; data: unknown }
  | { type: 'live' | 'position'; cursor: string }
  | { type: 'gap'; from: number; to: number; reason: string; cursor: string }
  | { type: 'end'; code: string }
