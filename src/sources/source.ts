import type { Attributes } from '../event/attributes.js'
import type { Runtime } from '../event/runtime.js'
import type { LongWork } from '../incremental/long-work.js'
import type { CallHome } from '../protocols/transport/call-home.js'
import type { Hooks } from '../protocols/webhook/hooks.js'
import type { MetricSample } from '../types/metric.js'
import type { Offered, PolicyRules as SourcePolicy } from './event-policy.js'
import type { MethodCalls } from './method-calls.js'
import type { StreamCounter } from './stream-counter.js'

export type { SourcePolicy, StreamCounter }

/** Describes a source to the hub, which creates a new instance for every start. */
export interface SourceDefinition {
  /** Such as `system` or `files/nginx`: the last part of its origin, and its name in `hub/source/<name>`. */
  readonly name: string
  /** Source attribute of its events. Default: `host/<hostname>/<name>`. */
  readonly origin?: string
  /** First segments of the tags that `publish` makes, for tags that are the same on every host. Default: the origin. */
  readonly tags?: string
  /** ms without an event after which the source is reported as silent; 0 or absent: never. */
  readonly silentAfter?: number
  /** The policy for events of `publish`. Frames go to the hub as they are. */
  readonly policy?: SourcePolicy
  /** True if only the primary of the hubs that share a log runs it. */
  readonly once?: boolean
  create(): Source
  /** Returns the things that it watches, one row each; JSON values only. May be called while no instance runs. */
  inspect?(): readonly object[]
  /** The events that it has forwarded, for a source that forwards those of the hub to another one. */
  readonly forwarded?: ForwardedEvents
  /** Returns the values of its metrics now; the `metrics` of its kind declare them. */
  samples?(): Iterable<MetricSample>
}

/** The events that a source has forwarded to another hub. */
export interface ForwardedEvents {
  /** Name of the other hub, as the operator knows it. */
  readonly name: string
  /** The events that are forwarded, as short patterns. */
  readonly filters: readonly string[]
  /** The source needs no event up to this number: each is on the disk there, or is not to be forwarded. */
  readonly passed: number
  /** Returns whether this event is on the disk there if the filters select it. */
  has(seq: number): boolean
  /** Equal as long as `has` returns true for what it has returned true for. */
  readonly key: string
  /** Why the source forwards nothing now; undefined while it does. */
  readonly away: string | undefined
}

/** Observes something and publishes it. The hub starts, stops and monitors it. */
export interface Source {
  /** Resolves when the source runs. If it rejects, the hub restarts the source after a growing pause. */
  start(context: SourceContext): Promise<void>
  /**
   * Publishes what was handed over to it before, and takes nothing new. Called before `stop` when the hub stops the
   * source, which waits for it for 3 seconds. May be called while `start` is still pending.
   */
  drain?(): Promise<void>
  /** Stops publishing. May be called while `start` is still pending. */
  stop(): Promise<void>
  health(): SourceHealth
}

/** Reads the stored value as a position. Throws if it is none. */
export type ReadPosition<Position> = (stored: unknown) => Position | undefined

export interface SourceContext {
  /** Source attribute of its events. */
  readonly origin: string
  /** Epoch of the hub's log. It changes when another log takes the place of one that hubs share. */
  readonly epoch: string
  /** Name of the log, if the source runs once among the hubs that share it. */
  readonly sharedLog: string | undefined
  /** Seq of the newest event of the hub. */
  last(): number
  /** Returns the largest number of events that may follow a seq. */
  numbersAfter(seq: number): number
  /** The largest frame that the hub accepts, bytes. */
  readonly largestFrame: number
  readonly runtime: Runtime
  /**
   * Publishes an event with the tag `<tags>/<path>`, or `<tags>` if the path is empty. A time that its data has under
   * `time` or `at`, as `formatTime` writes it, becomes the attribute `time` of the event: it happened then. Returns false if the hub accepts no events at present; the source
   * then tries again later, or counts the event and reports it as lost.
   */
  publish(path: string, data: unknown, counter?: StreamCounter): boolean
  /**
   * The same for a sender that receives an answer: an event over `rateLimit` is not dropped and reported as lost, since
   * its sender can be asked to wait.
   */
  offer(path: string, data: unknown): Offered
  /**
   * Publishes whole frames, back to back, for events that already have a tag and a body; see RawEvents. The frames must
   * have passed `checkFrame` and have the origin as their source attribute. All or none are accepted, and copied.
   */
  publishFrames(frames: Uint8Array, count: number): boolean
  /**
   * Publishes an event that already has a tag, of something that continues when the subscribers of a gate have answered.
   * Resolves when all have answered, have left or are late: with false if the event could not be stored. Returns
   * undefined if the hub accepts no events at present. `deadline`: ms, if it is shorter than that of the hub.
   */
  publishAtGate(event: GatedEvent, gate: string, deadline: number): Promise<boolean> | undefined
  /**
   * Takes one item: a line, a message, an entry. If `take` throws, the source is stopped and started again, and false is
   * returned, as by `take` while the hub accepts no events: the position must stay before the item. After ten failures
   * the item is parked, and true is returned. An item without a place is left out at once, and counted.
   */
  attempt(take: () => boolean, item: () => SourceItem): boolean
  /** Subscribes to events of the hub, from a position on (default: now), for a source that forwards them. */
  subscribe(request: SourceSubscribe, sink: SourceSink): Promise<SourceSubscription>
  /**
   * Reports that `count` observations (undefined: an unknown number) could not be made or published. `since` is the
   * beginning of the period, µs since the epoch; default now.
   */
  lost(count: number | undefined, reason: string, since?: number): void
  /** Reports that the source cannot continue; it is stopped and restarted. */
  failed(error: unknown): void
  /**
   * Returns the position stored last, as `read` returns it; undefined at the very first start. If `read` throws, what is
   * stored is no position of this source: this is reported, and the source begins as at its first start.
   */
  load<Position = unknown>(read?: ReadPosition<Position>): Promise<Position | undefined>
  /**
   * Reports that the position has changed. `read` returns it as a JSON value of at most 512 KiB and is called at most
   * once a second. The value is stored when everything published before is safe.
   */
  moved(read: () => unknown): void
  /** Stores the position now. */
  keep(): Promise<void>
  /**
   * Resolves when everything published before is as safe as this hub can make it; rejects if repeats wait that the hub
   * does not accept at present.
   */
  settled(): Promise<void>
  /** Resolves when everything up to seq is as safe as this hub can make it. */
  flushed(seq: number): Promise<void>
  /** The last event that is as safe as this hub can make it. */
  flushedTo(): number
  /** The webhooks of the hub. */
  readonly hooks: Hooks
  /** The network devices that call home to the hub. */
  readonly callHome: CallHome
  /** Does what may take long, in turns with all other sources. */
  readonly longWork: LongWork
  readonly calls: MethodCalls
}

/** Something that a source takes, as it came. */
export interface SourceItem {
  /** Where it is found again after a restart; absent if it is not. */
  readonly place?: string
  readonly raw: Uint8Array | string
  /** The number of an event of the hub, whose frame is `raw`. */
  readonly seq?: number
}

/** An item at which a source has failed too often. */
export interface ParkedItem {
  /** Its number in the log, or one that stands for its place. */
  readonly seq: number
  /** True if it is an event of the log. */
  readonly isStored?: boolean
  readonly frame: Uint8Array
  readonly tries: number
  readonly reason: string
}

export interface SourceHealth {
  state: 'up' | 'degraded'
  /** Why it is degraded. */
  reason?: string
  /** Details for `tocsin status`; JSON values only. */
  details: Record<string, unknown>
}

/** One line for faults by what they concern: the first, and how many more there are. */
export function faultReason(faults: Iterable<readonly [what: string, why: unknown]>): string | undefined {
  const [first, ...others] = faults
  if (first === undefined) return undefined
  return `${first[0]}: ${first[1]}${others.length === 0 ? '' : `, and ${others.length} more`}`
}

/** The part of the hub that sources use. */
export interface SourceHost {
  readonly hostname: string
  readonly runtime: Runtime
  /** Returns false if the hub accepts no events at present. */
  publish(event: SourceEvent): boolean
  publishFrames(frames: Uint8Array, count: number): boolean
  publishAtGate(event: GatedEvent, gate: string, deadline: number): Promise<boolean> | undefined
  subscribe(request: SourceSubscribe, sink: SourceSink): Promise<SourceSubscription>
  park(source: string, item: ParkedItem): Promise<void>
  readonly epoch: string
  readonly last: number
  numbersAfter(seq: number): number
  readonly largestFrame: number
  /** Resolves when everything published before is as safe as this hub can make it. */
  settled(): Promise<void>
  /** Resolves when everything up to seq is as safe as this hub can make it. */
  flushed(seq: number): Promise<void>
  /** The last event that is as safe as this hub can make it. */
  flushedTo(): number
  readonly hooks: Hooks
  readonly callHome: CallHome
  readonly longWork: LongWork
  readonly calls: MethodCalls
  /** The bucket `sources` of the state store. */
  readonly positions: PositionStore
  /** For sources that run once among the hubs that share a log; undefined if this hub has its log for itself. */
  readonly once?: OnceSources
}

export interface OnceSources {
  /** True if this hub runs them now. */
  readonly isPrimary: boolean
  /** Name of the hub that runs them, as far as this one knows. */
  readonly primary: string | undefined
  /** Name of the log that the hubs share. */
  readonly log: string
  /** The hub as they see it: positions and counters of events belong to all hubs. */
  readonly host: SourceHost
}

export interface SourceSubscribe {
  /** Short patterns. */
  filters: string[]
  from?: string
  /** Where to continue if the cursor in `from` is unknown to this log; default `now`. */
  otherwise?: 'start' | 'now'
  /** Its name in the list of connections. */
  label: string
}

/** Receives events of the hub. Its methods must not throw. */
export interface SourceSink {
  /** Receives whole frames, whose bytes never change. */
  write(pieces: readonly Uint8Array[]): void
  /** Bytes received and not yet forwarded. When it falls to 0, the source calls `drained()`. */
  readonly pending: number
  /** Reports that no further event up to `seq` matches the filters. */
  position(seq: number): void
  /** True if it uses none of the written bytes any more when `pending` is 0. */
  readonly keepsNothing?: boolean
  /** Reports that everything up to `seq` was written, and that events follow as they are stored. */
  live?(seq: number): void
  /** Reports that events are missing: numbers `from` to `to` (0: not known). The event after `next` follows. */
  gap(reason: string, from: number, to: number, next: number): void
  /** Called when the subscription has ended; without an error, the hub stops. */
  end(error: Error | undefined): void
}

export interface SourceSubscription {
  drained(): void
  close(): void
}

export interface SourceEvent {
  tag: string
  /** Source attribute. Absent in the hub's own events. */
  source?: string
  data: unknown
  /** When it happened, if the source has read that. */
  attributes?: Attributes
  counter?: StreamCounter
}

/** An event whose subscribers are waited for. Its source attribute is the origin. */
export interface GatedEvent {
  tag: string
  /** Numeric type of a notification. */
  kind: number
  source?: string
  data: unknown
  attributes: Attributes
}

export interface PositionStore {
  get(key: string): Promise<{ value: Uint8Array } | undefined>
  put(key: string, value: Uint8Array): Promise<unknown>
  /** Says that the value under the key makes no sense. */
  reportDamage(key: string, why: unknown): void
}

/** The state of a source, as `tocsin status` reports it. */
export interface SourceStatus {
  name: string
  origin: string
  state: 'starting' | 'up' | 'silent' | 'down' | 'standby' | 'stopped'
  /** When it entered this state, µs since the epoch. Attempts to start do not change that of one that is down. */
  since: number
  reason?: string
  events: number
  lost: number
  /** Items at which it has failed too often, since the hub started. */
  parked: number
  /** µs since the epoch */
  lastEvent?: number
  restarts: number
  health?: SourceHealth
}
