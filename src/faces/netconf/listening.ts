import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { type Address, formatAddress } from '../../config/values/address.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { LongWork } from '../../incremental/long-work.js'
import { BACKLOG } from '../../parts/accepted.js'
import { portOf } from '../../parts/bound-port.js'
import type { FaceHost } from '../face.js'
import { Binding, listening } from '../shared/binding.js'
import { Handshakes, shakeInTurn } from '../shared/handshakes.js'
import { certificateOf } from '../shared/listener.js'
import { identified } from '../shared/strangers.js'
import type { NetconfPeer } from './connection.js'
import type { SshServer } from './ssh.js'

const HANDSHAKE_MS = 5000
/** Time without traffic after which the system checks whether the peer's host is still reachable, ms. */
const KEEP_ALIVE = 60_000
const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE }

/** An address at which NETCONF is spoken. */
export interface NetconfListener {
  readonly transport: 'ssh' | 'tls'
  readonly address: string
  readonly binding: Binding
}

export async function listenSsh(host: FaceHost, at: Address, ssh: SshServer): Promise<NetconfListener> {
  const server = createServer({ ...options, pauseOnConnect: true }, (socket) => {
    if (take(host, socket)) ssh.accept(socket)
  })
  return listenBare(host, 'ssh', server, at)
}

/** A server that has no part in what is spoken on its connections. It must read nothing from them before that. */
export async function listenBare(
  host: FaceHost,
  transport: NetconfListener['transport'],
  server: Server,
  at: Address,
): Promise<NetconfListener> {
  const { strangers } = host.budgets
  inTurn(host, server, (socket) => strangers.watch(socket, () => socket.destroy()))
  return listen(transport, server, at)
}

/** Clients are known by their certificates (RFC 7589). Rejects with TCN_TLS_FILES. */
export async function listenTls(
  host: FaceHost,
  at: Address,
  opened: (peer: NetconfPeer) => void,
): Promise<NetconfListener> {
  const { follow, ...tls } = host.certificate()
  if (tls.requestCert !== true)
    throw new TocsinError(
      'TCN_TLS_FILES',
      'listen.netconf.tls needs listen.tls.clientCa, the authority of its clients',
    )
  const handshakes = new Handshakes()
  const secured = (socket: TLSSocket): void => {
    handshakes.done(socket)
    if (!take(host, socket)) return
    logIn(host, socket).then(opened, () => socket.destroy())
  }
  const server = createTlsServer(
    { ...options, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS, ...tls },
    secured,
  )
  const { strangers } = host.budgets
  inTurn(host, server, (socket) => {
    strangers.watch(socket, () => socket.destroy())
    handshakes.begin(socket)
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return listen('tls', server, at, { follow: () => follow?.(server), closing: () => handshakes.abandon() })
}

async function logIn({ access }: FaceHost, socket: TLSSocket): Promise<NetconfPeer> {
  socket.on('error', () => socket.destroy())
  const address = socket.remoteAddress ?? 'gone'
  const identity = await access.identify({ certificate: certificateOf(socket), address })
  identified(socket)
  return { transport: 'tls', identity, socket, stream: socket }
}

function take({ budgets }: FaceHost, socket: Socket): boolean {
  if (!budgets.takeConnection()) {
    socket.destroy()
    return false
  }
  socket.once('close', () => budgets.releaseConnection())
  return true
}

function inTurn({ runtime, budgets }: FaceHost, server: Server, begin: (socket: Socket) => void): void {
  const work = new LongWork(runtime, { isSmall: true, face: 'netconf', what: 'handshakes' })
  shakeInTurn(server, { work, strangers: budgets.strangers }, begin)
}

async function listen(
  transport: NetconfListener['transport'],
  server: Server,
  at: Address,
  { follow, closing }: { follow?: () => void; closing?: () => void } = {},
): Promise<NetconfListener> {
  const place = { ...at }
  const binding = new Binding(
    server,
    async () => {
      await listening(server, formatAddress(place), () => server.listen({ ...place, backlog: BACKLOG }))
      follow?.()
      place.port = portOf(server, place.port)
    },
    closing,
  )
  await binding.bind()
  return { transport, address: `${transport}://${formatAddress(place)}`, binding }
}
