import { SESSIONS_KEPT } from '../../access/stored-sessions.js'
import type { Bucket, StateStore } from '../../state/index.js'

/** The bucket of the sessions of all faces. */
export function sessionBucket(state: StateStore): Bucket {
  return state.bucket('sessions', { timeToLive: SESSIONS_KEPT })
}
