import type { Hello } from '../../protocols/native/protocol.js'
import type { BeginSession, SessionKind } from '../shared/session-kind.js'

/** A session that has a connection for itself, as its hello asks. */
export interface AskedSession {
  readonly kind: SessionKind
  readonly begin: BeginSession
}

/** Returns undefined for a hello that asks for none of these kinds. Throws TCN_PROTOCOL_BODY. */
export function askedSession(kinds: readonly SessionKind[], hello: Hello): AskedSession | undefined {
  for (const kind of kinds) {
    const begin = kind.asked(hello)
    if (begin !== undefined) return { kind, begin }
  }
  return undefined
}
