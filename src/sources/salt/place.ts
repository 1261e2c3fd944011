import { type NetConnectOpts, Socket } from 'node:net'
import type { Runtime } from '../../event/runtime.js'
import { MASTER_PORTS, MINION_PORTS, masterSockets, minionSockets } from '../../faces/salt/codec/sockets.js'
import type { SaltSourceConfig } from './config.js'

/** Where one of the two sockets of a bus is. */
export type Place = { path: string } | { host: string; port: number }

const CONNECT_LIMIT = 5_000

export function placesOf(config: Pick<SaltSourceConfig, 'node' | 'tcp' | 'sockDir' | 'id' | 'hashType'>): {
  pub: Place
  pull: Place
} {
  const { node, tcp, id = '', hashType } = config
  if (tcp !== undefined) {
    const ports = node === 'master' ? MASTER_PORTS : MINION_PORTS
    return {
      pub: { host: tcp.host, port: tcp.pub ?? ports.pub },
      pull: { host: tcp.host, port: tcp.pull ?? ports.pull },
    }
  }
  const { sockDir = `/var/run/salt/${node}` } = config
  const { pub, pull } = node === 'master' ? masterSockets(sockDir) : minionSockets(sockDir, id, hashType)
  return { pub: { path: pub }, pull: { path: pull } }
}

export function formatPlace(place: Place): string {
  return 'path' in place ? place.path : `${place.host}:${place.port}`
}

/** Resolves with a socket that is connected; its errors from then on are told by its `close`. */
export function connectTo(place: Place, runtime: Runtime): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = new Socket()
    const fail = (reason: string) => {
      cancel()
      socket.destroy()
      reject(new Error(`${formatPlace(place)}: ${reason}`))
    }
    const cancel = runtime.after(CONNECT_LIMIT, () => fail('no connection within 5 s'))
    socket.on('error', (error: NodeJS.ErrnoException) => fail(reasonOf(error)))
    socket.once('connect', () => {
      cancel()
      socket.removeAllListeners('error').on('error', () => {})
      resolve(socket)
    })
    socket.connect(place as NetConnectOpts)
  })
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'no daemon listens there'
  if (code === 'EACCES') return 'the hub may not open this socket'
  return code ?? message
}
