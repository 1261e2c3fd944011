import { isIP } from 'node:net'
import { type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls'
import { codeOf, messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { SharedValues } from './shared-values.js'

/** The contents of PEM files, as text or bytes. */
export interface TlsOptions {
  /** The authority that signed the hub's certificate. If given, no other authority is trusted. */
  ca?: string | Uint8Array
  /** This client's certificate and its key, for a hub that requires one. */
  certificate?: string | Uint8Array
  key?: string | Uint8Array
  /** The name in the hub's certificate, if it is not the host of the address. */
  serverName?: string
}

/**
 * Options for `tls.connect`. Throws TCN_CLIENT_CERTIFICATE if certificate or key is not the text of a PEM file. With
 * `contexts`, connections with the same files share the memory of their keys and certificates, 35 KB each.
 */
export function tlsSettings(
  options: TlsOptions,
  host: string,
  contexts?: SharedValues<SecureContext>,
): ConnectionOptions {
  const { ca, certificate, key, serverName: name = host } = options
  const make = () => contextOf(options)
  return {
    secureContext: contexts?.of([ca, certificate, key].map(textOf), make) ?? make(),
    // An IP address is not allowed as a server name (RFC 6066 §3); Node compares it with the certificate anyway.
    ...(isIP(name) === 0 ? { servername: name } : {}),
  }
}

const CERTIFICATE_ALERT =
  /SSL routines:.* alert ((?:bad|unsupported) certificate|certificate \w+|unknown ca|access denied):/

function textOf(content: string | Uint8Array | undefined): string | undefined {
  return content === undefined ? undefined : Buffer.from(content).toString('latin1')
}

function contextOf({ ca, certificate, key }: TlsOptions): SecureContext {
  try {
    return createSecureContext({
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca: Buffer.from(ca) }),
      ...(certificate === undefined ? {} : { cert: Buffer.from(certificate) }),
      ...(key === undefined ? {} : { key: Buffer.from(key) }),
    })
  } catch (error) {
    throw new TocsinError(
      'TCN_CLIENT_CERTIFICATE',
      `certificate and key must be the text of PEM files: ${messageOf(error)}`,
    )
  }
}

/** Returns whether the peer has answered with something other than TLS. */
export function isWithoutTls({ message }: Error): boolean {
  return /SSL routines:.*(?:wrong version number|packet length too long)/.test(message)
}

/** Returns why the peer has refused the certificate of this side, if it has: the text of its alert (RFC 8446, 6.2). */
export function certificateAlert({ message }: Error): string | undefined {
  return CERTIFICATE_ALERT.exec(message)?.[1]
}

/** Returns whether the peer answers, but one side does not accept the certificate of the other. */
export function isTrustFailure(error: Error): boolean {
  const code = codeOf(error) ?? ''
  return /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$)/.test(code)
}
