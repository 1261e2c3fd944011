import { constants, createHash, createPublicKey, type KeyObject, publicDecrypt } from 'node:crypto'

/** Sizes of RSA keys, bits. Checking a signature with a longer one takes too long. */
const MIN_BITS = 1024
const MAX_BITS = 8192
const MAX_EXPONENT = 2n ** 32n
const MAX_KEY_TEXT = 16 * 1024

/** A registered key: its text on the wire, which is the base64 of its PEM, and what it is for checks. */
export interface LoginKey {
  readonly text: string
  readonly checksum: string
  readonly key: KeyObject
}

/** Reads the base64 of a public key in PEM; undefined if it is not an RSA key of a usual size, or a private one. */
export function readLoginKey(text: string): LoginKey | undefined {
  if (text.length > MAX_KEY_TEXT) return undefined
  const pem = Buffer.from(text, 'base64')
  try {
    // A private key contains its public half, and is shown to others when it is listed.
    if (pem.includes('PRIVATE KEY')) return undefined
    const key = createPublicKey({ key: pem, format: 'pem' })
    return isUsual(key) ? { text, checksum: keyChecksum(pem), key } : undefined
  } catch {
    return undefined
  }
}

function isUsual({ asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject): boolean {
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = details ?? {}
  return asymmetricKeyType === 'rsa' && bits >= MIN_BITS && bits <= MAX_BITS && exponent < MAX_EXPONENT
}

/** The name of a key between servers, clients and bridges: MD5 over the PEM. It protects nothing. */
export function keyChecksum(pem: Uint8Array): string {
  return createHash('md5').update(pem).digest('base64')
}

/**
 * Returns the test string that was encrypted with the private half of this key (PKCS #1 v1.5, type 1, over the bare
 * text); undefined if it was another key, or anything else.
 */
export function decryptTestString({ key }: LoginKey, encrypted: Buffer): string | undefined {
  try {
    return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, encrypted).toString('latin1')
  } catch {
    return undefined
  }
}
