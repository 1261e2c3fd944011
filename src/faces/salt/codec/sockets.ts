import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { TocsinError } from '../../../event/errors.js'
import { opensslHash, UNKNOWN_HASH_TYPE } from './hash-type.js'

/** Names of the sockets of Salt's event buses. */
export interface SocketPaths {
  /** The bus writes, subscribers read. */
  pub: string
  /** Publishers write, the bus reads. */
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

/** Short, since the system bounds the path of a socket. Throws TCN_SALT_CONFIG. */
export function minionHash(id: string, hashType = 'sha256'): string {
  const hash = opensslHash(hashType)
  if (hash === undefined) {
    throw new TocsinError('TCN_SALT_CONFIG', `hash_type ${hashType.slice(0, 80)}: ${UNKNOWN_HASH_TYPE}`)
  }
  return createHash(hash).update(id).digest('hex').slice(0, 10)
}
