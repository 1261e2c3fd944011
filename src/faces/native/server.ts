import { channel } from 'node:diagnostics_channel'
import { createServer } from 'node:net'
import type { Duplex } from 'node:stream'
import type { BusApi } from '../../bus/api.js'
import type { MethodTable } from '../../bus/methods.js'
import type { Authorize } from '../../bus/principal.js'
import { TocsinError } from '../../event/errors.js'
import type { Runtime } from '../../event/runtime.js'
import { ConnectionSet } from '../connection-set.js'
import { encodeRecord, wireError } from './codec.js'
import { Connection } from './connection.js'
import { DEFAULT_NATIVE_LIMITS, type NativeLimits } from './limits.js'
import type { Listener } from './listener.js'
import { RequestSlots } from './request-slots.js'
import { shareReads } from './shared-reads.js'
import { listenPrivately } from './socket-file.js'

export interface NativeServerOptions {
  bus: BusApi
  methods: MethodTable
  authorize: Authorize
  runtime: Runtime
  hub: { name: string; version: string }
  /** Told of every connection that is closed for what it sent. */
  refused?(error: TocsinError, peer: { principal: string | undefined; listener: string }): void
  /** Largest frame that any listener of this hub takes; default: that of the bus. */
  largestFrame?: number
  limits?: Partial<NativeLimits>
}

const faults = channel('tocsin:native:fault')

/** The native protocol for whoever connects, on any number of listeners. */
export class NativeServer {
  readonly bus: BusApi
  readonly methods: MethodTable
  readonly authorize: Authorize
  readonly hub: { name: string; version: string }
  readonly largestFrame: number
  readonly limits: NativeLimits
  /** Those that run, over HTTP too. */
  readonly requests: RequestSlots
  readonly #runtime: Runtime
  readonly #refused: NativeServerOptions['refused']
  readonly #connections: ConnectionSet<Connection>
  readonly #unbind: (() => Promise<unknown>)[] = []
  #halfReceived = 0
  #accepted = 0
  #whenEmpty: (() => void) | undefined
  #closed = false

  constructor(options: NativeServerOptions) {
    this.bus = options.bus
    this.methods = options.methods
    this.authorize = options.authorize
    this.hub = options.hub
    this.largestFrame = options.largestFrame ?? options.bus.largestFrame
    this.limits = { ...DEFAULT_NATIVE_LIMITS, ...options.limits }
    this.#runtime = options.runtime
    this.#refused = options.refused
    this.requests = new RequestSlots(this.limits)
    this.#connections = new ConnectionSet(options.runtime)
  }

  /** Connections there have been since the start. */
  get accepted(): number {
    return this.#accepted
  }

  get connections(): number {
    return this.#connections.size
  }

  get runningRequests(): number {
    return this.requests.taken
  }

  get peers(): Iterable<Connection> {
    return this.#connections
  }

  /**
   * Listens on a unix socket; a file left by a hub that is gone is taken over. Rejects with
   * TCN_SOCKET_IN_USE, TCN_SOCKET_FOLDER or TCN_CLIENT_PATH_TOO_LONG.
   */
  async listenUnix(path: string, listener: Omit<Listener, 'address'>): Promise<void> {
    const named: Listener = { ...listener, local: true, address: `unix:${path}` }
    const server = createServer({ pauseOnConnect: true }, (socket) => this.accept(shareReads(socket), named))
    await listenPrivately(server, path, this.#runtime)
    this.unbindAtClose(() => new Promise((done) => server.close(done)))
  }

  /** For whoever listens: called when no new connections are wanted, resolves when none can come. */
  unbindAtClose(unbind: () => Promise<unknown>): void {
    this.#unbind.push(unbind)
  }

  /** Serves a peer on any stream of bytes. */
  accept(stream: Duplex, listener: Listener): void {
    if (this.#closed || this.#connections.size >= this.limits.connections) turnAway(stream)
    else this.#admit(stream, listener)
  }

  /** Takes no new connections; tells those there are, and waits until they have read it. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const unbound = this.#unbind.map((unbind) => unbind())
    for (const connection of this.#connections) connection.session.goodbye('the hub stops')
    const forced = this.#runtime.after(this.limits.closeTimeout, this.#destroyAll)
    await new Promise<void>((done) => {
      this.#whenEmpty = done
      if (this.#connections.size === 0) done()
    })
    forced()
    this.#connections.close()
    await Promise.all(unbound)
  }

  // ---- for the connections

  now(): number {
    return this.#runtime.monotonic()
  }

  /** Everything queued in this turn leaves at its end. */
  flushSoon(connection: Connection): void {
    this.#connections.flushSoon(connection)
  }

  left(connection: Connection): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#whenEmpty?.()
  }

  /** Of any connection that speaks these records, in bytes or as JSON. */
  faulty(connection: { readonly session: Pick<Connection['session'], 'peer'> }, error: TocsinError): void {
    if (faults.hasSubscribers) faults.publish({ connection, error })
    this.#refused?.(error, connection.session.peer)
  }

  /** False when what is not complete takes too much memory in all; HTTP counts here too. */
  countHalfReceived(change: number): boolean {
    this.#halfReceived += change
    return change <= 0 || this.#halfReceived <= this.limits.halfReceived
  }

  #admit(stream: Duplex, listener: Listener): void {
    this.#accepted++
    this.#connections.add(new Connection(this, stream, listener, this.now() + this.limits.helloTimeout))
  }

  #destroyAll = (): void => {
    for (const connection of this.#connections) connection.stream.destroy()
  }
}

function turnAway(stream: Duplex): void {
  const error = new TocsinError('TCN_PROTOCOL_TOO_MANY', 'too many connections')
  stream.on('error', () => {})
  stream.end(encodeRecord('error', wireError(error)), () => stream.destroy())
}
