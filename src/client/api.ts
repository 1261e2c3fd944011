import type { Attributes } from '../event/attributes.js'
import type { Event } from '../event/event.js'
import type { FilterInput, GapReason, LagPolicy, Welcome } from '../faces/native/protocol.js'

export interface ConnectOptions {
  /**
   * Path of a unix socket, `unix:<path>`, `tcp://host:port`, `tls://host:port`, or for WebSocket `ws://`, `wss://`,
   * `http://` or `https://host:port`. Several, as a list or with commas, are tried in turn.
   * Default: `TOCSIN_URL`, then the usual places.
   */
  address?: string | readonly string[]
  /** Name of this publisher: after a reconnect nothing is lost or doubled. Default: a random one. */
  producer?: string
  /** Source of the events published here; must begin with what `welcome.source` names. Default: that. */
  source?: string
  /** Default: `TOCSIN_TOKEN`; empty for none. */
  token?: string
  /** Default: the authority in the file that `TOCSIN_CA` names. */
  tls?: TlsOptions
  /** Goes on after a lost connection; default true. `false`: the first loss is an error. */
  reconnect?: boolean
  /** Events published and not yet acknowledged at most; more wait. Default 8192. */
  window?: number
  /**
   * What an event published without `ack` waits for. With `durable` the window counts what is not yet flushed, and
   * a crash of the hub loses nothing: it is sent again. Default `accepted`.
   */
  ack?: AckLevel
  /** What this program calls itself in the hub's list of connections. */
  name?: string
  signal?: AbortSignal
  /** reconnecting, connected, suspended …: what happens to the connection of this client. */
  onStatus?: (status: ConnectionStatus) => void
}

/** PEM, as text or bytes. */
export interface TlsOptions {
  /** Who signed the certificate of the hub; only this authority is trusted then. */
  ca?: string | Uint8Array
  /** Certificate and key of this client, where the hub wants one. */
  certificate?: string | Uint8Array
  key?: string | Uint8Array
  /** Name in the certificate of the hub, where it is not the host of the address. */
  serverName?: string
}

/** `connect()` resolves to this when the hub has answered. */
export interface Client extends AsyncDisposable {
  readonly welcome: Welcome
  /** Resolves when the hub has accepted it (or, with ack: "durable", flushed it to the disk). */
  publish(tag: string, data: unknown, options?: PublishOptions): Promise<Published>
  /** Many at once, for speed; one promise for all. */
  publishBatch(
    events: Iterable<OutgoingEvent> | AsyncIterable<OutgoingEvent>,
    options?: PublishOptions,
  ): Promise<PublishedBatch>
  /**
   * The quickest way in: encodes the event and returns at once. False: the window is full, wait for
   * `ready()` before the next one. Errors arrive at `drain()`. It does not wait for calls of `publish` that do.
   */
  push(tag: string, data: unknown): boolean
  ready(): Promise<void>
  /** Opens a connection of its own. */
  subscribe(filter?: FilterInput, options?: SubscribeOptions): Subscription
  /** A subscription that ends at `to`, by default at the end of the log as it is now. */
  read(filter?: FilterInput, options?: SubscribeOptions): Subscription
  request<Result = unknown>(
    method: string,
    params?: Record<string, unknown>,
    options?: RequestOptions,
  ): Promise<Result>
  /** A request whose answer comes in parts; the last one is the result. */
  requestParts(
    method: string,
    params?: Record<string, unknown>,
    options?: RequestOptions,
  ): AsyncIterable<unknown>
  /** Resolves when everything published is acknowledged; rejects with the first error since the last call. */
  drain(options?: { ack?: AckLevel }): Promise<void>
  /** Ends subscriptions and connection. What is not acknowledged is not waited for. */
  close(): Promise<void>
}

export type AckLevel = 'accepted' | 'durable'

export interface PublishOptions {
  ack?: AckLevel
  source?: string
  /** CloudEvents context attributes. */
  attributes?: Attributes
  kind?: number
  /** Waits until all subscribers that registered for this gate have answered. */
  gate?: string
  /** ms */
  deadline?: number
  signal?: AbortSignal
}

export interface OutgoingEvent {
  tag: string
  data?: unknown
  /** msgpack, published as it is instead of `data`: for events that come from another log. */
  body?: Uint8Array
  source?: string
  attributes?: Attributes
  kind?: number
}

export interface Published {
  /** Where the event is in the log; undefined when that was lost with a connection, though the event was not. */
  cursor: string | undefined
  gate?: {
    answers: { subscriber: string; answer: unknown }[]
    missing: { subscriber: string; reason: string }[]
  }
}

export interface PublishedBatch {
  count: number
  /** Of the last event. */
  cursor: string | undefined
  refused: { index: number; code: string; message: string }[]
}

export interface SubscribeOptions {
  /** start, end, now, -1h, an RFC 3339 time, @<seq>, a cursor. Default: `now`; for `read` `start`. */
  from?: string
  to?: string
  /** Where to go on when the cursor in `from` means nothing to this log; default `now`. */
  otherwise?: 'start' | 'now'
  lag?: LagPolicy
  maxLag?: { bytes?: number /** ms */; age?: number }
  consumer?: string
  gates?: string[]
  signal?: AbortSignal
}

/**
 * Iterating gives events and status records in order; `item.status` is undefined for an event.
 * Leaving the loop closes the subscription.
 */
export interface Subscription extends AsyncIterable<Event | Status>, AsyncDisposable {
  /** Only events; status records go to `onStatus`. */
  events(): AsyncIterable<Event>
  /** Whole batches for speed: no object an event unless asked for. */
  batches(): AsyncIterable<EventBatch | Status>
  /** Called with every status record as it arrives, so ahead of events that wait to be read. */
  onStatus(listener: (status: Status) => void): this
  /** Cursor of the last event or position seen; `from` for a later subscription. */
  readonly cursor: string | undefined
  /** Other events from now on. A filter that the hub refuses is an error, and the old one stays. */
  change(filter: FilterInput): Promise<void>
  /** Resolves when everything of the past is delivered and events come as they happen; rejects when that fails. */
  ready(): Promise<void>
  /** Durable consumers: settles events. */
  ack(
    event: Event | readonly Event[],
    result?: 'done' | 'retry' | 'park',
    options?: { delay?: number; reason?: string },
  ): void
  gateDone(gate: GateStatus, answer?: unknown): void
  close(): Promise<void>
}

export interface EventBatch {
  readonly status?: undefined
  readonly bytes: Uint8Array
  readonly count: number
  readonly lastSeq: number
  /** Calls `visit` with the offset of each frame in `bytes`. */
  forEach(visit: (bytes: Uint8Array, at: number) => void): void
  events(): Event[]
}

export type Status = LiveStatus | GapStatus | PositionStatus | ConnectionStatus | GateStatus | EndStatus

interface StatusBase {
  /** Stable, for programs. */
  code: string
  /** For people. */
  reason: string
}
export interface LiveStatus extends StatusBase {
  status: 'live'
  cursor: string
}
export interface GapStatus extends StatusBase {
  status: 'gap'
  from: number
  to: number
  why: GapReason
  cursor: string
}
export interface PositionStatus extends StatusBase {
  status: 'position'
  cursor: string
}
/** lagging: this program reads slower than events come. */
export interface ConnectionStatus extends StatusBase {
  status: 'connected' | 'reconnecting' | 'lagging' | 'suspended'
  /** ms until the next try */
  delay?: number
}
export interface GateStatus extends StatusBase {
  status: 'gate'
  name: string
  seq: number
  deadline: number
}
export interface EndStatus extends StatusBase {
  status: 'end'
  cursor?: string
}

export interface RequestOptions {
  signal?: AbortSignal
  /** ms, default 30,000 */
  timeout?: number
}
