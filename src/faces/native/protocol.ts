/**
 * The native protocol: records on a byte stream.
 *
 *   length u32 (of all that follows) · op u8 · rest
 *
 * The rest of `event` is a frame (src/event/frame.ts); of every other op it is one msgpack map with
 * text keys. Unknown keys are ignored; unknown ops up to 127 are errors, 128 to 255 are skipped.
 */
import type { LagPolicy } from '../../bus/api.js'
import type { GapReason } from '../../bus/sink.js'

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
  /** Kept for frames forwarded on behalf of another producer. */
  forwarded: 21,
} as const
export type OpName = keyof typeof Op
export interface Hello {
  version: number
  features?: string[]
  /** Name of the publisher; counters are kept under it, so that a repeat after a reconnect is not doubled. */
  producer?: string
  token?: string
  /** What this program calls itself, for people who look at the list of connections. */
  name?: string
}

export interface Welcome {
  version: number
  features: string[]
  epoch: string
  /** Prefix of the sources under which this principal may publish. */
  source: string
  largestFrame: number
  /** Last counter the hub has of this producer; 0 for a new one. */
  lastCounter: number
  /** Up to there, those that were refused: the latest 500. */
  refused?: { counter: number; code: string }[]
  /** Whether the log of this hub can acknowledge `durable`. */
  durable: boolean
  principal: string
  hub: { name: string; version: string }
}

/** Replaces the subscription of this connection. */
export interface Subscribe {
  /** Short spelling (alternatives, `!` takes away) or the JSON form. Nothing or an empty list: everything. */
  filters?: FilterInput
  /** A position (src/event/range.ts); default `now`. */
  from?: string
  /** The subscription ends after this position with `goodbye { code: "END" }`. */
  to?: string
  /** Where to go on when the cursor in `from` means nothing to this log; default `now`. */
  otherwise?: 'start' | 'now'
  lag?: LagPolicy
  maxLag?: { bytes?: number /** ms */; age?: number }
  /** Name of a durable consumer: positions are kept in the hub, connections share its events. */
  consumer?: string
  /** Names of gates this subscriber answers. */
  gates?: string[]
}

export type FilterInput = string | string[] | Record<string, unknown>

/** Everything up to `counter` is accepted (stored in order, delivered), but for what `refused` named. */
export interface Accepted {
  counter: number
  /** Of the event `counter`; its number less n is that of `counter - n`, for all n below `run`. */
  cursor?: string
  run?: number
}
/** publisher → hub: say when everything up to `counter` is flushed to the disk; hub → publisher: it is. */
export interface Durable {
  counter: number
}
/** Not accepted; with `stage: "durable"` accepted, but the disk failed to keep what was asked for. */
export interface Refused {
  counter: number
  code: string
  message: string
  stage?: 'durable'
}
export interface Ack {
  seqs: number[]
  result: 'done' | 'retry' | 'park'
  /** ms until the event is delivered again, with `retry`. */
  delay?: number
  reason?: string
}
export interface Gap {
  /** First and last seq not delivered; 0 where not known (unknown-epoch). */
  from: number
  to: number
  reason: GapReason
  /** Where it goes on. */
  cursor: string
  /** Events dropped, where it is known. */
  count?: number
}
/** All events up to the cursor have been delivered; `live`: from here on they come as they happen. */
export interface CursorRecord {
  cursor: string
}
/** publisher → hub, before the event `counter`: hold it; hub → subscriber, after the event `seq`: it waits for you. */
export interface Gate {
  name: string
  counter?: number
  seq?: number
  /** ms */
  deadline?: number
}
/** subscriber → hub: done with `seq`; hub → publisher: all done, or who is missing. */
export interface GateDone {
  name: string
  seq: number
  counter?: number
  /** What the gate asks for. */
  answer?: unknown
  answers?: { subscriber: string; answer: unknown }[]
  missing?: { subscriber: string; reason: 'timeout' | 'left' }[]
}
export interface Request {
  id: number
  method: string
  params?: Record<string, unknown>
}
export interface Reply {
  id: number
  result?: unknown
  /** More replies to this request follow: a long answer comes in parts. */
  more?: boolean
  error?: WireError
}
export interface WireError {
  code: string
  message: string
  details?: Record<string, unknown>
}
/** A pong carries the id of the ping it answers. One that nobody asked for is a sign of life, and welcome. */
export interface Ping {
  id?: number
}
/** `code` is an error code, or END (a bounded subscription is complete) or STOP (the hub stops). */
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
  gate: Gate
  gateDone: GateDone
  request: Request
  reply: Reply
  ping: Ping
  pong: Ping
  error: WireError
  goodbye: Goodbye
}
