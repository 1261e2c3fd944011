import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Identify } from '../../access/identify.js'
import type { Principal } from '../../bus/principal.js'
import { formatAddress } from '../../config/values/address.js'
import { LongWork } from '../../incremental/long-work.js'
import { BACKLOG } from '../../parts/accepted.js'
import { portOf } from '../../parts/bound-port.js'
import { listening } from '../shared/binding.js'
import { Handshakes, peerOf, shakeInTurn } from '../shared/handshakes.js'
import { certificateOf, type Listener, type TlsListen } from '../shared/listener.js'
import { shareReads } from '../shared/socket-handle.js'
import { type NativeServer, turnAway } from './server.js'

export interface TcpListen {
  host: string
  /** 0: any free port. */
  port: number
  tls?: TlsListen
  identify: Identify
  /** The principal of every peer without a token. */
  principal?: Principal
}

const HANDSHAKE_TIMEOUT = 5000
/** Time without traffic after which the system checks whether the peer's host is still reachable, ms. */
const KEEP_ALIVE = 60_000
/** Connections over the limit that still receive an error; further ones are closed without one. */
const TOLD = 100

const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE, pauseOnConnect: true }

/** Listens on TCP, with or without TLS. Resolves with the address, such as `tls://[::1]:4581`. */
export async function listenTcp(
  native: NativeServer,
  { host, port, tls, identify, principal }: TcpListen,
): Promise<string> {
  const peers = { identify, principal }
  const handshakes = new Handshakes()
  const server = tls === undefined ? plainServer(native, peers) : secureServer(native, peers, tls, handshakes)
  let address = { host, port }
  const bind = async () => {
    server.maxConnections = native.budgets.maxConnections + TOLD
    await listening(server, formatAddress(address), () => server.listen({ ...address, backlog: BACKLOG }))
    tls?.follow?.(server as ReturnType<typeof createTlsServer>)
    address = { host, port: portOf(server, port) }
  }
  await native.listen(server, bind, () => handshakes.abandon())
  return `${tls === undefined ? 'tcp' : 'tls'}://${formatAddress(address)}`
}

type Peers = Pick<TcpListen, 'identify' | 'principal'>

function plainServer(native: NativeServer, peers: Peers): Server {
  return createServer(options, (accepted) => {
    const listener = listenerOf('tcp', accepted, peers)
    const socket = shareReads(accepted)
    native.budgets.strangers.watch(socket, () => turnAway(socket))
    native.accept(socket, listener)
  })
}

function secureServer(
  native: NativeServer,
  peers: Peers,
  { follow: _, ...tls }: TlsListen,
  handshakes: Handshakes,
): Server {
  const server = createTlsServer(
    { ...options, pauseOnConnect: false, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_TIMEOUT, ...tls },
    (socket) => {
      handshakes.done(socket)
      native.accept(socket, listenerOf('tls', socket, peers))
    },
  )
  const { strangers } = native.budgets
  const work = new LongWork(native.runtime, { isSmall: true, face: 'native', what: 'handshakes' })
  shakeInTurn(server, { work, strangers }, (socket) => {
    strangers.watch(socket, () => socket.destroy())
    handshakes.begin(socket)
  })
  // Closes the connection of a peer whose handshake failed.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return server
}

function listenerOf(kind: 'tcp' | 'tls', socket: Socket, peers: Peers): Listener {
  // If the peer has already disconnected, its failures count together with those of all such peers.
  const address = socket.remoteAddress ?? 'gone'
  const credentials = { address, certificate: certificateOf(socket) }
  return { address: `${kind}://${peerOf(socket)}`, ...peers, credentials }
}
