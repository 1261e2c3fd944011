import type { Identify } from '../../../access/identify.js'
import type { Bus } from '../../../bus/bus.js'
import type { Authorize, Principal } from '../../../bus/principal.js'
import type { TocsinError } from '../../../event/errors.js'
import type { Runtime } from '../../../event/runtime.js'
import type { HalfReceived } from '../../held-bytes.js'
import type { Eauth } from './eauth.js'
import type { Sessions } from './sessions.js'
import type { RestLimits, RestSettings } from './settings.js'
import type { Tokens } from './tokens.js'
import type { Upstream } from './upstream.js'

/** What the hub gives a listener. */
export interface RestOptions {
  bus: Bus
  runtime: Runtime
  authorize: Authorize
  identify: Identify
  find(principal: string): Principal | undefined
  /** That of the Salt bus; its source is that of the events of the bus. */
  publisher: Principal
  /** Events of others that are shown too. */
  show: readonly string[]
  maxLag: { bytes: number; age: number }
  settings: RestSettings
  limits: RestLimits
  halfReceived: HalfReceived
  /** Told what only the operator may know. */
  refused(error: TocsinError, peer: { principal: string | undefined; listener: string }): void
}

/** What the routes work on. */
export interface RestContext extends RestOptions {
  readonly eauth: Eauth
  /** Opened by `/login`, and by `/token`. */
  readonly sessions: Sessions
  readonly saltTokens: Sessions
  readonly tokens: Tokens
  readonly upstream: Upstream | undefined
}
