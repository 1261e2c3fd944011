import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Server as TlsServer } from 'node:tls'
import type { Runtime } from '../../event/runtime.js'
import { cannotListen, place } from '../cannot-listen.js'
import type { TlsListen } from '../tls-listen.js'
import { refuseConnection, refuseExpectation, refuseRequest, tellParserError } from './connection-faults.js'
import { LEFT_HTTP } from './leave-http.js'
import {
  CLOSE_TIMEOUT,
  type ConnectionLimits,
  KEEP_ALIVE,
  MAX_HEADERS,
  REQUESTS_A_CONNECTION,
  REQUESTS_AT_ONCE,
} from './limits.js'
import { putBack, wantsWebSocket } from './not-upgraded.js'
import type { Refuse } from './refusal.js'

export interface WebListenerOptions {
  runtime: Runtime
  limits: ConnectionLimits
  refuse: Refuse
  request(request: IncomingMessage, response: ServerResponse): void
  /** The socket is the face's from here on. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

export interface WebListen {
  host: string
  /** 0: any that is free */
  port: number
  tls?: TlsListen
}

/** Connections that speak HTTP, on any number of addresses: how many there are, and what each may do at once. */
export class WebListener {
  readonly #options: WebListenerOptions
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  /** Requests of each connection that are not answered yet. */
  readonly #underWay = new WeakMap<Socket, number>()
  #stopping = false

  constructor(options: WebListenerOptions) {
    this.#options = options
  }

  get connections(): number {
    return this.#sockets.size
  }

  get stopping(): boolean {
    return this.#stopping
  }

  /** Resolves with the address, such as `http://127.0.0.1:4580`. */
  async listen({ host, port, tls }: WebListen): Promise<string> {
    const server = this.#makeServer(tls)
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(cannotListen(host, port, error)))
      server.listen({ host, port }, resolve)
    })
    this.#servers.push(server)
    const bound = server.address()
    const actual = typeof bound === 'object' && bound !== null ? bound.port : port
    return `${tls === undefined ? 'http' : 'https'}://${place(host, actual)}`
  }

  /** No new requests; those under way go on. */
  drain(): void {
    if (this.#stopping) return
    this.#stopping = true
    for (const server of this.#servers) {
      server.close()
      server.closeIdleConnections()
    }
  }

  /** Waits for the requests under way, but not for long. */
  async close(): Promise<void> {
    this.drain()
    const forced = this.#options.runtime.after(CLOSE_TIMEOUT, () => {
      for (const socket of this.#sockets) socket.destroy()
    })
    for (const server of this.#servers) server.closeIdleConnections()
    await Promise.all([...this.#sockets].map((socket) => closed(socket)))
    forced()
  }

  #makeServer(tls: TlsListen | undefined): Server {
    const { limits, refuse, request: onRequest, upgrade: onUpgrade } = this.#options
    const { headers, headersTimeout } = limits
    const options = {
      maxHeaderSize: headers,
      headersTimeout,
      // An upload may take as long as it likes while it goes on; what is read as a whole has a limit of its own.
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE,
      requireHostHeader: true,
      insecureHTTPParser: false,
      connectionsCheckingInterval: Math.min(1000, headersTimeout),
      noDelay: true,
    }
    const take = (request: IncomingMessage, response: ServerResponse) => {
      if (this.#begin(request.socket, response)) onRequest(request, response)
      else refuseRequest(request, response, refuse)
    }
    const server =
      tls === undefined
        ? createServer(options, take)
        : createTlsServer({ ...options, ...tls, handshakeTimeout: headersTimeout }, take)
    if (server instanceof TlsServer) {
      tls?.follow?.(server)
      // What is said to a peer that has not done the handshake never leaves.
      server.on('tlsClientError', (_error, socket) => socket.destroy())
    }
    // Those above are dropped without a word; with one more the face sees that there are too many.
    server.maxHeadersCount = MAX_HEADERS + 1
    server.maxRequestsPerSocket = REQUESTS_A_CONNECTION
    server.on('connection', (socket) => this.#admit(socket))
    server.on('clientError', (error, socket) => tellParserError(error, socket, refuse))
    server.on('checkExpectation', (request) => refuseExpectation(request, refuse))
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', destroy)
      if (wantsWebSocket(request)) onUpgrade(request, socket, head)
      else this.#askAgain(server, request, socket, head)
    })
    return server
  }

  /** Without the offer of an upgrade. Later, for the parser that found it has not ended yet. */
  #askAgain(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#options.runtime.soon(() => {
      socket.off('error', destroy)
      putBack(request, socket, head)
      server.emit(server instanceof TlsServer ? 'secureConnection' : 'connection', socket)
    })
  }

  /** False when too many are sent ahead on one connection. */
  #begin(socket: Socket, response: ServerResponse): boolean {
    const count = this.#underWay.get(socket) ?? 0
    if (count >= REQUESTS_AT_ONCE) return false
    this.#underWay.set(socket, count + 1)
    response.once('close', () => {
      this.#underWay.set(socket, (this.#underWay.get(socket) ?? 1) - 1)
      this.#answered()
    })
    return true
  }

  /** While the hub stops, a connection goes as soon as its last request is answered. */
  #answered(): void {
    if (!this.#stopping) return
    this.#options.runtime.soon(() => {
      for (const server of this.#servers) server.closeIdleConnections()
    })
  }

  #admit(socket: Socket): void {
    if (this.#sockets.has(socket)) return
    if (this.#stopping || this.#sockets.size >= this.#options.limits.connections) {
      refuseConnection(socket, this.#options.refuse)
      return
    }
    this.#track(socket)
    socket.once(LEFT_HTTP, this.#track)
  }

  readonly #track = (socket: Socket): void => {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }
}

function destroy(this: Duplex): void {
  this.destroy()
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve()
    else socket.once('close', () => resolve())
  })
}
