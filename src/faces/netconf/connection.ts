import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Identity } from '../../access/identify.js'
import type { GuardedSocket } from '../../transport/guarded-socket.js'
import { peerOf } from '../shared/handshakes.js'

/** A peer that has logged in, and the stream of its messages. */
export interface NetconfPeer {
  readonly transport: 'ssh' | 'tls'
  readonly identity: Identity
  readonly socket: Socket | GuardedSocket
  /** The channel of SSH, or the socket itself. */
  readonly stream: Duplex
}

/** Where the peer is, such as `ssh://192.0.2.7:4000`. */
export function placeOf({ transport, socket }: Pick<NetconfPeer, 'transport' | 'socket'>): string {
  return `${transport}://${peerOf(socket)}`
}

/**
 * Bytes that wait. Those that the system takes soon count as taken: a socket says that all is written only after more
 * than that had to wait.
 */
export function pendingOf({ socket, stream }: Pick<NetconfPeer, 'socket' | 'stream'>): number {
  const inSocket = socket.writableNeedDrain ? socket.writableLength : 0
  return stream === socket ? inSocket : inSocket + stream.writableLength
}
