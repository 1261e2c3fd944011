/// <reference lib="esnext.disposable" preserve="true" />
import type { Attributes } from '../event/attributes.js'
import type { Event } from '../event/event.js'
import type { MethodName, ParamsOf, ResultOf } from '../methods/contract/index.js'
import type { FilterInput, LagPolicy, Welcome } from '../protocols/native/protocol.js'
import type { TlsOptions } from '../protocols/transport/tls-options.js'
import type { EventType } from '../types/event-type.js'
import type { ConnectionStatus, GateStatus, Status } from './status.js'
import type { ReceivedEvent } from './subscribe/received-event.js'

export type * from './status.js'

declare const untyped: unique symbol
/** The result of a call for which no type is given: only the methods of the hub itself can be called like this. */
export interface Untyped {
  readonly [untyped]: never
}

export interface ConnectOptions {
  /**
   * The hub's address: the path of a unix socket, `unix:<path>`, `tcp://host:port`, `tls://host:port`, or for
   * WebSocket `ws://`, `wss://`, `http://` or `https://host:port`. Several addresses, as a list or separated by
   * commas, are tried in turn. Default: `TOCSIN_URL`, then the sockets that a hub creates by default.
   */
  address?: string | readonly string[]
  /**
   * The producer name under which the hub counts the events published here, so that nothing is lost or stored twice
   * after a reconnect. No other program may use it at the same time. Default: a random name.
   */
  producer?: string
  /** Source attribute of the events published here. It must begin with `welcome.source`, which is the default. */
  source?: string
  /** Default: `TOCSIN_TOKEN`. An empty text means no token. */
  token?: string
  /** Default: trust the authority in the file that `TOCSIN_CA` names. */
  tls?: TlsOptions
  /** True if to reconnect after a lost connection. With `false`, the first loss is an error. Default true. */
  reconnect?: boolean
  /**
   * Time that `connect` waits for a hub that does not answer yet, ms, for programs that may start before it. Default
   * 0: it rejects at the first attempt.
   */
  wait?: number
  /** Maximum number of events that are published and not yet acknowledged; further ones wait. Default 8192. */
  window?: number
  /**
   * The acknowledgement that events published without `ack` wait for. With `durable`, the window counts events until
   * they are flushed to disk, and a crash of the hub loses none: they are sent again. Default `accepted`.
   */
  ack?: AckLevel
  /** Event types of this program or its packages, for `event.type` and `event.is()`, in addition to Tocsin's own. */
  types?: readonly EventType[]
  /** The name of this program in the hub's list of connections. Default: its file name and process id. */
  name?: string
  /** Aborting it closes the client. */
  signal?: AbortSignal
  /** Called when the state of the client's connection changes: `reconnecting`, `connected`, `suspended`. */
  onStatus?: (status: ConnectionStatus) => void
}

export type { TlsOptions }

/**
 * A connection to a hub, made by `connect()`. It publishes and sends requests over one connection; each subscription
 * opens another. `await using` drains and closes it at the end of the block.
 */
export interface Client extends AsyncDisposable {
  /** The hub's greeting: its version, the epoch of its log, the principal, the largest frame. */
  readonly welcome: Welcome
  /**
   * Publishes one event, and resolves when the hub has accepted it (or, with `ack: 'durable'`, flushed it to disk).
   * Waits while the window is full. `data` is anything that msgpack can encode.
   *
   * Rejects with `TCN_TAG_…`, `TCN_BODY_…` or `TCN_FRAME_TOO_LARGE` if the event is not valid, with
   * `TCN_ACCESS_DENIED` without the right to publish it, with `TCN_LOG_NOT_DURABLE` if the log cannot flush, and with
   * `TCN_CLIENT_ABORTED` or `TCN_CLIENT_CLOSED`. After an abort the event may be published all the same.
   *
   * @example
   * const { cursor } = await hub.publish('deploy/web1/started', { version: '2.4.1' }, { ack: 'durable' })
   */
  publish(tag: string, data: unknown, options?: PublishOptions): Promise<Published>
  /**
   * Publishes many events quickly, with one promise for all of them. An event that is not valid or that the hub
   * refuses is listed in `refused` and does not delay the others. Rejects as `publish` does when the client is closed.
   *
   * @example
   * const { count, refused } = await hub.publishBatch([
   *   { tag: 'deploy/web1/step', data: { step: 1 } },
   *   { tag: 'deploy/web1/step', data: { step: 2 } },
   * ])
   */
  publishBatch(
    events: Iterable<OutgoingEvent> | AsyncIterable<OutgoingEvent>,
    options?: PublishOptions,
  ): Promise<PublishedBatch>
  /**
   * Encodes the event and returns without waiting: the fastest way to publish. Returns false when the window is full;
   * wait for `ready()` before the next call then. Refusals by the hub are reported by `drain()`. An event that is
   * pushed while calls of `publish` wait for the window goes ahead of theirs.
   *
   * Throws what `publish` rejects with for an event that is not valid, and `TCN_CLIENT_WINDOW` if false was ignored
   * until twice the window was in flight.
   *
   * @example
   * for (const reading of readings) {
   *   if (!hub.push('meter/power', reading)) await hub.ready()
   * }
   * await hub.drain()
   */
  push(tag: string, data: unknown): boolean
  /**
   * Resolves when the window has room for another event. Rejects when the client is closed.
   *
   * @example
   * if (!hub.push('meter/power', { watts: 40 })) await hub.ready()
   */
  ready(): Promise<void>
  /**
   * Delivers new events that match the filter (default: all), on a connection of its own. With `from`, stored events
   * come first, with nothing missing and nothing repeated in between. With `consumer`, the hub keeps the position and
   * redelivers events that are not acknowledged.
   *
   * Errors are thrown by the iteration: `TCN_FILTER_…`, `TCN_ACCESS_DENIED`, or `TCN_CLIENT_UNREACHABLE` without
   * `reconnect`. This method itself throws only if the client is closed.
   *
   * @example
   * for await (const item of hub.subscribe('deploy/', { from: '-1h' })) {
   *   if (item.status === undefined) console.log(item.seq, item.tag, item.data)
   *   else if (item.status === 'gap') console.warn(`events ${item.from} to ${item.to} are missing: ${item.reason}`)
   * }
   *
   * @example
   * // A durable consumer: an event counts as handled once it is acknowledged.
   * const work = hub.subscribe('deploy/', { consumer: 'mailer' })
   * for await (const event of work.events()) {
   *   await sendMail(event.data)
   *   work.ack(event)
   * }
   */
  subscribe(filter?: FilterInput, options?: SubscribeOptions): Subscription
  /**
   * Delivers stored events: a subscription that starts at the beginning of the log and ends at `to`, by default at
   * what is the end of the log now.
   *
   * @example
   * for await (const event of hub.read('deploy/', { from: '-1h' }).events()) console.log(event.tag, event.data)
   */
  read(filter?: FilterInput, options?: SubscribeOptions): Subscription
  /**
   * Calls a management method, such as `hub.status` or `consumers.seek`, and resolves to its result. Rejects with the
   * hub's error, with `TCN_CLIENT_TIMEOUT` or `TCN_CLIENT_ABORTED`, and with `TCN_CLIENT_UNREACHABLE` if the
   * connection is lost; whether the hub has executed the method is then unknown.
   *
   * The names, parameters and results of the hub's methods are typed. A method that a package adds needs the type of
   * its result: `request<{ seconds?: number }>('log.age')`.
   *
   * @example
   * const { version, subscribers } = await hub.request('hub.status')
   */
  request<Name extends MethodName>(
    method: Name,
    params?: ParamsOf<Name>,
    options?: RequestOptions,
  ): Promise<ResultOf<Name>>
  request<Result = Untyped>(
    method: [Result] extends [Untyped] ? never : string,
    params?: Record<string, unknown>,
    options?: RequestOptions,
  ): Promise<Result>
  /**
   * Calls a management method that answers in parts, on a connection of its own; the last part is the result. A
   * program that takes the parts slowly makes the hub wait. Leaving the loop cancels the request.
   *
   * @example
   * for await (const part of hub.requestParts('log.verify')) console.log(part)
   */
  requestParts(
    method: string,
    params?: Record<string, unknown>,
    options?: RequestOptions,
  ): AsyncIterable<unknown>
  /**
   * Resolves when everything published so far is acknowledged. Rejects with the first error since the last call that
   * was not reported elsewhere: a refusal, or `TCN_CLIENT_LOST` for events that the hub lost in a crash.
   *
   * @example
   * hub.push('meter/power', { watts: 40 })
   * await hub.drain({ ack: 'durable' })
   */
  drain(options?: { ack?: AckLevel }): Promise<void>
  /**
   * Closes the connection and all subscriptions, without waiting for acknowledgements.
   *
   * @example
   * await hub.drain()
   * await hub.close()
   */
  close(): Promise<void>
}

/** `accepted`: stored in order and being delivered. `durable`: flushed to disk. */
export type AckLevel = 'accepted' | 'durable'

export interface PublishOptions {
  /** When the promise resolves. Default: `ack` of `connect`. */
  ack?: AckLevel
  /** Source attribute. Default: `source` of `connect`. */
  source?: string
  /** CloudEvents context attributes, at most 8 KiB. */
  attributes?: Attributes
  /** Numeric type of a notification, 32 bits. Other than 0, it requires the right `produce`. Default 0. */
  kind?: number
  /** Holds the event until all subscribers registered for this gate have answered. Not for `publishBatch`. */
  gate?: string
  /** Longest wait at the gate, ms. Default and maximum: the hub's `limits.gateDeadline`. */
  deadline?: number
  /** Aborting it ends the waiting; an event that is already sent stays published. */
  signal?: AbortSignal
  /**
   * Longest wait for everything together, ms. Then the promise rejects: with TCN_CLIENT_TIMEOUT if the event was not sent,
   * and never will be, and otherwise with TCN_CLIENT_UNSETTLED. The client keeps that event and sends it again under its
   * number until it is settled, so that it is stored once. Not for `publishBatch`. Default: no limit.
   */
  timeout?: number
}

/** One event of `publishBatch`. Keys that are left out have the values of its options. */
export interface OutgoingEvent {
  tag: string
  data?: unknown
  /** Published unchanged instead of `data`: one msgpack value, for events that come from another log. */
  body?: Uint8Array
  source?: string
  attributes?: Attributes
  kind?: number
}

export interface Published {
  /**
   * Cursor of the event. Undefined if the answer to an earlier attempt was lost, with a connection or with the primary of
   * a cluster, and only the number of the event is known: it is accepted all the same.
   */
  cursor: string | undefined
  /**
   * With the option `gate`: the answers, and the subscribers that left or did not answer before the deadline. `hub`: where
   * a subscriber is connected, if that is another hub of a cluster. An entry of `missing` with an empty `subscriber` stands
   * for all subscribers at a hub that did not answer, or is gone.
   */
  gate?: {
    answers: { subscriber: string; answer: unknown; hub?: string }[]
    missing: { subscriber: string; reason: string; hub?: string }[]
  }
}

export interface PublishedBatch {
  /** Number of events that were accepted. */
  count: number
  /** Cursor of the last event. */
  cursor: string | undefined
  /** Events that were not accepted, by their index in the batch, in ascending order. */
  refused: { index: number; code: string; message: string }[]
}

export interface EventTimeOptions {
  /** The earliest time, as a position of `SubscribeOptions`. An event stands for its own time. Default: all. */
  from?: string
  /** The latest time. Default: all. */
  to?: string
  /** The event that happened last comes first. */
  reverse?: boolean
  /** The types of the client, for `event.type` and `event.is`, as in `ConnectOptions`. */
  types?: ConnectOptions['types']
  /** Called with the events that the hub cannot read. */
  onGap?: (gap: { from: number; to: number; reason: string }) => void
  /** Aborting it ends the iteration with `TCN_CLIENT_ABORTED`. */
  signal?: AbortSignal
}

export interface SubscribeOptions {
  /**
   * Position to start at: `start`, `end`, `now`, `end-20`, `-1h`, an RFC 3339 time, a local time of this program such
   * as `today` or `06:00`, `@<seq>`, or a cursor, which means after that event. Default: `now`; for `read`, `start`.
   */
  from?: string
  /** Position to end at. Default: none; for `read`, `end`. */
  to?: string
  /** Where to continue if the cursor in `from` is unknown to the hub's log. Default `now`. */
  otherwise?: 'start' | 'now'
  /** The action of the hub when this program reads too slowly. Default `catch-up`. */
  lag?: LagPolicy
  /** With `catch-up`: the hub closes the subscription when it is further behind than this. */
  maxLag?: { bytes?: number /** ms */; age?: number }
  /** Name of a durable consumer. Its members share the events; each event has to be settled with `ack`. */
  consumer?: string
  /** Names of the gates whose events this subscriber answers with `gateDone`. */
  gates?: string[]
  /** Aborting it ends the subscription with `TCN_CLIENT_ABORTED`. */
  signal?: AbortSignal
}

/**
 * One running read of the stream. Iterating yields events and status records in order; `item.status` is undefined
 * for an event. Leaving the loop closes the subscription. After a lost connection it resumes from its cursor.
 */
export interface Subscription extends AsyncIterable<ReceivedEvent | Status>, AsyncDisposable {
  /**
   * Yields events only. Register `onStatus` to receive the status records.
   *
   * @example
   * for await (const event of hub.subscribe('deploy/').events()) console.log(event.tag, event.data)
   */
  events(): AsyncIterable<ReceivedEvent>
  /**
   * Yields batches as they were received, for speed: an event object is created only when asked for.
   *
   * @example
   * for await (const batch of hub.read('deploy/').batches()) {
   *   if (batch.status === undefined) console.log(batch.count, batch.lastSeq)
   * }
   */
  batches(): AsyncIterable<EventBatch | Status>
  /**
   * Calls `listener` with every status record on arrival, ahead of the events that wait to be read.
   *
   * @example
   * work.onStatus((status) => console.warn(status.code, status.reason))
   */
  onStatus(listener: (status: Status) => void): this
  /** Cursor of the last event or position that the program has read: `from` for a later subscription. */
  readonly cursor: string | undefined
  /**
   * Replaces the filter for all further events. Rejects with `TCN_FILTER_…` if the hub refuses the new filter; the
   * old one then stays in force.
   *
   * @example
   * await work.change(['deploy/', '!deploy/test/'])
   */
  change(filter: FilterInput): Promise<void>
  /** Resolves when all stored events are delivered and new ones follow; rejects if the subscription ends before. */
  ready(): Promise<void>
  /**
   * Settles events of a durable consumer: `done` (default), `retry` to have them redelivered after `delay` ms, or
   * `park` to put them aside with a reason. While there is no connection this does nothing; the events are redelivered.
   *
   * @example
   * work.ack(event, 'retry', { delay: 5_000, reason: 'mail server is down' })
   */
  ack(
    event: Event | readonly Event[],
    result?: 'done' | 'retry' | 'park',
    options?: { delay?: number; reason?: string },
  ): void
  /**
   * Answers an event that waits at a gate.
   *
   * @example
   * const approvals = hub.subscribe('deploy/', { gates: ['approval'] })
   * for await (const item of approvals) if (item.status === 'gate') approvals.gateDone(item, { approved: true })
   */
  gateDone(gate: GateStatus, answer?: unknown): void
  /** Ends the subscription; items that are not read yet are dropped. */
  close(): Promise<void>
}

/** Events as they were received: whole frames, back to back. */
export interface EventBatch {
  readonly status?: undefined
  readonly bytes: Uint8Array
  /** Number of events. */
  readonly count: number
  /** Seq of the last event that is stored in the log; 0 if there is none. */
  readonly lastSeq: number
  /** Calls `visit` for each frame, with the bytes that contain it and its offset in them. */
  forEach(visit: (bytes: Uint8Array, at: number) => void): void
  events(): ReceivedEvent[]
}

export interface RequestOptions {
  signal?: AbortSignal
  /** Longest wait for the answer, or for each part of it, ms. Default 30,000. */
  timeout?: number
  /** The work that the request is a part of, in the form of the header of W3C Trace Context. */
  traceparent?: string
}
