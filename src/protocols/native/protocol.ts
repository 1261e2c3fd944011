import type { LagPolicy } from '../../bus/api.js'
import type { GapReason } from '../../bus/sink.js'

/**
 * The native protocol: records on a byte stream.
 *
 *   length u32 (of everything after it) · op u8 · rest
 *
 * The rest of `event` is a frame (src/event/frame.ts); of every other op it is one msgpack map with
 * text keys. Unknown keys are ignored; unknown ops up to 127 are errors, 128 to 255 are skipped.
 */

export type { GapReason, LagPolicy }

export const PROTOCOL_VERSION = 1

export const Op = {
  event: 1,
  hello: 2,
  welcome: 3,
  subscribe: 4,
  unsubscribe: 5,
  accepted: 6,
  durable: 7,
  refused: 8,
  ack: 9,
  gap: 10,
  live: 11,
  position: 12,
  gate: 13,
  gateDone: 14,
  request: 15,
  reply: 16,
  ping: 17,
  pong: 18,
  error: 19,
  goodbye: 20,
  /** Reserved for frames that are forwarded on behalf of another producer. */
  forwarded: 21,
  lag: 22,
  cancel: 23,
  packed: 24,
} as const
export type OpName = keyof typeof Op
export interface Hello {
  version: number
  features?: string[]
  /** Producer name, under which the hub keeps the last counter and so recognises events that are sent again. */
  producer?: string
  token?: string
  /** Name of this program in the list of connections, for people. */
  name?: string
  /** The client knows what became of its events up to this counter; absent from those that take single refusals only. */
  knows?: number
  /** With the feature `ncs`: makes the connection a notification socket, see docs/reference/ncs.md. */
  ncs?: Record<string, unknown>
  /** With the feature `edge`: the peer is a hub that forwards its log, and the counters are its numbers there. */
  edge?: {
    name: string
    /** It answers requests of the hub over this connection. `all`: about every event that it has. */
    answers?: 'all' | 'some'
  }
}

export interface Welcome {
  version: number
  features: string[]
  epoch: string
  /** Prefix of the source attributes with which this principal may publish. */
  source: string
  largestFrame: number
  /** Last counter that the hub has of this producer; 0 for a new one. */
  lastCounter: number
  /** Its refused events, from `first` to `counter` each, of which none is stored; without `first`, one event. */
  refused?: { counter: number; code: string; first?: number }[]
  /** The hub no longer knows which of the counters up to this one were refused. */
  forgotten?: number
  /** True if the log of this hub can acknowledge `durable`. */
  durable: boolean
  principal: string
  hub: { name: string; version: string }
  /** With the feature `ncs`. */
  ncs?: Record<string, unknown>
}

/** Replaces the subscription of this connection. */
export interface Subscribe {
  /** Short patterns (alternatives; `!` excludes) or the JSON form. No filter and an empty list match everything. */
  filters?: FilterInput
  /** A position (src/event/position.ts); default `now`. */
  from?: string
  /** The subscription ends after this position with `goodbye { code: "END" }`. */
  to?: string
  /** Where to continue if the cursor in `from` is unknown to this log; default `now`. */
  otherwise?: 'start' | 'now'
  lag?: LagPolicy
  maxLag?: { bytes?: number /** ms */; age?: number }
  /** Name of a durable consumer: the hub keeps its position, and its connections share the events. */
  consumer?: string
  /** Names of the gates that this subscriber answers. */
  gates?: string[]
}

export type FilterInput = string | string[] | Record<string, unknown>

/** Everything up to `counter` is accepted (stored in order and delivered), except for refused events. */
export interface Accepted {
  counter: number
  /** Cursor of the event `counter`. For all n below `run`, the seq of the event `counter - n` is smaller by n. */
  cursor?: string
  run?: number
}
/** publisher → hub: report when everything up to `counter` is flushed to disk; hub → publisher: it is flushed. */
export interface Durable {
  counter: number
}
/** The event is not accepted; with `stage: "durable"` it is accepted, but could not be flushed to disk. */
export interface Refused {
  counter: number
  code: string
  message: string
  stage?: 'durable'
}
export interface Ack {
  seqs: number[]
  result: 'done' | 'retry' | 'park'
  /** With `retry`: ms until the event is redelivered. */
  delay?: number
  reason?: string
}
/** Also edge hub → hub: events that it cannot forward. */
export interface Gap {
  /** First and last seq that is not delivered; 0 if unknown (unknown-epoch). */
  from: number
  to: number
  reason: GapReason
  /** Delivery continues after this cursor. */
  cursor: string
  /** Number of dropped events, if known. */
  count?: number
}
/** edge hub → hub: how many of its events are not forwarded yet (at most), and since when, µs since the epoch. */
export interface EdgeLag {
  waiting: number
  since?: number
}
/** edge hub → hub, with the feature `deflate`: whole events, as raw DEFLATE. */
export interface Packed {
  /** Bytes of the events. */
  length: number
  deflated: Uint8Array
}
/** All events up to the cursor are delivered. With `live`, new events follow as they are stored. */
export interface CursorRecord {
  cursor: string
}
/** publisher → hub, before the event `counter`: hold it; hub → subscriber, after the event `seq`: answer it. */
export interface Gate {
  name: string
  counter?: number
  seq?: number
  /** ms */
  deadline?: number
}
/** subscriber → hub: the answer to `seq`; hub → publisher: all answers, and the subscribers that gave none. */
export interface GateDone {
  name: string
  seq: number
  counter?: number
  /** Any value; the hub passes it on to the publisher. */
  answer?: unknown
  /** `hub`: where the subscriber is connected, if that is another hub. */
  answers?: { subscriber: string; answer: unknown; hub?: string }[]
  /** An empty `subscriber` stands for all subscribers at the hub. */
  missing?: { subscriber: string; reason: 'timeout' | 'left' | 'too-large'; hub?: string }[]
}
/** Also hub → edge hub that answers; its `params` are an `EdgeRequest`. */
export interface Request {
  id: number
  method: string
  params?: Record<string, unknown>
  /** The work that the request is a part of (W3C Trace Context). */
  traceparent?: string
  /** Never sent: it has more values than are decoded, and all but its id is missing. */
  tooLong?: true
}
/** hub → edge hub: the answer to the request is no longer wanted. It has none then, or one that is ignored. */
export interface CancelRequest {
  id: number
}
/** Also edge hub → hub. Frames that are too long for one record come ahead as parts, which are bytes. */
export interface Reply {
  id: number
  result?: unknown
  /** More replies to this request follow, since its result comes in parts. */
  more?: boolean
  error?: WireError
}
export interface WireError {
  code: string
  message: string
  details?: Record<string, unknown>
}
/** A pong has the id of the ping that it answers. An unsolicited pong shows that the peer is alive. */
export interface Ping {
  id?: number
}
/** `code` is an error code, or END (a bounded subscription is complete) or STOP (the hub stops, or its log was replaced). */
export interface Goodbye {
  code: string
  message: string
  cursor?: string
}

export interface RecordBodies {
  hello: Hello
  welcome: Welcome
  subscribe: Subscribe
  unsubscribe: Record<string, never>
  accepted: Accepted
  durable: Durable
  refused: Refused
  ack: Ack
  gap: Gap
  live: CursorRecord
  position: CursorRecord
  lag: EdgeLag
  packed: Packed
  gate: Gate
  gateDone: GateDone
  request: Request
  reply: Reply
  cancel: CancelRequest
  ping: Ping
  pong: Ping
  error: WireError
  goodbye: Goodbye
}
