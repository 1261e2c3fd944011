import { createCipheriv, createDecipheriv, createHash, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Runtime } from '../event/runtime.js'

/** Secrets are shown once, and only their hashes are kept. They are random and long, so that a plain hash is enough. */

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16

export function newSecret(
  runtime: Pick<Runtime, 'random'>,
  bytes: number,
  encoding: 'base64url' | 'hex' = 'base64url',
): string {
  return Buffer.from(runtime.random(bytes)).toString(encoding)
}

export function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** The text by which a secret is known. */
export function hashOf(secret: string): string {
  return digest(secret).toString('base64url')
}

export function sameDigest(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

/** Compares texts of any length in a time that says nothing about them. */
export function isSameText(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other))
}

/** Encrypts one text with a secret, so that only who shows the secret can read it. Not for a second text. */
export function seal(text: string, secret: string): string {
  const { key, iv } = keyOf(secret)
  const cipher = createCipheriv(CIPHER, key, iv)
  return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64url')
}

/** Returns undefined if it was sealed with another secret, or is damaged. */
export function unseal(sealed: string, secret: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < TAG_BYTES) return undefined
  const { key, iv } = keyOf(secret)
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString()
  } catch {
    return undefined
  }
}

/** A key encrypts only one text, so that its IV may come from the secret as well. */
function keyOf(secret: string): { key: Buffer; iv: Buffer } {
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', 'tocsin session', KEY_BYTES + IV_BYTES))
  return { key: bytes.subarray(0, KEY_BYTES), iv: bytes.subarray(KEY_BYTES) }
}
