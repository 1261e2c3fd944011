import type { Identify, Identity } from '../../access/identify.js'
import type { Sessions } from '../../access/sessions.js'
import type { BusApi } from '../../bus/api.js'
import type { CloudEventView } from '../../event/cloudevents.js'
import type { Runtime } from '../../event/runtime.js'
import type { LongWork } from '../../incremental/long-work.js'
import type { Hooks } from '../../protocols/webhook/hooks.js'
import type { Bucket } from '../../state/index.js'
import type { TypeRegistry } from '../../types/index.js'
import type { NativeServer } from '../native/server.js'
import type { Budgets } from '../shared/budget.js'
import type { MethodHost } from '../shared/call-method.js'
import type { EventTexts } from '../web/event-text.js'
import type { ConnectionLimits } from '../web/listener.js'
import type { AccessLines } from './access-lines.js'
import type { Console } from './console/console.js'
import type { ServedStreams } from './restconf/served-streams.js'
import type { Tickets } from './streams/tickets.js'

/** Limits of HTTP, which the configuration sets. Bytes, ms and counts. */
export interface HttpLimits extends ConnectionLimits {
  /** Largest body of a request that is read as a whole. */
  body: number
  /** Longest line of NDJSON. */
  bulkLine: number
  /** Time that a request that is read as a whole may take to arrive. */
  requestTimeout: number
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  body: 1024 * 1024,
  headers: 16 * 1024,
  bulkLine: 1024 * 1024,
  connections: 20_000,
  requestTimeout: 30_000,
  headersTimeout: 10_000,
}

/** Everything that the routes need. */
export interface HttpContext extends MethodHost {
  readonly bus: BusApi
  readonly sessions: Sessions
  readonly identify: Identify
  readonly runtime: Runtime
  readonly types: TypeRegistry
  readonly hub: { readonly name: string; readonly version: string }
  readonly limits: HttpLimits
  /** The bucket `requests` of the state store, with a time to live: answers for repeated requests. */
  readonly answers: Bucket
  readonly tickets: Tickets
  /** Undefined: this hub has none. */
  readonly console: Console | undefined
  /** Events as CloudEvents: with the epoch of the log, and what their types say. */
  readonly view: CloudEventView
  /** Events as CloudEvents JSON, shared by all streams. */
  readonly texts: EventTexts
  /** Budgets that all faces of the hub share. */
  readonly budgets: Budgets
  /** Reads long bodies in steps. */
  readonly longWork: LongWork
  /** Writes long answers and events in steps. */
  readonly longOutput: LongWork
  /** Sessions of the native protocol, for clients that use it over a WebSocket. */
  readonly native: NativeServer
  /** The webhooks that sources have opened. */
  readonly hooks: Hooks
  /** The named streams. Undefined: this server has none. */
  readonly served: ServedStreams | undefined
  /** The lines of the access log. */
  readonly accessLines: AccessLines
  /** True from the moment the hub begins to stop. */
  stopping(): boolean
}

/** The caller of a route that requires no token. It has no rights. */
export const NOBODY: Identity = { principal: { name: '', source: '-' } }
