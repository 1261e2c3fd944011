import type { CgroupInfo } from '../../jobs/index.js'
import type { ClusterStatus } from './cluster.js'
import type { ReloadReport } from './config.js'
import type { EdgeInfo } from './edges.js'
import type { LogInfo } from './log.js'
import type { NoParams, OfHub } from './params.js'
import type { RuleInfo } from './rules.js'
import type { SinkState } from './sinks.js'

/** The hub itself, its sources, event types and metrics. */
export interface HubMethods {
  'hub.status': { params: OfHub; result: HubStatus }
  /** Does what SIGHUP does. If a part of it fails, nothing has changed. */
  'hub.reload': { params: NoParams; result: HubReloadReport }
  /** Returns what the hub was like every ten seconds of the last hour, since its start, and after `since` (µs). */
  'hub.history': { params: OfHub & { since?: number }; result: { samples: HistorySample[] } }
  'sources.list': { params: OfHub; result: { sources: SourceInfo[] } }
  /** Returns text in the format of Prometheus or OpenMetrics. */
  'metrics.read': {
    params: { format?: 'prometheus' | 'openmetrics' }
    result: { type: string; text: string }
  }
  'types.list': { params: NoParams; result: { types: TypeInfo[] } }
}

export interface HubReloadReport extends ReloadReport {
  types: TypeChanges
}

/** Names of event types that files define. */
export interface TypeChanges {
  added: string[]
  changed: string[]
  removed: string[]
}

export interface HubStatus {
  name: string
  version: string
  /** Version of Node.js. */
  node: string
  pid: number
  started: number
  now: number
  /** The configuration file in use; undefined: defaults only. */
  config?: string
  data?: string
  /** Parts of the hub that have thrown something within a day. Absent in answers of earlier versions. */
  faults?: PartFaultInfo[]
  /** The damage that the hub has found in its data folder since it started. */
  damage?: string[]
  listeners: { face: string; address: string; connections: number }[]
  /** Counters since the start. */
  events: { accepted: number; delivered: number; refused: number; skipped: number; lost: number }
  subscribers: number
  /** Subscribers that are served from the log, not live. */
  behind: number
  publishers: number
  consumers: number
  parked: number
  memory: { rss: number; heapUsed: number; external: number }
  /** Turns of the event loop that took long, during which the hub did nothing else. */
  loop: LoopInfo
  /** File system of the data folder. */
  disk?: { free: number; total: number }
  log: LogInfo
  sources: SourceInfo[]
  /** Hubs that forward their events to this one. Absent in answers of earlier versions. */
  edges?: EdgeInfo[]
  /** Absent in answers of earlier versions. */
  sinks?: SinkState[]
  /** Absent in answers of earlier versions. */
  rules?: RuleInfo[]
  /** Absent if jobs are off, and in answers of earlier versions. */
  jobs?: { cgroups: CgroupInfo }
  /** The hubs with the same log, if there can be several. */
  cluster?: ClusterStatus
}

/** A source, sink, rule, face or job that has thrown, and was made anew. */
export interface PartFaultInfo {
  kind: string
  part: string
  /** The number of times since the start of the hub. */
  count: number
  /** The last of them; µs since the epoch. */
  last: number
  reason: string
}

/** The state of the hub in the ten seconds before `time`. */
export interface HistorySample {
  /** µs since the epoch */
  time: number
  /** Events a second. */
  accepted: number
  delivered: number
  /** Time from storing an event to handing it out, 99 of 100; absent if there was none. */
  publishMicros?: number
  /** The duration of the last flush. */
  flushMicros: number
  /** Resident memory, bytes. */
  memory: number
}

export interface LoopInfo {
  /** Number since the start. */
  stalls: number
  last?: Stall
  worst?: Stall
  /** Absent in answers of earlier versions. */
  turns?: LongTurns
}

/** Turns of the event loop that took more processor time than `bound`, ms: others waited for so long. */
export interface LongTurns {
  bound: number
  /** Number since the start. */
  count: number
  last?: Stall
  worst?: Stall
}

/** A turn of the event loop that took long. */
export interface Stall {
  ms: number
  /** The part of the hub, and its work that took most of the turn. */
  face: string
  work: string
  /** The principal that it was done for, if it is known. */
  principal?: string
  /** µs since the epoch */
  time: number
}

export interface SourceInfo {
  name: string
  origin: string
  /** `standby`: it runs once in the cluster, on the primary hub. */
  state: 'up' | 'degraded' | 'down' | 'silent' | 'standby'
  since: number
  reason?: string
  lastEvent?: number
  /** Number since the hub started. */
  events: number
  lost: number
  /** Items at which it has failed too often. Absent in answers of earlier versions. */
  parked?: number
  restarts: number
  details: Record<string, unknown>
}

export interface TypeInfo {
  type: string
  tags: string[]
  summary?: string
  /** Template of the line that people see, such as `{usedPercent|percent} of {total|bytes}`. */
  display?: string
  /** JSON Schema 2020-12. */
  schema?: Record<string, unknown>
  correlation?: string[]
}
