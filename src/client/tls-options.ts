import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { TlsOptions } from './api.js'

export function tlsSettings(
  { ca, certificate, key, serverName }: TlsOptions,
  host: string,
): ConnectionOptions {
  const name = serverName ?? host
  return {
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca: Buffer.from(ca) }),
    ...(certificate === undefined ? {} : { cert: Buffer.from(certificate) }),
    ...(key === undefined ? {} : { key: Buffer.from(key) }),
    // A number is no server name (RFC 6066 §3), but is compared with the certificate all the same.
    ...(isIP(name) === 0 ? { servername: name } : {}),
  }
}

/** What came in answer is no TLS. */
export function isWithoutTls({ message }: Error): boolean {
  return /SSL routines:.*(?:wrong version number|packet length too long)/.test(message)
}

/** The other side answers, but is not whom we asked for, or takes us for nobody. */
export function isTrustFailure(error: Error): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$)/.test(code)
}
