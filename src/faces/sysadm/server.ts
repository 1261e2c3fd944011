import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocketServer } from 'ws'
import type { Cancel } from '../../event/runtime.js'
import { type WebListen, WebListener } from '../web/listener.js'
import { webSocketServer } from '../web/websocket/server.js'
import { TextSockets } from '../web/websocket/text-sockets.js'
import { answerError, type SysadmHttpLimits } from './answer.js'
import type { SysadmContext } from './context.js'
import { LOGIN_TIMEOUT, SysadmPeer } from './peer.js'

const MESSAGE_LIMITS = { message: 256 * 1024, fragments: 64, closeTimeout: 5000 }
/** Times in ms, replies in bytes. SysAdm sends no pings; these find peers that vanished without closing. */
const LIMITS = { helloTimeout: LOGIN_TIMEOUT, pingEvery: 5 * 60_000, replies: 256 * 1024 }
/** How often all connections are checked, ms. */
const CHECK_EVERY = 60_000

/** The headers with which the genuine server completes the handshake. */
const HANDSHAKE_HEADERS = [
  'server: sysadm-server',
  'access-control-allow-credentials: false',
  'access-control-allow-methods: GET',
  'access-control-allow-headers: content-type',
  'access-control-allow-origin: *',
]

/** The WebSocket server. Any path and any origin is accepted: a connection is worth nothing before the login. */
export class SysadmServer {
  readonly #context: SysadmContext
  readonly #server: WebSocketServer
  readonly #texts: TextSockets
  readonly #listener: WebListener
  readonly #peers = new Set<SysadmPeer>()
  #cancelCheck: Cancel | undefined

  constructor(context: SysadmContext, limits: SysadmHttpLimits) {
    const { runtime, budgets } = context.host
    this.#context = context
    this.#server = webSocketServer(MESSAGE_LIMITS, [])
    this.#server.on('headers', (headers) => void headers.push(...HANDSHAKE_HEADERS))
    this.#texts = new TextSockets({ runtime, limits: LIMITS, halfReceived: budgets, closesPlainly: true })
    this.#listener = new WebListener({
      runtime,
      limits,
      budgets,
      answerError,
      request: refuse,
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
    })
  }

  get connections(): number {
    return this.#listener.connections
  }

  /** Resolves with the address, such as `wss://127.0.0.1:12150`. */
  async listen(listen: WebListen): Promise<string> {
    const address = await this.#listener.listen(listen)
    this.#checkLater()
    return address.replace(/^https/, 'wss')
  }

  drain(): void {
    this.#listener.drain()
  }

  async close(): Promise<void> {
    this.drain()
    this.#cancelCheck?.()
    this.#texts.close()
    await this.#listener.close()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const address = request.socket.remoteAddress ?? ''
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      if (this.#context.blacklist.refuses(address)) {
        webSocket.on('error', () => webSocket.terminate())
        webSocket.close(1000)
        return
      }
      this.#texts.add(webSocket, socket as Socket, (owner) => {
        const left = (gone: SysadmPeer) => void this.#peers.delete(gone)
        const peer = new SysadmPeer(this.#context, owner, { address, left })
        this.#peers.add(peer)
        return peer
      })
    })
  }

  #checkLater(): void {
    const { runtime } = this.#context.host
    this.#cancelCheck = runtime.after(CHECK_EVERY, () => {
      const now = runtime.monotonic()
      for (const peer of this.#peers) peer.check(now)
      this.#checkLater()
    })
  }
}

/** There is nothing here but WebSockets. */
function refuse(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { server: 'sysadm-server', upgrade: 'websocket', connection: 'close' })
  response.end()
}
