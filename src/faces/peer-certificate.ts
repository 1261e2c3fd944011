import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { PeerCertificateLike } from '../access/identify.js'

/** Of a peer whose certificate the TLS layer has verified. */
export function certificateOf(socket: Socket): PeerCertificateLike | undefined {
  const secure = socket as Partial<TLSSocket>
  if (secure.authorized !== true) return undefined
  const { subject, subjectaltname } = secure.getPeerCertificate?.() ?? {}
  return subject && { subject, subjectaltname }
}
