import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocketServer } from 'ws'
import type { Runtime } from '../../event/runtime.js'
import type { Budgets } from '../shared/budget.js'
import { type ConnectionLimits, type WebListen, WebListener } from '../web/listener.js'
import { type WebSocketServerLimits, webSocketServer } from '../web/websocket/server.js'
import type { TextPeer, TextSocket, TextSocketHost } from '../web/websocket/text-socket.js'
import { TextSockets } from '../web/websocket/text-sockets.js'
import { answerError } from './answer.js'
import type { Blacklist } from './blacklist.js'

export interface SysadmListenerOptions {
  /** The name that the genuine program has in the handshake. */
  name: 'sysadm-server' | 'sysadm-bridge'
  runtime: Runtime
  budgets: Budgets
  blacklist: Blacklist
  limits: ConnectionLimits & { message: WebSocketServerLimits; socket: TextSocketHost['limits'] }
  /** Makes the peer for a connection. */
  accept(socket: TextSocket, address: string): TextPeer
  /** Throws a TocsinError to refuse a connection. */
  admit?(address: string): void
  /** Called for a connection that the blacklist refuses. */
  refused?(): void
}

/** Accepts connections as SysAdm does. Any path and any origin is fine: a connection is worth nothing before the login. */
export class SysadmListener {
  readonly #options: SysadmListenerOptions
  readonly #server: WebSocketServer
  readonly #texts: TextSockets
  readonly #listener: WebListener

  constructor(options: SysadmListenerOptions) {
    const { name, runtime, budgets, limits } = options
    this.#options = options
    this.#server = webSocketServer(limits.message, [])
    this.#server.on(
      'headers',
      (headers, { headers: { origin } }) => void headers.push(...handshakeHeaders(name, origin)),
    )
    this.#texts = new TextSockets({
      runtime,
      limits: limits.socket,
      halfReceived: budgets,
      closesPlainly: true,
    })
    this.#listener = new WebListener({
      runtime,
      limits,
      budgets,
      answerError,
      request: (_request, response) => refuse(response, name),
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
    })
  }

  get connections(): number {
    return this.#listener.connections
  }

  /** Resolves with the address, such as `wss://127.0.0.1:12150`. */
  async listen(listen: WebListen): Promise<string> {
    return (await this.#listener.listen(listen)).replace(/^https/, 'wss')
  }

  unbind(): void {
    this.#listener.unbind()
  }

  bind(): Promise<void> {
    return this.#listener.bind()
  }

  limit(limits: ConnectionLimits): void {
    this.#listener.limit(limits)
  }

  drain(): void {
    this.#listener.drain()
  }

  /** Disconnects everybody after what waits for them has been sent, or some seconds. */
  async close(): Promise<void> {
    this.drain()
    this.#texts.close()
    await this.#listener.close()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { blacklist, accept, admit, refused } = this.#options
    const address = request.socket.remoteAddress ?? ''
    admit?.(address)
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      if (blacklist.refuses(address)) {
        refused?.()
        webSocket.on('error', () => webSocket.terminate())
        webSocket.close(1000)
        return
      }
      this.#texts.add(webSocket, socket as Socket, (owner) => accept(owner, address))
    })
  }
}

/** The headers with which the genuine programs complete the handshake. */
function handshakeHeaders(name: string, origin = '*'): string[] {
  return [
    `server: ${name}`,
    'access-control-allow-credentials: false',
    'access-control-allow-methods: GET',
    'access-control-allow-headers: content-type',
    `access-control-allow-origin: ${origin}`,
  ]
}

/** There is nothing here but WebSockets. */
function refuse(response: ServerResponse, name: string): void {
  response.writeHead(426, { server: name, upgrade: 'websocket', connection: 'close' })
  response.end()
}
