/**
 * Params and results of the management operations (`area.verb`), as they travel: plain values only.
 * Times are µs since the epoch, durations µs, sizes bytes, positions cursors as text unless a field is
 * named `seq`. Filters come back in the spelling of `formatFilter`. Lists are bounded by `limit`; where more
 * was there than is given, `more` says so.
 */
import type { CompactionReport, Retention, SeqRange } from '../log/event-log.js'
import type { LagPolicy } from './api.js'
import type { FieldValue } from './counts/count.js'
import type { SctpAssociationInfo, SctpPublished, SctpPublishParams } from './sctp-types.js'
import type { GapReason } from './sink.js'
import type { MadeTokenInfo, TokenAddParams, TokenInfo } from './token-types.js'

export type { SctpAssociationInfo, SctpPublished, SctpPublishParams } from './sctp-types.js'
export type { MadeTokenInfo, RightsParams, TokenAddParams, TokenInfo } from './token-types.js'

/** Every method with what it takes and gives; `requestParts` methods give `part`s ahead of the result. */
export interface Methods {
  'hub.status': { params: NoParams; result: HubStatus }
  'subscribers.list': { params: NoParams; result: { subscribers: SubscriberInfo[] } }
  'consumers.list': { params: NoParams; result: { consumers: ConsumerInfo[] } }
  'consumers.get': { params: { name: string }; result: ConsumerDetail }
  /** Without `from` it begins with the next event. An equal one that exists is returned as it is. */
  'consumers.create': { params: { name: string; filters?: Filters; from?: string }; result: ConsumerInfo }
  /** Its parked events are deleted with it; `parked` says how many. */
  'consumers.delete': { params: { name: string }; result: { name: string; parked: number } }
  'consumers.seek': { params: { name: string; to: string; dryRun?: boolean }; result: SeekReport }
  'parked.list': {
    params: { consumer?: string; after?: string; limit?: number }
    result: { parked: ParkedInfo[]; more: boolean }
  }
  'parked.get': { params: { id: string }; result: ParkedEvent }
  /** `count`: those that will be delivered again; at most 10,000 wait for it at once, others stay parked. */
  'parked.redeliver': { params: ParkedChoice; result: { count: number } }
  'parked.delete': { params: ParkedChoice; result: { count: number } }
  'filters.explain': { params: ExplainParams; result: ExplainResult }
  'log.info': { params: NoParams; result: LogInfo }
  /** Parts: `VerifyPart`, one a chunk. */
  'log.verify': { params: NoParams; result: VerifyReport }
  /** Without a policy the configured retention is applied now. */
  'log.compact': { params: { policy?: Retention }; result: CompactionReport }
  'events.get': { params: { cursor: string }; result: { cursor: string; frame: Uint8Array } }
  /** One page; `next` is the `from` (or with `before` the `before`) of the following one. */
  'events.read': { params: ReadParams; result: EventPage }
  /** How many events in each span of a time. */
  'events.histogram': { params: HistogramParams; result: Histogram }
  /** Which values a field has, the most frequent first. */
  'events.facets': { params: FacetsParams; result: Facets }
  'tags.complete': {
    params: { prefix: string; limit?: number }
    result: { tags: TagCompletion[]; exact: boolean }
  }
  'gaps.list': {
    params: { from?: string; to?: string; limit?: number }
    result: { gaps: GapInfo[]; more: boolean }
  }
  'sources.list': { params: NoParams; result: { sources: SourceInfo[] } }
  /** `source` without `sctp/` in front. */
  'sctp.associations': { params: { source?: string }; result: { associations: SctpAssociationInfo[] } }
  /** `index` counts from 0: of this item nothing was published. */
  'sctp.publish': { params: SctpPublishParams; result: SctpPublished }
  'config.reload': { params: NoParams; result: ReloadReport }
  /** Text in the format of Prometheus, or of OpenMetrics. */
  'metrics.read': {
    params: { format?: 'prometheus' | 'openmetrics' }
    result: { type: string; text: string }
  }
  'types.list': { params: NoParams; result: { types: TypeInfo[] } }
  'tokens.add': { params: TokenAddParams; result: MadeTokenInfo }
  'tokens.list': { params: NoParams; result: { tokens: TokenInfo[] } }
  /** `grace`: how long the old one is still good, µs. */
  'tokens.rotate': { params: { name: string; grace?: number }; result: MadeTokenInfo }
  'tokens.revoke': { params: { name: string }; result: { name: string; revoked: number } }
  'passwords.set': { params: { principal: string; password: string }; result: { principal: string } }
  'passwords.remove': { params: { principal: string }; result: { principal: string } }
}

export type MethodName = keyof Methods
export type ParamsOf<Name extends MethodName> = Methods[Name]['params']
export type ResultOf<Name extends MethodName> = Methods[Name]['result']

export type NoParams = Record<string, never>
export type Filters = string | string[] | Record<string, unknown>

export interface HubStatus {
  name: string
  version: string
  /** Version of Node.js. */
  node: string
  pid: number
  started: number
  now: number
  /** Configuration file in force; undefined: defaults only. */
  config?: string
  data?: string
  listeners: { face: string; address: string; connections: number }[]
  /** Counters since the start. */
  events: { accepted: number; delivered: number; refused: number; lost: number }
  subscribers: number
  /** Subscribers that are served from the log, not live. */
  behind: number
  publishers: number
  consumers: number
  parked: number
  memory: { rss: number; heapUsed: number; external: number }
  /** The file system of the data folder. */
  disk?: { free: number; total: number }
  log: LogInfo
  sources: SourceInfo[]
}

export interface ReloadReport {
  /** Undefined: there is no file, all is default. */
  file?: string
  /** Keys whose change is in force. */
  applied: string[]
  /** Keys whose change waits for a restart. */
  restart: string[]
}

export interface LogInfo {
  engine: string
  epoch: string
  /** Numbers of the first and last event that can be read; `first` is `last + 1` in an empty log. */
  first: number
  last: number
  firstTime?: number
  lastTime?: number
  bytes: number
  segments: number
  unflushedBytes: number
  flushMicros: number
  durable: boolean
  retention: Retention
  lost: SeqRange[]
  lastCompaction?: CompactionReport
  fault?: { code: string; message: string }
}

export interface SubscriberInfo {
  id: string
  /** Face and peer: `unix pid 4711`. */
  label: string
  principal: string
  filter: string
  state: 'live' | 'catching-up'
  lag: LagPolicy
  maxLag?: { bytes?: number /** ms */; age?: number }
  consumer?: string
  gates: string[]
  /** Everything up to here has been given to it. */
  cursor: string
  lagEvents: number
  lagMicros: number
  /** When it left the live path; undefined while it keeps up. */
  slowSince?: number
  connected: number
  /** Since it connected. */
  delivered: number
  skipped: number
  /** Bytes handed to its connection and not yet taken. */
  pending: number
}

export interface ConsumerInfo {
  name: string
  filter: string
  /** Everything up to here is settled. */
  cursor: string
  lagEvents: number
  lagMicros: number
  /** Delivered, not yet acknowledged. */
  pending: number
  parked: number
  connections: number
  created: number
}

export interface ConsumerDetail extends ConsumerInfo {
  /** The oldest first, at most 100. */
  unacknowledged: { cursor: string; tries: number /** next try */; due?: number }[]
}

export interface SeekReport {
  name: string
  from: string
  to: string
  /** Events that match and will be delivered (again) from there. */
  events: number
  /** False: counted as far as the limit of work allowed. */
  exact: boolean
  dryRun: boolean
}

export interface ParkedInfo {
  id: string
  consumer: string
  /** Where the event stood in the log. */
  cursor: string
  tag: string
  source: string
  time: number
  tries: number
  reason: string
  parkedAt: number
  /** The parking before, when it was delivered again and failed again. */
  reparkedFrom?: { tries: number; reason: string; parkedAt: number }
}

export interface ParkedEvent extends ParkedInfo {
  frame: Uint8Array
}

/** Some by id, or all of one consumer. */
export type ParkedChoice = { ids: string[] } | { consumer: string }

export interface ExplainParams {
  filters?: Filters
  /** An event to try it on. */
  cursor?: string
  /** Counts what matches in this range. */
  from?: string
  to?: string
}

export interface ExplainResult {
  /** The canonical JSON form. */
  filter: string
  /** How it was read, which part the index answers, and for an event which clause failed; lines for people. */
  text: string
  event?: { cursor: string; matches: boolean; text: string }
  count?: { matched: number; seen: number; exact: boolean }
}

/** What is asked of the log: filters in any spelling, and CESQL. An event fits when it fits both. */
export interface Wanted {
  filters?: Filters
  where?: string
}

export interface ReadParams extends Wanted {
  /** Default: the start. With `before` the lower end. */
  from?: string
  to?: string
  /** Reads backwards, from the last event before this position. */
  before?: string
  limit?: number
  /** Where to go on when the cursor in `from` is ahead of the log or of another one; default `now`. */
  otherwise?: 'start' | 'now'
}

export interface EventPage {
  /** Whole frames, back to back: rising seq, or falling with `before`. */
  frames: Uint8Array
  count: number
  /** There may be more. A page with `next` may be empty: the work that one page may cost was done. */
  next?: string
  /** A subscription from here goes on where the newest event that was looked at ends. */
  cursor: string
  gaps: ReadGap[]
}

/** Numbers that this page does not have and another read will not bring. */
export interface ReadGap {
  from: number
  to: number
  reason: GapReason
}

export interface HistogramParams extends Wanted {
  /** Default: an hour ago. */
  from?: string
  /** Default: now. */
  to?: string
  /** At most so many, and a part of one more; they begin at round times. */
  buckets?: number
  /** Counts its values apart; of a tag the first two segments. */
  by?: 'type' | 'source' | 'tag'
  /** So many values; the others are counted together. */
  top?: number
}

export interface Histogram extends Coverage {
  /** Events from here, to before `to`, are counted. */
  from: number
  to: number
  /** Start of the first bucket, and how long each is. */
  start: number
  step: number
  /** One for each bucket. */
  counts: number[]
  total: number
  /** The most frequent values, and what is in none of them. */
  series?: { value: FieldValue; total: number; counts: number[] }[]
  other?: number[]
}

export interface FacetsParams extends Wanted {
  /** As in filters: `type`, `source`, `tag` (its first two segments), an attribute, `data.…`. */
  field: string
  from?: string
  to?: string
  limit?: number
}

export interface Facets extends Coverage {
  field: string
  from: number
  to: number
  total: number
  values: { value: FieldValue; count: number }[]
  /** Events without the field, or with values that are not listed. */
  other: number
}

/** How much of what was asked was looked at. Only events that the caller may see are counted. */
export interface Coverage {
  /** False: more events than one question may look at, or more values than are kept apart. */
  exact: boolean
  /** Nothing before this time was looked at; not there when everything was. */
  coveredFrom?: number
}

export interface VerifyPart {
  segment: string
  firstSeq: number
  lastSeq: number
  count: number
  bytes: number
  error?: { code: string; message: string }
}

export interface VerifyReport {
  chunks: number
  events: number
  bytes: number
  faulty: number
}

export interface TagCompletion {
  /** The prefix up to and including the next `/`, or the whole tag. */
  text: string
  count: number
  /** A whole tag: nothing follows. */
  complete: boolean
}

export interface GapInfo {
  /** `source`: a source lost it (event `hub.gap`); `log`: an unclean stop took the numbers away. */
  kind: 'source' | 'log'
  source?: string
  /** Text as the source counts, or numbers of the log. */
  from?: number | string
  to?: number | string
  count?: number
  reason: string
  time?: number
  /** Of the event that reported it. */
  cursor?: string
}

export interface SourceInfo {
  name: string
  origin: string
  state: 'up' | 'degraded' | 'down' | 'silent'
  since: number
  reason?: string
  lastEvent?: number
  /** Since the hub started. */
  events: number
  lost: number
  restarts: number
  details: Record<string, unknown>
}

export interface TypeInfo {
  type: string
  tags: string[]
  summary?: string
  /** JSON Schema 2020-12 */
  schema?: Record<string, unknown>
  correlation?: string[]
}
