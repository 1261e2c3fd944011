import { createHash, getHashes } from 'node:crypto'
import { join } from 'node:path'
import { TocsinError } from '../../../errors/tocsin-error.js'

/** Names of the sockets of Salt's event buses. */
export interface SocketPaths {
  /** Written by the bus, read by subscribers. */
  pub: string
  /** Written by publishers, read by the bus. */
  pull: string
}

/** Default ports of `ipc_mode: tcp`, on the loopback address. */
export const MASTER_PORTS = Object.freeze({ pub: 4512, pull: 4513 })
export const MINION_PORTS = Object.freeze({ pub: 4510, pull: 4511 })

export function masterSockets(sockDir: string): SocketPaths {
  return { pub: join(sockDir, 'master_event_pub.ipc'), pull: join(sockDir, 'master_event_pull.ipc') }
}

/** `id` is the id of the minion, or its `hash_id` where it has one. */
export function minionSockets(sockDir: string, id: string, hashType = 'sha256'): SocketPaths {
  const name = `minion_event_${minionHash(id, hashType)}`
  return { pub: join(sockDir, `${name}_pub.ipc`), pull: join(sockDir, `${name}_pull.ipc`) }
}

/** A short name for the minion, since the system limits the path of a socket. Throws TCN_SALT_CONFIG. */
export function minionHash(id: string, hashType = 'sha256'): string {
  const hash = opensslHash(hashType)
  if (hash === undefined) {
    throw new TocsinError('TCN_SALT_CONFIG', `hash_type ${hashType.slice(0, 80)}: ${UNKNOWN_HASH_TYPE}`)
  }
  return createHash(hash).update(id).digest('hex').slice(0, 10)
}

/** Hashes whose names in Python's `hashlib` differ from those in OpenSSL. */
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
 * The supported values of `hash_type`, which are names of `hashlib`. The `shake` functions are left out because their
 * digest has no fixed length, and so are hashes that this build of OpenSSL lacks.
 */
export const HASH_TYPES: readonly string[] = NAMES.filter((name) =>
  getHashes().includes(OPENSSL[name] ?? name),
).sort()

export const UNKNOWN_HASH_TYPE = `must be one of ${HASH_TYPES.join(', ')}`

/** Node's name for a hash; undefined if it is unknown. Salt spells some names with an underscore. */
export function opensslHash(hashType: string): string | undefined {
  const name = hashType.toLowerCase().replaceAll('-', '_')
  return HASH_TYPES.includes(name) ? (OPENSSL[name] ?? name) : undefined
}
