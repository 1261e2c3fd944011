import { isIP } from 'node:net'
import { type ConnectionOptions, createSecureContext, type SecureContextOptions } from 'node:tls'
import { TocsinError } from '../event/errors.js'
import type { TlsOptions } from './api.js'

/** Throws TCN_CLIENT_TLS. */
export function tlsSettings(
  { ca, certificate, key, serverName }: TlsOptions,
  host: string,
): ConnectionOptions {
  const name = serverName ?? host
  const files = {
    minVersion: 'TLSv1.2' as const,
    ...(ca === undefined ? {} : { ca: Buffer.from(ca) }),
    ...(certificate === undefined ? {} : { cert: Buffer.from(certificate) }),
    ...(key === undefined ? {} : { key: Buffer.from(key) }),
  }
  return {
    secureContext: contextOf(files),
    // A number is no server name (RFC 6066 §3), but is compared with the certificate all the same.
    ...(isIP(name) === 0 ? { servername: name } : {}),
  }
}

function contextOf(files: SecureContextOptions) {
  try {
    return createSecureContext(files)
  } catch (error) {
    const { message } = error as Error
    throw new TocsinError('TCN_CLIENT_TLS', `certificate and key must be the text of PEM files: ${message}`)
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
