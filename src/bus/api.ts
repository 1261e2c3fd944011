import type { ErrorCode, TocsinError } from '../errors/tocsin-error.js'
import type { Attributes } from '../event/attributes.js'
import type { FrameLimits } from '../event/check.js'
import type { WalkedBody } from '../event/frame-walk.js'
import type { RefusedSpan } from '../log/refused-spans.js'
import type { Principal } from './principal.js'
import type { Format, Sink } from './sink.js'

/** The bus as faces see it. */
export interface BusApi {
  readonly epoch: string
  /** Events before this seq have expired. */
  readonly first: number
  /** Seq of the newest event. */
  readonly last: number
  /** Largest frame accepted from a publisher, bytes. */
  readonly largestFrame: number
  /** True if the log can acknowledge `durable`. */
  readonly durable: boolean
  /** Longest wait at a gate, ms. */
  readonly gateDeadline: number
  /** Publishers are paused: too much waits for the disk, or the disk accepts nothing. */
  readonly suspended: boolean
  /** Why the log stores nothing at present. Publishers may wait before they are paused. */
  readonly fault: TocsinError | undefined
  /** Resolves when what other hubs have stored until now is known here; undefined if there are none. */
  caughtUp(): Promise<unknown> | undefined
  /** Throws TCN_BUS_CLOSED when the bus stops. */
  publisher(principal: Principal, options: PublisherOptions): PublisherApi
  /** Rejects with a TocsinError: bad filter, missing right, unknown consumer … */
  subscribe(principal: Principal, request: SubscribeRequest, sink: Sink): Promise<SubscriptionApi>
}

/** Publishes events of the hub itself and of the sources that it runs. */
export interface HubPublisher {
  /** The log accepts nothing for now; sources try again later. */
  readonly suspended: boolean
  /** Half of what may wait for the disk does: what can be published later waits. */
  readonly isFilling: boolean
  /** The hub stops: nothing more is published. */
  readonly closing: boolean
  /** Returns false if the log did not take the event. Where it stores later, one of the functions is called then. */
  emit(event: OwnEvent, stored?: () => void, failed?: () => void): boolean
  /** Stores the event at the end of this turn of the event loop, with others. False if the hub accepts none at present. */
  emitSoon(event: OwnEvent): boolean
  /** Publishes whole frames that have passed `checkFrame`; all or none. The bytes are copied. */
  emitFrames(frames: Uint8Array, count: number): boolean
  /** Resolves when everything published so far is flushed; at once if the log cannot be durable. */
  settled(): Promise<void>
  /** Resolves when everything up to seq is flushed to the disk; at once if the log keeps nothing. */
  flushed(seq: number): Promise<void>
  /** The last event that is flushed; the last one of all if the log keeps nothing. */
  readonly flushedTo: number
}

/** An event of the hub itself, or of a source that it runs. */
export interface OwnEvent {
  tag: string
  data: unknown
  /** Numeric type of a notification; default 0. */
  kind?: number
  /** Source attribute; default: that of the hub. */
  source?: string
  attributes?: Attributes
  /** Its place in a stream that may be read again after a crash: an event seen before is not stored again. */
  counter?: OwnCounter
}

export interface OwnCounter {
  stream: string
  counter: number
  /** For a gap: it is one event for all counters from here on. */
  first?: number
}

/** Events of the hub itself that wait for subscribers. Nothing but who has caused them is held up. */
export interface OwnGates {
  /** Resolves with true if the gate has subscribers. A promise is returned where other hubs have to be asked. */
  isAwaited(name: string): boolean | Promise<boolean>
  /**
   * Publishes the event. Resolves when all subscribers of the gate have answered it, have left or are late, except for
   * those of the peer that has caused it: a program must not wait for itself. The seq of the outcome is 0 if the event
   * could not be stored. `deadline`: ms, if it is shorter than that of the hub.
   */
  publish(
    event: OwnEvent,
    name: string,
    cause?: { principal: Principal } & Peer,
    deadline?: number,
  ): Promise<GateOutcome>
}

export interface PublisherOptions {
  /** Name under which counters are kept across connections; without it they are forgotten with this publisher. */
  producer?: string
  /** The limits on its events; default: the limits of the bus. */
  limits?: FrameLimits
  /**
   * It repeats its events from the first that the log did not store; default: true if it has a name. The publisher is
   * closed then, instead of refusing events: one that is stored after them would let them pass for stored.
   */
  repeats?: boolean
  events: PublisherEvents
}

export interface PublisherEvents {
  /**
   * Everything up to the counter is stored in order. `seq` is that of the event `counter`, 0 if it is not
   * known, and `seq - n` is that of the event `counter - n` for all n below `count`. Called once a tick, and
   * whenever counters and seqs stop rising together.
   */
  accepted(counter: number, seq: number, count: number): void
  durable(counter: number): void
  refused(counter: number, error: TocsinError, stage: 'accept' | 'durable'): void
  /** Called when all subscribers of the gate have answered, or are named as missing. */
  gateDone(done: GateOutcome): void
  /** Called when the publisher may be read from again after `paused` was true. */
  resumed(): void
  /** Called when another connection took over, or the bus stops. */
  closed(code: ErrorCode | 'STOP', message: string): void
}

export interface PublisherApi {
  /** The last counter of this producer that is stored. */
  readonly lastCounter: number
  /** The refused events of this producer, also of lost connections and other hubs; undefined if it has none. */
  readonly refusals: RefusalsApi | undefined
  /** The face does not read from the publisher while this is true. */
  readonly paused: boolean
  /** Number of its events that were stored. */
  readonly accepted: number
  /**
   * Publishes the frames in bytes[start, end): whole, back to back, and not checked yet. Bytes that are `given` are not used
   * by the caller any more.
   */
  publish(bytes: Uint8Array, start: number, end: number, walked?: WalkedBody, given?: boolean): void
  /** Returns why the frame would be refused, or was refused before; undefined if it would be accepted. */
  refusalOf(bytes: Uint8Array, at: number): TocsinError | undefined
  /** Asks for `durable` to be called when everything up to the counter is flushed. */
  awaitDurable(counter: number): void
  /** Makes the event `counter`, which is not sent yet, wait for the gate; deadline in ms. */
  gate(name: string, counter: number, deadline?: number): void
  close(): void
}

export interface RefusalsApi {
  /** The hub no longer knows which of the counters up to this one were refused. */
  readonly forgotten: number
  /** Those after a counter, in rising order. */
  after(counter: number): readonly RefusedSpan[]
}

export interface GateOutcome {
  name: string
  counter: number
  seq: number
  /** `hub`: where the subscriber is connected, if that is another hub. */
  answers: { subscriber: string; answer: unknown; hub?: string }[]
  /** An entry with a hub and without a name of a subscriber stands for all subscribers at that hub. */
  missing: { subscriber: string; reason: 'timeout' | 'left' | 'too-large'; hub?: string }[]
}

export type LagPolicy = 'catch-up' | 'skip' | 'disconnect'

export interface SubscribeRequest {
  /** Short spelling, a list of those, or the JSON form; undefined: every event. */
  filters?: string | string[] | Record<string, unknown>
  /** Position (event/position.ts); default `now`. */
  from?: string
  to?: string
  /** Where to continue if the cursor in `from` is ahead of the log or belongs to another log; default `now`. */
  otherwise?: 'start' | 'now'
  lag?: LagPolicy
  maxLag?: { bytes?: number; age?: number }
  consumer?: string
  /**
   * True for a member of a consumer that is a part of the hub and settles the events in their order. While it exists,
   * nothing is redelivered to it, and it begins with the first event that is not settled.
   */
  inOrder?: boolean
  gates?: string[]
  /** The subscriber's name in lists: face and peer. */
  label: string
  /** Who is named if the request creates a consumer. */
  peer?: Peer
  format?: Format
}

/** Where a request comes from, as far as that is known. */
export interface Peer {
  face?: string
  /** Number of its session. */
  usid?: number
  /** The name that the program gives itself. */
  program?: string
  /** Address of the peer, unless it is on this machine. */
  address?: string
}

export interface SettleOptions {
  /** ms until it is delivered again */
  delay?: number
  reason?: string
  /** Attempts of the subscriber at what it parks, if more than one. */
  tries?: number
}

export interface SubscriptionApi {
  /** Called when the peer has taken the output: `pending` is 0 or low. */
  drained(): void
  /** Replaces the filter from now on. */
  change(filters: SubscribeRequest['filters']): void
  ack(seqs: readonly number[], result: 'done' | 'retry' | 'park', options: SettleOptions): void
  gateDone(name: string, seq: number, answer: unknown): void
  close(): void
}
