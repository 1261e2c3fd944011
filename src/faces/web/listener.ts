import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer, type ServerOptions as TlsServerOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Server as TlsServer } from 'node:tls'
import { formatAddress } from '../../config/values/address.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import { LongWork } from '../../incremental/long-work.js'
import type { TimeAtOnce } from '../../incremental/time-at-once.js'
import { BACKLOG } from '../../parts/accepted.js'
import { portOf } from '../../parts/bound-port.js'
import { Binding, listening } from '../shared/binding.js'
import type { Budgets } from '../shared/budget.js'
import { Handshakes } from '../shared/handshakes.js'
import type { TlsListen } from '../shared/listener.js'
import { LEFT_HTTP } from '../shared/socket-handle.js'
import { ownerOf, type StreamOwner } from '../shared/stream-owner.js'
import { inviteOnReading } from './body.js'
import {
  type AnswerError,
  answerParserError,
  errorOf,
  refuseConnection,
  refuseExpectation,
  refuseRequest,
  refuseSocket,
} from './error-answer.js'
import { RequestQueue } from './request-queue.js'
import { putBack, wantsWebSocket } from './upgrade-offer.js'

/** Limits of connections that use HTTP. Bytes, ms and counts. */
export interface ConnectionLimits {
  connections: number
  /** Bytes of all headers of a request together. */
  headers: number
  headersTimeout: number
}

export const MAX_HEADERS = 100
const MAX_REQUESTS_OF_CONNECTION = 100_000
/** Time that a connection may be idle between two requests, ms. */
const KEEP_ALIVE_MS = 65_000
/** Time that requests in progress may take when the hub stops, ms. */
const CLOSE_TIMEOUT_MS = 5000
const WORK = { face: 'http', what: 'requests' }

export interface WebListenerOptions {
  runtime: Runtime
  /** Default: requests have time of their own. */
  atOnce?: TimeAtOnce
  limits: ConnectionLimits
  /** Counts the connections of all faces. */
  budgets: Budgets
  answerError: AnswerError
  /** Resolves when requests can be answered; undefined if they can be. Until then, connections are not read. */
  loading?(): Promise<void> | undefined
  request(request: IncomingMessage, response: ServerResponse): void
  /** Takes over the socket. If it throws, the listener refuses the client. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void | Promise<void>
}

export interface WebListen {
  host: string
  /** 0: any free port */
  port: number
  tls?: TlsListen
}

/** Accepts HTTP connections on any number of addresses, and limits their number and what each may do at once. */
export class WebListener {
  readonly #options: WebListenerOptions
  readonly #servers: Server[] = []
  readonly #bindings: Binding[] = []
  readonly #sockets = new Set<Socket>()
  readonly #queues = new WeakMap<Duplex, RequestQueue>()
  readonly #requests: LongWork
  #stopping = false

  constructor(options: WebListenerOptions) {
    this.#options = options
    const { runtime, atOnce } = options
    this.#requests = new LongWork(runtime, { ...WORK, isSmall: true, atOnce })
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
    let address = { host, port }
    const binding = new Binding(server, async () => {
      await listening(server, formatAddress(address), () => server.listen({ ...address, backlog: BACKLOG }))
      tls?.follow?.(server as Server & TlsServer)
      address = { host, port: portOf(server, port) }
    })
    await binding.bind()
    this.#bindings.push(binding)
    this.#servers.push(server)
    return `${tls === undefined ? 'http' : 'https'}://${formatAddress(address)}`
  }

  /** Serves a connection that somebody else has accepted. */
  accept(connection: Duplex): void {
    const server = this.#servers[0] ?? this.#makeServer(undefined)
    if (this.#servers.length === 0) this.#servers.push(server)
    server.emit('connection', connection)
  }

  /** Frees all addresses, and keeps the connections. */
  unbind(): void {
    for (const binding of this.#bindings) binding.unbind()
  }

  /** Listens at the same addresses again. */
  async bind(): Promise<void> {
    for (const binding of this.#bindings) await binding.bind()
  }

  /** Takes over limits that have changed; those of headers apply to new connections. */
  limit(limits: ConnectionLimits): void {
    const { connections, headers, headersTimeout } = limits
    Object.assign(this.#options.limits, { connections, headers, headersTimeout })
    for (const server of this.#servers) Object.assign(server, { maxHeaderSize: headers, headersTimeout })
  }

  /** Ends all streams, while the hub continues. */
  endStreams(reason: string): void {
    for (const socket of this.#sockets) ownerOf<StreamOwner | undefined>(socket)?.leave?.(reason)
  }

  /** Accepts no new requests; requests in progress continue. */
  drain(): void {
    if (this.#stopping) return
    this.#stopping = true
    for (const server of this.#servers) {
      server.close()
      server.closeIdleConnections()
    }
  }

  /** Waits a limited time for the requests in progress. */
  async close(): Promise<void> {
    this.drain()
    const forced = this.#options.runtime.after(CLOSE_TIMEOUT_MS, () => {
      for (const socket of this.#sockets) socket.destroy()
    })
    for (const server of this.#servers) server.closeIdleConnections()
    await Promise.all([...this.#sockets].map((socket) => closed(socket)))
    forced()
  }

  #makeServer(tls: TlsListen | undefined): Server {
    const { limits, answerError, request: onRequest, runtime } = this.#options
    const { headers, headersTimeout } = limits
    const options = {
      maxHeaderSize: headers,
      headersTimeout,
      // An upload may take any time while bytes arrive; bodies that are read as a whole have their own time limit.
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Node would answer without saying why.
      requireHostHeader: false,
      insecureHTTPParser: false,
      connectionsCheckingInterval: Math.min(1000, headersTimeout),
      noDelay: true,
    }
    const accept = (request: IncomingMessage, response: ServerResponse) => {
      const queue = this.#queues.get(request.socket)
      if (queue === undefined) return
      const begin = async () => {
        if (!response.destroyed && !request.socket.destroyed) onRequest(request, response)
      }
      // Requests on many connections may arrive in the same turn of the event loop.
      const serve = () =>
        this.#requests.begin(request.socket.remoteAddress ?? '', begin).catch((thrown) => {
          if (!TocsinError.is(thrown)) throw thrown
          refuseRequest(request, response, answerError(thrown))
        })
      const refusal = missingHost(request)
      if (refusal === undefined) {
        response.once('close', () => this.#answered())
        queue.add(response, serve)
        return
      }
      this.#endQueue(request.socket)
      refuseRequest(request, response, answerError(refusal))
    }
    const server =
      tls === undefined
        ? createServer(options, accept)
        : tlsServer({ ...options, ...tls, handshakeTimeout: headersTimeout }, accept)
    // Node silently drops headers above this number: one more than allowed lets the face detect that there are too
    // many.
    server.maxHeadersCount = MAX_HEADERS + 1
    server.maxRequestsPerSocket = MAX_REQUESTS_OF_CONNECTION
    const listeners = server.listeners('connection')
    server.removeAllListeners('connection')
    server.on('connection', (socket) => {
      const serve = () => {
        for (const each of listeners) each.call(server, socket)
        if (tls === undefined) this.#queue(socket)
      }
      const served = this.#sockets.has(socket) ? () => {} : this.#admit(socket)
      if (served === undefined) return
      this.#serve(socket, () => {
        served()
        serve()
      })
    })
    if (tls !== undefined) server.on('secureConnection', (socket) => this.#queue(socket))
    server.on('clientError', (error, socket) => {
      this.#endQueue(socket)
      answerParserError(error, socket, answerError, runtime)
    })
    server.on('checkContinue', (request, response) => {
      inviteOnReading(request, response)
      accept(request, response)
    })
    server.on('checkExpectation', (request) => {
      this.#endQueue(request.socket)
      refuseExpectation(request, answerError, runtime)
    })
    server.on('upgrade', (request, socket, first) => {
      const queue = this.#queues.get(socket)
      if (queue === undefined) return
      const head = Buffer.concat([first, queue.release()])
      this.#queues.delete(socket)
      socket.on('error', destroy)
      if (wantsWebSocket(request)) void this.#upgrade(request, socket, head)
      else this.#reparse(server, request, socket, head)
    })
    return server
  }

  /** Begins to read requests: at once if there is time, since the kernel hands over all new connections in one turn. */
  #serve(socket: Socket, serve: () => void): void {
    const begin = async () => {
      socket.off('error', destroy)
      if (!socket.destroyed) serve()
    }
    const start = () => {
      this.#requests.begin(socket.remoteAddress ?? '', begin).catch(() => socket.destroy())
    }
    socket.on('error', destroy)
    const loading = this.#options.loading?.()
    if (loading === undefined) start()
    else void loading.then(start)
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { upgrade, answerError, runtime } = this.#options
    try {
      const refusal = missingHost(request)
      if (refusal !== undefined) throw refusal
      await upgrade(request, socket, head)
    } catch (thrown) {
      refuseSocket(socket, answerError(errorOf(thrown)), runtime)
    }
  }

  /** Reads the request again without its offer to upgrade, after the parser that found it has finished. */
  #reparse(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // At once: the peer may end its side, after which nothing can be put back.
    putBack(request, socket, head)
    this.#options.runtime.soon(() => {
      socket.off('error', destroy)
      server.emit(server instanceof TlsServer ? 'secureConnection' : 'connection', socket)
    })
  }

  #queue(socket: Socket): void {
    this.#queues.set(socket, new RequestQueue(socket, { runtime: this.#options.runtime, work: WORK }))
  }

  /** Nothing that follows on this connection is a request: more may have come in the same piece. */
  #endQueue(socket: Duplex): void {
    this.#queues.get(socket)?.close()
    this.#queues.delete(socket)
  }

  /** While the hub stops, closes each connection as soon as its last request is answered. */
  #answered(): void {
    if (!this.#stopping) return
    this.#options.runtime.soon(() => {
      for (const server of this.#servers) server.closeIdleConnections()
    })
  }

  /** Returns what must be called when the connection is served; undefined if it is refused. */
  #admit(socket: Socket): (() => void) | undefined {
    const { limits, budgets, answerError } = this.#options
    const { strangers } = budgets
    const isFull = this.#stopping || this.#sockets.size >= limits.connections
    const served = isFull ? undefined : strangers.arrive(socket)
    if (served === undefined || !budgets.takeConnection()) {
      served?.()
      refuseConnection(socket, answerError)
      return undefined
    }
    const untrack = this.#track(socket)
    socket.once(LEFT_HTTP, (next: Socket) => {
      untrack()
      this.#sockets.delete(socket)
      this.#track(next)
    })
    const giveWay = () => {
      // Its file is closed at once, but the event comes only after other connections were accepted.
      untrack()
      socket.destroy()
      this.#forget(socket)
    }
    return () => {
      served()
      strangers.watch(socket, giveWay)
    }
  }

  /**
   * Counts the connection until it is closed; returns a function that ends that. Of one of 10,000 streams nothing but
   * its own socket is kept, so the listener must not share a scope with the socket that has left HTTP.
   */
  #track(socket: Socket): () => void {
    const closed = () => this.#forget(socket)
    this.#sockets.add(socket)
    socket.once('close', closed)
    return () => void socket.off('close', closed)
  }

  #forget(socket: Socket): void {
    this.#sockets.delete(socket)
    this.#options.budgets.releaseConnection()
  }
}

function tlsServer(options: TlsServerOptions, accept: RequestListener): TlsServer & Server {
  const server = createTlsServer(options, accept)
  const handshakes = new Handshakes()
  server.on('connection', (socket: Socket) => handshakes.begin(socket))
  server.on('secureConnection', (socket) => handshakes.done(socket))
  // Without a handshake no answer can reach the peer.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return server
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

/** The error for a request that has to name its host and does not (RFC 9112 §3.2). */
function missingHost({ headers, httpVersion }: IncomingMessage): TocsinError | undefined {
  if (headers.host !== undefined || httpVersion === '1.0') return undefined
  return new TocsinError('TCN_HTTP_HEADER', 'the header host is missing', { details: { header: 'host' } })
}
