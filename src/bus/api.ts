import type { ErrorCode, TocsinError } from '../event/errors.js'
import type { Principal } from './principal.js'
import type { Format, Sink } from './sink.js'

/** What faces use of the bus. `Bus` (bus.ts) implements it. */
export interface BusApi {
  readonly epoch: string
  /** Largest frame taken from a publisher. */
  readonly largestFrame: number
  /** Whether the log can acknowledge `durable`. */
  readonly durable: boolean
  publisher(principal: Principal, options: PublisherOptions): PublisherApi
  /** Throws TocsinError: bad filter, no right, unknown consumer … */
  subscribe(principal: Principal, request: SubscribeRequest, sink: Sink): Promise<SubscriptionApi>
}

export interface PublisherOptions {
  /** Name under which counters are kept over connections; without it the counters live as long as this. */
  producer?: string
  /** Largest frame taken from it; default: that of the bus. */
  largestFrame?: number
  events: PublisherEvents
}

export interface PublisherEvents {
  /**
   * Everything up to the counter is stored in order. `seq` is that of the event `counter`, 0 where it is not
   * known, and `seq - n` that of `counter - n` for all n below `run`. Once a tick, and where a run ends.
   */
  accepted(counter: number, seq: number, run: number): void
  durable(counter: number): void
  refused(counter: number, error: TocsinError, stage: 'accept' | 'durable'): void
  /** All asked subscribers answered, or who did not. */
  gateDone(done: GateOutcome): void
  /** May be read from again, after `paused` was seen. */
  resumed(): void
  /** Another connection took over, or the bus stops. */
  closed(code: ErrorCode | 'STOP', message: string): void
}

export interface PublisherApi {
  /** Last counter that the hub has of this producer. */
  readonly lastCounter: number
  /** The latest refusals of this producer: who lost its connection may not have heard of them. */
  readonly refusals: readonly Refusal[]
  /** The face stops reading from the publisher while this is true. */
  readonly paused: boolean
  /** Whole frames back to back, in bytes[start, end), not checked yet. */
  publish(bytes: Uint8Array, start: number, end: number): void
  /** Asks for `durable` when everything up to the counter is flushed. */
  awaitDurable(counter: number): void
  /** The event `counter`, not yet sent, waits for the gate; deadline in ms. */
  gate(name: string, counter: number, deadline?: number): void
  close(): void
}

export interface Refusal {
  counter: number
  code: ErrorCode
}

export interface GateOutcome {
  name: string
  counter: number
  seq: number
  answers: { subscriber: string; answer: unknown }[]
  missing: { subscriber: string; reason: 'timeout' | 'left' }[]
}

export type LagPolicy = 'catch-up' | 'skip' | 'disconnect'

export interface SubscribeRequest {
  /** Short spelling, list of it, or the JSON form; undefined: everything. */
  filters?: string | string[] | Record<string, unknown>
  /** Position (event/range.ts); default `now`. */
  from?: string
  to?: string
  /** Where to go on when the cursor in `from` is ahead of the log or of another one; default `now`. */
  otherwise?: 'start' | 'now'
  lag?: LagPolicy
  maxLag?: { bytes?: number; age?: number }
  consumer?: string
  gates?: string[]
  /** What it is called in `who`: face and peer. */
  label: string
  format?: Format
}

export interface SubscriptionApi {
  /** The peer took everything: `pending` is 0 (or low). */
  drained(): void
  /** Another filter from now on. */
  change(filters: SubscribeRequest['filters']): void
  ack(
    seqs: readonly number[],
    result: 'done' | 'retry' | 'park',
    options: { delay?: number; reason?: string },
  ): void
  gateDone(name: string, seq: number, answer: unknown): void
  close(): void
}

/** An event of the hub itself, or of a source that it runs. */
export interface OwnEvent {
  tag: string
  data: unknown
  /** Default: the hub. */
  source?: string
  /** Where it stands in a stream that may be read again after a crash: a repeat is not stored. */
  place?: { stream: string; counter: number }
}
