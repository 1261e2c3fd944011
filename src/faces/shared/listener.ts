import type { Socket } from 'node:net'
import type { SecureContextOptions, TLSSocket, TlsOptions } from 'node:tls'
import type { Credentials, Identify, Identity, PeerCertificateLike } from '../../access/identify.js'
import type { Principal } from '../../bus/principal.js'
import { TocsinError } from '../../errors/tocsin-error.js'

/** An address at which connections are accepted, and the way to identify their peers. */
export interface Listener {
  /** The address for display, such as `unix:/run/tocsin/tocsin.sock`. */
  readonly address: string
  /** True if it is a unix socket, so that its peers are on this machine. */
  readonly local?: boolean
  /** True if its connections are counted already, as those of HTTP are before they become WebSockets. */
  readonly isCounted?: boolean
  /** The principal of every peer without a token. Undefined: a token is required. */
  readonly principal?: Principal
  /** Aborted when `principal` is no longer valid. */
  readonly ended?: AbortSignal
  /** Finds the principal of a token. Undefined: tokens are ignored. */
  readonly identify?: Identify
  /** True if the hub itself is the peer, which is no session of anybody. */
  readonly isOwn?: boolean
  /** Credentials of the connection itself: the peer's address, a certificate. */
  readonly credentials?: Credentials
}

/** Returns the identity of a peer that sent this token in its hello, or none. */
export function identifyPeer(listener: Listener, token: string | undefined): Identity | Promise<Identity> {
  const { principal, ended, identify, credentials } = listener
  if (principal !== undefined && (token === undefined || identify === undefined)) return { principal, ended }
  if (identify === undefined) throw new TocsinError('TCN_ACCESS_TOKEN', 'a token is required here')
  return identify({ ...credentials, token })
}

/** Returns the error for a peer whose credentials are no longer valid. */
export function tokenEnded(): TocsinError {
  return new TocsinError('TCN_ACCESS_TOKEN', 'the token is no longer valid')
}

/** Those of TLS 1.3, and of TLS 1.2 only the ones with forward secrecy and authenticated encryption. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

/** The versions and ciphers that every listener accepts. */
export const tlsSettings = { minVersion: 'TLSv1.2', ciphers: CIPHERS } as const satisfies TlsOptions

/** Paths of a certificate chain and its key. */
export interface CertificateFiles {
  certificate: string
  key: string
}

/** Shows a certificate; a server is one. */
export interface CertificateUser {
  setSecureContext(context: SecureContextOptions): void
  once(event: 'close', closed: () => void): unknown
}

/** TLS options of a listener. */
export interface TlsListen extends TlsOptions {
  /** Called with the server, so that it can be given a new certificate while it runs. */
  follow?(user: CertificateUser): void
}

/** Returns the certificate of a peer, if the TLS layer has verified it. */
export function certificateOf(socket: Socket): PeerCertificateLike | undefined {
  const secure = socket as Partial<TLSSocket>
  if (secure.authorized !== true) return undefined
  const { subject, subjectaltname } = secure.getPeerCertificate?.() ?? {}
  return subject && { subject, subjectaltname }
}

/** Ends the connection when the credentials of its peer end. Returns a function that forgets it. */
export function whenEnded(ended: AbortSignal, connection: { fail(error: TocsinError): void }): () => void {
  const over = () => connection.fail(tokenEnded())
  ended.addEventListener('abort', over)
  return () => ended.removeEventListener('abort', over)
}
