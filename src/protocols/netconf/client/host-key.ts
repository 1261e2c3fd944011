import { createHash } from 'node:crypto'
import { TocsinError } from '../../../errors/tocsin-error.js'

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}=?$/
/** A line as `ssh-keyscan` prints it, with or without the host. */
const PUBLIC_KEY = /^(?:\S+ )?((?:ssh|ecdsa|sk)-[\w@.-]+) ([A-Za-z0-9+/]+={0,2})(?: .*)?$/
const MAX_KEY = 16 * 1024

/** The fingerprint of a host key, as OpenSSH prints it. */
export function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The name of the algorithm, with which each key begins (RFC 4253, section 6.6). */
export function algorithmOf(key: Buffer): string {
  const length = key.length < 4 ? 0 : key.readUInt32BE(0)
  const name = key.toString('latin1', 4, 4 + Math.min(length, 64))
  return /^[\w@.-]+$/.test(name) ? name : 'unknown'
}

/** Reads a fingerprint, or a whole public key, as a fingerprint. Throws TCN_NETCONF_HOST_KEY. */
export function readHostKey(text: string): string {
  const given = text.trim()
  if (FINGERPRINT.test(given)) return given.replace(/=$/, '')
  const [, algorithm, blob = ''] = PUBLIC_KEY.exec(given.slice(0, MAX_KEY)) ?? []
  const key = Buffer.from(blob, 'base64')
  if (algorithm !== undefined && algorithmOf(key) === algorithm) return fingerprintOf(key)
  throw new TocsinError(
    'TCN_NETCONF_HOST_KEY',
    'must be a fingerprint such as SHA256:… of OpenSSH, or a public key such as ssh-ed25519 AAAA…',
  )
}
