import type { ListenOptions, Server, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { BACKLOG } from '../../parts/accepted.js'
import { checkSocketFolders, listenUnshared, removeDeadSocket, shareSocket } from '../../parts/unix-socket.js'
import { plainAddress } from '../udp/senders.js'
import type { Sender } from './sender.js'
import type { ListenedPeer, SenderConnection } from './stream-peer.js'

const SWEEP_MS = 5_000
/** Time that the end of a message may be missing. */
const HALF_MESSAGE_MS = 30_000
/** Bytes of incomplete messages of all senders of a listener. */
const MAX_HELD = 16 * 2 ** 20

export interface StreamListenerOptions {
  transport: Sender['transport']
  /** The server speaks TLS. */
  isSecure?: boolean
  server: Server
  maxPeers: number
  runtime: Runtime
  /** Makes the peer for a connection. */
  peer(connection: SenderConnection, sender: Sender): ListenedPeer
  accepts(address: string): boolean
  /** Called now and then with the number of connections that were refused since. */
  refused(count: number, reason: string): void
}

/** Accepts connections of senders, each with limits of its own. */
export class StreamListener {
  readonly #options: StreamListenerOptions
  readonly #peers = new Set<ListenedPeer>()
  /** All that are open, with those in the handshake of TLS. */
  readonly #sockets = new Set<Socket>()
  #isClosed = false
  #sweep: Cancel | undefined
  #refused = 0
  #strangers = 0

  constructor(options: StreamListenerOptions) {
    this.#options = options
    const { server, isSecure } = options
    server.maxConnections = options.maxPeers
    server.on('drop', () => this.#refused++)
    const handshake = isSecure ? server.listeners('connection') : []
    server.removeAllListeners('connection')
    server.on('connection', (socket: Socket) => {
      if (!this.#admits(socket)) return
      if (!isSecure) this.#accept(socket)
      for (const each of handshake) each.call(server, socket)
    })
    server.on('secureConnection', (socket: Socket) => this.#accept(socket))
    // Something that is not TLS, or a certificate that is not accepted, concerns only its sender.
    server.on('tlsClientError', (_: Error, socket: Socket) => {
      this.#strangers++
      socket.destroy()
    })
  }

  get peers(): number {
    return this.#peers.size
  }

  listen(where: ListenOptions): Promise<void> {
    return this.#bind((server) => server.listen({ ...where, backlog: BACKLOG }))
  }

  /** Throws an error if another user could exchange the socket. */
  async listenAt(path: string, mode: number): Promise<void> {
    checkSocketFolders(path)
    // Anything else at the path stays, and is reported when it is bound.
    await removeDeadSocket(path)
    await this.#bind((server) => listenUnshared(server, path))
    try {
      shareSocket(path, { mode })
    } catch (thrown) {
      await this.close()
      throw thrown
    }
  }

  async #bind(listen: (server: Server) => void): Promise<void> {
    const { server } = this.#options
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      // One that is closed before it is bound never listens.
      server.once('close', resolve)
      server.once('listening', () => {
        server.off('error', reject)
        server.on('error', () => {})
        resolve()
      })
      listen(server)
    })
    // It may have been closed while the path was looked at.
    if (this.#isClosed) await this.close()
    else this.#sweepLater()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#sweep?.()
    this.#report()
    const closed = new Promise<void>((done) => this.#options.server.close(() => done()))
    for (const peer of this.#peers) peer.abandon()
    this.#peers.clear()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  /** Before the handshake, which costs more than all else and holds a place of a sender. */
  #admits(socket: Socket): boolean {
    if (!this.#isClosed && this.#isWanted(socket)) {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      return true
    }
    this.#strangers++
    socket.destroy()
    return false
  }

  #isWanted(socket: Socket): boolean {
    const { transport, accepts } = this.#options
    return transport === 'unix' || accepts(remoteOf(socket))
  }

  #accept(socket: Socket): void {
    if (this.#isClosed) return void socket.destroy()
    const { transport, isSecure, runtime } = this.#options
    const sender: Sender = { transport }
    if (transport !== 'unix') sender.peer = remoteOf(socket)
    const certificate = isSecure ? nameInCertificate(socket as TLSSocket) : undefined
    if (certificate !== undefined) sender.certificate = certificate
    const over = () => this.#peers.delete(peer)
    const refused = () => this.#strangers++
    const peer: ListenedPeer = this.#options.peer({ socket, runtime, over, refused }, sender)
    this.#peers.add(peer)
  }

  #sweepLater(): void {
    this.#sweep = this.#options.runtime.after(SWEEP_MS, () => {
      this.#closeSlow()
      this.#report()
      this.#sweepLater()
    })
  }

  /** Closes connections whose message does not end, and the largest of those that together keep too much. */
  #closeSlow(): void {
    const now = this.#options.runtime.monotonic()
    for (const peer of this.#peers)
      if (peer.heldSince !== undefined && now - peer.heldSince >= HALF_MESSAGE_MS)
        peer.close('a message did not end in time')
    const bySize = [...this.#peers].sort((a, b) => a.held - b.held)
    let held = bySize.reduce((sum, peer) => sum + peer.held, 0)
    for (let last = bySize.pop(); last && held > MAX_HELD; last = bySize.pop()) {
      held -= last.held
      last.close('incomplete messages need too much memory')
    }
  }

  #report(): void {
    const { refused, maxPeers, transport } = this.#options
    if (this.#refused > 0)
      refused(this.#refused, `more than ${maxPeers} senders are connected over ${transport}`)
    if (this.#strangers > 0) refused(this.#strangers, `senders over ${transport} were not accepted`)
    this.#refused = 0
    this.#strangers = 0
  }
}

/** A peer that has left at once no longer has an address. */
function remoteOf({ remoteAddress = '' }: Socket): string {
  return plainAddress(remoteAddress)
}

function nameInCertificate(socket: TLSSocket): string | undefined {
  if (!socket.authorized) return undefined
  const { subject } = socket.getPeerCertificate()
  const name: string | string[] | undefined = subject?.CN
  return Array.isArray(name) ? name[0] : name
}
