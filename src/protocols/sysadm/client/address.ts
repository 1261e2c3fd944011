import { TocsinError } from '../../../errors/tocsin-error.js'

export interface SysadmAddress {
  url: string
  host: string
  port: number
}

const SERVER_PORT = 12150

/** Throws TCN_SYSADM_ADDRESS. */
export function readAddress(text: string, usualPort = SERVER_PORT): SysadmAddress {
  let url: URL
  try {
    url = new URL(text.includes('://') ? text : `wss://${text}`)
  } catch {
    throw new TocsinError('TCN_SYSADM_ADDRESS', `'${text}' is not an address`)
  }
  if (url.protocol !== 'wss:' || url.hostname === '' || url.username !== '' || url.password !== '')
    throw new TocsinError('TCN_SYSADM_ADDRESS', 'the address must be wss://<host>:<port>, without a password')
  // A URL drops the usual port of its scheme.
  const isStated = /:443(?:\/|$)/.test(text)
  const port = url.port === '' ? (isStated ? 443 : usualPort) : Number(url.port)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { url: `wss://${url.hostname}:${port}${url.pathname}`, host, port }
}

/** Returns the digits of a fingerprint. Throws TCN_SYSADM_CERTIFICATE. */
export function readFingerprint(text: string): string {
  const digits = text
    .replace(/^sha256[:=]/i, '')
    .replace(/[:\s]/g, '')
    .toLowerCase()
  if (/^[0-9a-f]{64}$/.test(digits)) return digits
  throw new TocsinError('TCN_SYSADM_CERTIFICATE', `'${text}' is not a SHA-256 fingerprint of 64 digits`)
}
