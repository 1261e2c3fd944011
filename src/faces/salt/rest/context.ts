import type { Identify } from '../../../access/identify.js'
import type { Sessions as SessionNumbers } from '../../../access/sessions.js'
import type { SessionAccess, StoredSessions } from '../../../access/stored-sessions.js'
import type { BusApi } from '../../../bus/api.js'
import type { Authorize, Principal } from '../../../bus/principal.js'
import type { TocsinError } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'
import type { LongTexts } from '../../../incremental/long-text.js'
import type { LongWork } from '../../../incremental/long-work.js'
import type { Bucket } from '../../../state/index.js'
import type { Budgets } from '../../shared/budget.js'
import type { ConnectionLimits } from '../../web/listener.js'
import type { Eauth, EauthOptions, EauthSettings } from './eauth.js'
import type { Tokens } from './sessions.js'
import type { Upstream, UpstreamSettings } from './upstream.js'

/** The settings of one listener, with the names of its configuration. Times in ms. */
export interface RestSettings {
  /** Origins whose pages may use a cookie of this listener; `*` for all. Any page may send a token itself. */
  origins: readonly string[]
  /** True if `?token=` and `?salt_token=` are accepted. */
  tokensInQuery: boolean
  webhookUrl: string
  webhookDisableAuth: boolean
  sessionTimeout: number
  tokenExpire: number
  maxRequestBodySize: number
  eauth: EauthSettings
  upstream?: UpstreamSettings
}

export interface RestLimits extends ConnectionLimits {
  requestTimeout: number
}

/** Everything that the hub passes to a listener. */
export interface RestOptions {
  bus: BusApi
  runtime: Runtime
  authorize: Authorize
  identify: Identify
  access: SessionAccess
  /** The name of the bus. */
  name: string
  /** The bucket of the sessions of all faces. */
  sessionBucket: Bucket
  /** Reports a login that a backend of Salt refused. */
  loginRefused?: EauthOptions['loginRefused']
  /** The principal of the Salt bus, whose source attribute the events of the bus have. */
  publisher: Principal
  /** Filters for events of other sources that clients see as well. */
  show: readonly string[]
  maxLag: { bytes: number; age: number }
  settings: RestSettings
  limits: RestLimits
  /** Budgets that all faces share. */
  budgets: Budgets
  /** Numbers the sessions of all faces. */
  numbers?: SessionNumbers
  /** Reports an error that only the operator may see. */
  refused(error: TocsinError, peer: { principal: string | undefined; listener: string }): void
}

/** Everything that the routes need. */
export interface RestContext extends RestOptions {
  readonly eauth: Eauth
  /** Sessions opened with `/login`. */
  readonly sessions: StoredSessions
  /** Sessions opened with `/token`. */
  readonly saltTokens: StoredSessions
  readonly tokens: Tokens
  readonly upstream: Upstream | undefined
  /** Long events as JSON, shared by all streams. */
  readonly texts: LongTexts
  /** Reads long bodies in steps. */
  readonly longWork: LongWork
  /** Writes long events in steps. */
  readonly longOutput: LongWork
}
