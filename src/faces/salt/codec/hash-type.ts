import { getHashes } from 'node:crypto'

/** What Python's `hashlib` calls differently than OpenSSL does. */
const OPENSSL: Readonly<Record<string, string>> = {
  blake2b: 'blake2b512',
  blake2s: 'blake2s256',
  sha3_224: 'sha3-224',
  sha3_256: 'sha3-256',
  sha3_384: 'sha3-384',
  sha3_512: 'sha3-512',
  sha512_224: 'sha512-224',
  sha512_256: 'sha512-256',
}

const NAMES = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', ...Object.keys(OPENSSL)]

/**
 * The values of `hash_type` that are known here: names of `hashlib`. Left out is `shake`, which gives no digest of its
 * own length, and what this build of OpenSSL does not have.
 */
export const HASH_TYPES: readonly string[] = NAMES.filter((name) =>
  getHashes().includes(OPENSSL[name] ?? name),
).sort()

export const UNKNOWN_HASH_TYPE = `must be one of ${HASH_TYPES.join(', ')}`

/** Node's name of a hash; undefined for one that is unknown. Salt's own spelling has an underscore. */
export function opensslHash(hashType: string): string | undefined {
  const name = hashType.toLowerCase().replaceAll('-', '_')
  return HASH_TYPES.includes(name) ? (OPENSSL[name] ?? name) : undefined
}
