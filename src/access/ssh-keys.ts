import { TocsinError } from '../errors/tocsin-error.js'
import type { Grant } from './rights.js'

/** A line of `authorized_keys` without options, as OpenSSH writes public keys. */
const PUBLIC_KEY =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]{40,4096}={0,2})(?: [^\p{Cc}]*)?$/u

/** Returns the key of a line as base64. Throws TCN_CONFIG_INVALID. */
export function readSshKey(line: string): string {
  const [, algorithm = '', blob = ''] = PUBLIC_KEY.exec(line.trim()) ?? []
  const key = Buffer.from(blob, 'base64')
  // The key begins with its algorithm (RFC 4253, section 6.6).
  const isWhole = key.length > 4 && key.toString('latin1', 4, 4 + key.readUInt32BE(0)) === algorithm
  if (isWhole) return key.toString('base64')
  throw new TocsinError(
    'TCN_CONFIG_INVALID',
    'must be a public key such as ssh-ed25519 AAAA… me@example, of ed25519, ECDSA or RSA, without options',
  )
}

/** The public keys with which principals log in over SSH. Several may have the same one. */
export class SshKeys {
  readonly #byPrincipal = new Map<string, ReadonlySet<string>>()

  set(grants: Readonly<Record<string, Grant>>): void {
    this.#byPrincipal.clear()
    for (const [principal, grant] of Object.entries(grants))
      if (grant !== '*' && grant.sshKeys !== undefined)
        this.#byPrincipal.set(principal, new Set(grant.sshKeys.map(readSshKey)))
  }

  /** Returns whether the principal has the key, in base64. */
  has(principal: string, key: string): boolean {
    return this.#byPrincipal.get(principal)?.has(key) === true
  }
}
