import type { NetconfContext, SessionOutput } from './context.js'
import type { SessionEnding } from './session-events.js'
import type { SessionSubscriptions } from './subscriptions.js'

/** The end of a session. */
export interface SessionEnd {
  readonly reason: SessionEnding
  /** The session that has asked for it. */
  readonly killedBy?: number
}

/** A session, for what its client asks for. */
export interface OpenSession extends SessionOutput {
  readonly subscriptions: SessionSubscriptions
  /** Ends it when the client has read what waits for it, or after some seconds. */
  end(end: SessionEnd): void
}

export interface OpenSessions extends NetconfContext {
  /** Those whose client has sent its hello, by number. */
  readonly sessions: Map<number, OpenSession>
}
