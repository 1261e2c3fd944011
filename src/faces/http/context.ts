import type { Identify, Identity } from '../../access/identify.js'
import type { Bus } from '../../bus/bus.js'
import type { MethodTable } from '../../bus/methods.js'
import type { Authorize } from '../../bus/principal.js'
import type { Runtime } from '../../event/runtime.js'
import type { Bucket } from '../../state/index.js'
import type { TypeRegistry } from '../../types/index.js'
import type { EventTexts } from '../formats/event-text.js'
import type { NativeServer } from '../native/server.js'
import type { HttpLimits } from './limits.js'
import type { Tickets } from './ticket.js'

/** What the routes work on. */
export interface HttpContext {
  readonly bus: Bus
  readonly methods: MethodTable
  readonly authorize: Authorize
  readonly identify: Identify
  readonly runtime: Runtime
  readonly types: TypeRegistry
  readonly hub: { readonly name: string; readonly version: string }
  readonly limits: HttpLimits
  /** Bucket `requests` of the state store, with a time to live: answers to be given again. */
  readonly answers: Bucket
  readonly tickets: Tickets
  /** Events as CloudEvents JSON, shared by all that stream. */
  readonly texts: EventTexts
  /** For those who speak the native protocol over a WebSocket. */
  readonly native: NativeServer
  /** True from the moment the hub begins to stop. */
  stopping(): boolean
}

/** Who calls a route that asks for no token: may do nothing. */
export const NOBODY: Identity = { principal: { name: '', source: '-' } }
