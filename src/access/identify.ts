import type { Principal } from '../bus/principal.js'
import type { Proof } from './session-record.js'

/** The credentials that a peer presents. Faces pass them on without judging them. */
export interface Credentials {
  /** From `Authorization: Bearer …`, or from the hello of the native protocol. */
  token?: string
  /** A certificate that TLS has verified (`socket.authorized`). */
  certificate?: PeerCertificateLike
  /** From `Authorization: Basic …`, together with `password`, or from SSH. */
  user?: string
  password?: string
  /** A public key, as base64, with which the peer has signed as `user` in SSH. */
  sshKey?: string
  /** The name of the face that the peer uses. */
  face?: string
  /** The address of the peer without its port. Failures are counted by it. */
  address?: string
}

/** The parts of `TLSSocket.getPeerCertificate()` that are read. */
export interface PeerCertificateLike {
  subject?: { CN?: string | string[] }
  subjectaltname?: string
}

/** The principal that the credentials belong to. */
export interface Identity {
  readonly principal: Principal
  /**
   * Fires when the credentials stop being valid (revoked, expired, changed); everything opened with them is
   * closed then. The signal is shared by all peers with the same credentials, so each connection must remove
   * its listener when it ends. Undefined if the credentials are valid for as long as the hub runs.
   */
  readonly ended?: AbortSignal
  /** Tells another hub, or this one after a restart, whether the credentials are still valid. */
  readonly proof?: Proof
}

/**
 * Throws or rejects with TCN_ACCESS_NO_TOKEN (no credentials), TCN_ACCESS_TOKEN (unknown, expired or revoked: the
 * peer does not learn which), TCN_ACCESS_UNKNOWN (valid, but not for a principal of this hub), TCN_ACCESS_TRIES (too many
 * failures from this address) or TCN_ACCESS_BUSY. Tokens of the hub are answered synchronously.
 */
export type Identify = (credentials: Credentials) => Identity | Promise<Identity>
