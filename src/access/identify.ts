import type { Principal } from '../bus/principal.js'

/** What a peer shows of itself. A face passes on what came, and judges nothing of it. */
export interface Credentials {
  /** Of `Authorization: Bearer …`, or of the hello of the native protocol. */
  token?: string
  /** Only one that TLS has verified (`socket.authorized`). */
  certificate?: PeerCertificateLike
  /** Both of `Authorization: Basic …`. */
  user?: string
  password?: string
  /** Address of the peer without its port: failures are counted by it. */
  address?: string
}

/** What is read of `TLSSocket.getPeerCertificate()`. */
export interface PeerCertificateLike {
  subject?: { CN?: string | string[] }
  subjectaltname?: string
}

/** Who somebody turned out to be. */
export interface Identity {
  readonly principal: Principal
  /**
   * Fires when the credentials hold no more (revoked, expired, changed): whatever was opened with them is
   * closed then. Shared by all who showed the same, so a listener is taken off when the connection goes.
   * Undefined: they hold as long as the hub runs.
   */
  readonly ended?: AbortSignal
}

/**
 * Throws or rejects with TCN_ACCESS_TOKEN (none, unknown, expired, revoked: the peer is not told which),
 * TCN_ACCESS_DENIED (known, but no principal of this hub) or TCN_ACCESS_TRIES (too many failures from this
 * address). Tokens of the hub are answered at once, without a promise.
 */
export type Identify = (credentials: Credentials) => Identity | Promise<Identity>
