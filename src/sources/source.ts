import type { Runtime } from '../event/runtime.js'

/** What the hub runs: a source is made anew for every start. */
export interface SourceDefinition {
  /** `system`, `files/nginx` …: last part of its origin, and its name in `hub/source/<name>`. */
  readonly name: string
  /** Source of its events. Default: `host/<hostname>/<name>`. */
  readonly origin?: string
  /** ms without an event after which the source counts as silent; 0 or absent: never. */
  readonly silentAfter?: number
  create(): Source
  /** What it watches, one row each, for who asks; JSON values only. Also between two lives of the source. */
  inspect?(): readonly object[]
}

/** What a source of host events is: the hub starts, stops and watches it. */
export interface Source {
  /** Resolves when it runs; a rejection makes the hub try again after a growing pause. */
  start(context: SourceContext): Promise<void>
  /** Publishes nothing from then on. May come while `start` is still pending. */
  stop(): Promise<void>
  health(): SourceHealth
}

export interface SourceContext {
  /** Source of its events; of those that `publish` makes also the first segments of the tag. */
  readonly origin: string
  /** Epoch of the hub's log. */
  readonly epoch: string
  /** Of an event that the hub takes, bytes. */
  readonly largestFrame: number
  readonly runtime: Runtime
  /**
   * Publishes `<origin>/<path>`. False: the hub takes nothing for now; the source tries again later,
   * or counts the event and reports it as lost.
   */
  publish(path: string, data: unknown, place?: StreamPlace): boolean
  /**
   * Publishes whole frames back to back, for a source of events that have tag and body already; see RawEvents.
   * They must have passed `checkFrame` and name the origin as their source. All or none; the bytes are copied.
   */
  publishFrames(frames: Uint8Array, count: number): boolean
  /** Events of the hub, from the position (default: now) on, for a source that hands them on. */
  subscribe(request: SourceSubscribe, sink: SourceSink): Promise<SourceSubscription>
  /**
   * Reports that `count` observations could not be published or seen; undefined: nobody knows how many.
   * `since`: from when on, µs; default now.
   */
  lost(count: number | undefined, reason: string, since?: number): void
  /** Reports that the source cannot go on: it is stopped and started again. */
  failed(error: unknown): void
  /** The position kept by the last run; undefined at the very first start. */
  load(): Promise<unknown>
  /**
   * The position has changed. `read` gives it as a JSON value of at most 512 KiB; it is called at
   * most once a second, and what it gives is kept when all that was published before is safe.
   */
  moved(read: () => unknown): void
  /** Keeps the position now. */
  keep(): Promise<void>
}

/**
 * Where an event stands in a stream that can be read again, such as a file. After a crash a source
 * reads from the position kept last; the hub drops an event whose counter it has already had.
 */
export interface StreamPlace {
  /** Never used for another stream. */
  stream: string
  /** Rises within the stream. */
  counter: number
}

export interface SourceHealth {
  state: 'up' | 'degraded'
  /** Facts for `tocsin status`, JSON values only. */
  details: Record<string, unknown>
}

/** What the hub hands to its sources. */
export interface SourceHost {
  readonly hostname: string
  readonly runtime: Runtime
  /** False: the hub takes nothing for now. */
  publish(event: SourceEvent): boolean
  publishFrames(frames: Uint8Array, count: number): boolean
  subscribe(request: SourceSubscribe, sink: SourceSink): Promise<SourceSubscription>
  readonly epoch: string
  readonly largestFrame: number
  /** Resolves when all that was published before is as safe as this hub makes it. */
  settled(): Promise<void>
  /** The bucket `sources` of the state store. */
  readonly positions: PositionStore
}

export interface SourceSubscribe {
  /** Short spelling. */
  filters: string[]
  from?: string
  /** What it is called in `who`. */
  label: string
}

/** Where a source takes events of the hub. No call may throw. */
export interface SourceSink {
  /** Whole frames; the bytes never change. */
  write(pieces: readonly Uint8Array[]): void
  /** Bytes taken and not yet handed on. When it falls to 0, the source calls `drained()`. */
  readonly pending: number
  /** Up to `seq` there is nothing more that the filters match. */
  position(seq: number): void
  /** Events are missing. */
  gap(reason: string): void
  /** The subscription is over; undefined: the hub stops. */
  end(error: Error | undefined): void
}

export interface SourceSubscription {
  drained(): void
  close(): void
}

export interface SourceEvent {
  tag: string
  /** Absent: the hub says so itself. */
  source?: string
  data: unknown
  place?: StreamPlace
}

export interface PositionStore {
  get(key: string): Promise<{ value: Uint8Array } | undefined>
  put(key: string, value: Uint8Array): Promise<unknown>
}

/** As JSON in `tocsin status`. */
export interface SourceStatus {
  name: string
  origin: string
  state: 'starting' | 'up' | 'silent' | 'down' | 'stopped'
  /** Since when it is in this state, µs since the epoch. */
  since: number
  reason?: string
  events: number
  lost: number
  /** µs since the epoch */
  lastEvent?: number
  restarts: number
  health?: SourceHealth
}
