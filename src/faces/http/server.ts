import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Server as TlsServer } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { TocsinError } from '../../event/errors.js'
import { cannotListen } from '../cannot-listen.js'
import { EventTexts } from '../formats/event-text.js'
import type { TlsListen } from '../tls-listen.js'
import { makeApp } from './app.js'
import { refuseConnection, refuseExpectation, refuseRequest, tellParserError } from './connection-faults.js'
import type { HttpContext } from './context.js'
import { Guard } from './guard.js'
import {
  CLOSE_TIMEOUT,
  DEFAULT_HTTP_LIMITS,
  type HttpLimits,
  KEEP_ALIVE,
  MAX_HEADERS,
  REQUESTS_A_CONNECTION,
  REQUESTS_AT_ONCE,
} from './limits.js'
import { errorOf, rawProblem } from './problem.js'
import type { Route, UpgradeRoute } from './route.js'
import { httpRoutes, upgradeRoutes } from './routes.js'
import { Tickets } from './ticket.js'

export interface HttpServerOptions extends Omit<HttpContext, 'limits' | 'stopping' | 'tickets' | 'texts'> {
  limits?: Partial<HttpLimits>
  /** Names of this hub in the header `host`, beside `localhost` and addresses. */
  hosts?: readonly string[]
  /** Origins whose pages may use the hub. Default: none. */
  origins?: readonly string[]
}

export interface HttpListen {
  host: string
  /** 0: any that is free */
  port: number
  tls?: TlsListen
}

/** HTTP for whoever connects, on any number of addresses. */
export class HttpServer {
  /** For tests by `inject()`. */
  readonly app: FastifyInstance
  readonly limits: HttpLimits
  readonly guard: Guard
  readonly routes: readonly Route[]
  readonly #context: HttpContext
  readonly #upgrades: ReadonlyMap<string, UpgradeRoute>
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  /** Requests of each connection that are not answered yet. */
  readonly #underWay = new WeakMap<Socket, number>()
  #stopping = false

  constructor(options: HttpServerOptions) {
    this.limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits }
    this.guard = new Guard({ hosts: [], origins: [], ...options })
    const { bus, runtime, types } = options
    this.#context = {
      ...options,
      limits: this.limits,
      tickets: new Tickets(runtime),
      texts: new EventTexts({ epoch: bus.epoch, typeOf: types.typeOf }),
      stopping: () => this.#stopping,
    }
    const upgrades = upgradeRoutes(this.#context)
    this.routes = httpRoutes(this.#context, upgrades)
    this.app = makeApp(this.routes, this.guard, this.#context)
    this.#upgrades = new Map(upgrades.map((each) => [each.path, each]))
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** Resolves with the address, such as `http://127.0.0.1:4580`. */
  async listen({ host, port, tls }: HttpListen): Promise<string> {
    await this.app.ready()
    const server = this.#makeServer(tls)
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(cannotListen(host, port, error)))
      server.listen({ host, port }, resolve)
    })
    this.#servers.push(server)
    const bound = server.address()
    const actual = typeof bound === 'object' && bound !== null ? bound.port : port
    return `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${actual}`
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
    for (const route of this.#upgrades.values()) route.close?.()
    const forced = this.#context.runtime.after(CLOSE_TIMEOUT, () => {
      for (const socket of this.#sockets) socket.destroy()
    })
    for (const server of this.#servers) server.closeIdleConnections()
    await Promise.all([...this.#sockets].map((socket) => closed(socket)))
    forced()
    await this.app.close()
  }

  #makeServer(tls: TlsListen | undefined): Server {
    const { headers, headersTimeout } = this.limits
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
    const onRequest = (request: IncomingMessage, response: ServerResponse) => {
      if (this.#begin(request.socket, response)) this.app.routing(request, response)
      else refuseRequest(request, response)
    }
    const server =
      tls === undefined
        ? createServer(options, onRequest)
        : createTlsServer({ ...options, ...tls, handshakeTimeout: headersTimeout }, onRequest)
    if (server instanceof TlsServer) {
      tls?.follow?.(server)
      // What is said to a peer that has not done the handshake never leaves.
      server.on('tlsClientError', (_error, socket) => socket.destroy())
    }
    // Those above are dropped without a word; with one more the guard sees that there are too many.
    server.maxHeadersCount = MAX_HEADERS + 1
    server.maxRequestsPerSocket = REQUESTS_A_CONNECTION
    server.on('connection', (socket) => this.#admit(socket))
    server.on('clientError', tellParserError)
    server.on('checkExpectation', refuseExpectation)
    server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head))
    return server
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
    this.#context.runtime.soon(() => {
      for (const server of this.#servers) server.closeIdleConnections()
    })
  }

  #admit(socket: Socket): void {
    if (this.#stopping || this.#sockets.size >= this.limits.connections) {
      refuseConnection(socket)
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy())
    try {
      this.guard.checkPlace(request)
      const [path, search] = (request.url ?? '/').split('?', 2)
      const route = this.#upgrades.get(path)
      if (route === undefined) throw new TocsinError('TCN_HTTP_ROUTE')
      const query = new URLSearchParams(search)
      const identity = await this.guard.admit(route.right, request, () => route.identify?.(query))
      route.handle({ ...identity, query, request, socket, head })
    } catch (thrown) {
      socket.end(rawProblem(errorOf(thrown)))
    }
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve()
    else socket.once('close', () => resolve())
  })
}
