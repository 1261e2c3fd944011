import { channel } from 'node:diagnostics_channel'
import { createServer, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Sessions } from '../../access/sessions.js'
import type { BusApi } from '../../bus/api.js'
import type { Authorize } from '../../bus/principal.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import { LongWork } from '../../incremental/long-work.js'
import type { Edges } from '../../methods/edges.js'
import type { MethodTable } from '../../methods/method.js'
import { encodeRecord, wireError } from '../../protocols/native/codec.js'
import type { FacePeer } from '../face.js'
import { Binding } from '../shared/binding.js'
import { Budgets } from '../shared/budget.js'
import type { MethodHost } from '../shared/call-method.js'
import { ConnectionSet } from '../shared/connection-set.js'
import type { Listener } from '../shared/listener.js'
import type { SessionKind, SessionKindOf, SessionServer } from '../shared/session-kind.js'
import { listenPrivately } from '../shared/socket-file.js'
import { shareReads } from '../shared/socket-handle.js'
import { Connection, type NativeHost, type NativeLimits } from './connection.js'

export interface NativeServerOptions {
  bus: BusApi
  methods: MethodTable
  authorize: Authorize
  runtime: Runtime
  hub: { name: string; version: string }
  /** Limits shared with other faces; default: budgets of its own. */
  budgets?: Budgets
  /** Numbers the sessions of all faces. */
  sessions: Sessions
  /** The hubs that forward their events to this one. */
  edges: Edges
  /** Called when a request has ended. */
  called?: MethodHost['called']
  reporting?: MethodHost['reporting']
  /** Called for every connection that is closed because of what it sent. */
  refused?(error: TocsinError, peer: FacePeer): void
  /** Largest frame that any listener of this hub accepts; default: that of the bus. */
  largestFrame?: number
  limits?: Partial<NativeLimits>
  /** Handles records when a turn has no time left for them; default: work of its own. */
  recordWork?: LongWork
  /** The kinds of sessions that other faces add; default: none. */
  kinds?: readonly SessionKindOf[]
}

const faults = channel('tocsin:native:fault')

/** A server of the native protocol, on any number of listeners. */
export class NativeServer implements NativeHost, SessionServer {
  readonly bus: BusApi
  readonly methods: MethodTable
  readonly authorize: Authorize
  readonly called: MethodHost['called']
  readonly sessions: Sessions
  readonly edges: Edges
  readonly reporting: MethodHost['reporting']
  readonly hub: { name: string; version: string }
  readonly largestFrame: number
  readonly limits: NativeLimits
  readonly budgets: Budgets
  readonly recordWork: LongWork
  readonly runtime: Runtime
  readonly kinds: readonly SessionKind[]
  readonly #refused: NativeServerOptions['refused']
  readonly #connections: ConnectionSet<Connection>
  readonly #bindings: Binding[] = []
  #whenEmpty: (() => void)[] = []
  /** True if no connection is accepted any more. */
  #isLeaving = false
  #closed = false

  constructor(options: NativeServerOptions) {
    this.bus = options.bus
    this.methods = options.methods
    this.authorize = options.authorize
    this.called = options.called
    this.sessions = options.sessions
    this.edges = options.edges
    this.reporting = options.reporting
    this.hub = options.hub
    this.largestFrame = options.largestFrame ?? options.bus.largestFrame
    this.limits = { ...DEFAULT_NATIVE_LIMITS, ...options.limits }
    this.runtime = options.runtime
    this.#refused = options.refused
    this.budgets = options.budgets ?? new Budgets()
    this.recordWork = options.recordWork ?? new LongWork(options.runtime, { isSmall: true })
    this.#connections = new ConnectionSet(options.runtime)
    this.kinds = (options.kinds ?? []).map((kindOf) => kindOf(this))
  }

  get connections(): number {
    return this.#connections.size
  }

  get runningRequests(): number {
    return this.budgets.requests.taken
  }

  get peers(): Iterable<Connection> {
    return this.#connections
  }

  /**
   * Listens on a unix socket; a file left by a hub that no longer runs is replaced. Rejects with the errors of
   * `listenPrivately`.
   */
  async listenUnix(path: string, listener: Omit<Listener, 'address'>): Promise<void> {
    const named: Listener = { ...listener, local: true, address: `unix:${path}` }
    const server = createServer({ pauseOnConnect: true }, (socket) => this.accept(shareReads(socket), named))
    await this.listen(server, () => listenPrivately(server, path, this.runtime))
  }

  /** Makes a server listen, and closes it with this one. `closing` is called then. */
  async listen(server: Server, listen: () => Promise<void>, closing?: () => void): Promise<void> {
    const binding = new Binding(server, listen, closing)
    await binding.bind()
    this.#bindings.push(binding)
  }

  /** Frees all addresses, and keeps the connections. */
  unbind(): void {
    for (const binding of this.#bindings) binding.unbind()
  }

  /** Listens at the same addresses again. */
  async bind(): Promise<void> {
    for (const binding of this.#bindings) await binding.bind()
  }

  /** Serves a peer on any stream of bytes. */
  accept(stream: Duplex, listener: Listener): void {
    if (this.#isLeaving || !this.#take(stream, listener)) turnAway(stream)
    else this.#connections.add(new Connection(this, stream, listener))
  }

  /** Says goodbye to each peer when its requests are answered, or after some seconds, and closes. */
  async leave(reason: string): Promise<void> {
    this.#isLeaving = true
    const late = this.runtime.after(this.limits.closeTimeout, () => void this.close(reason))
    for (const connection of this.#connections) connection.session.goodbye(reason, true)
    await this.#emptied()
    late()
    await this.close(reason)
  }

  /** Accepts no new connections, says goodbye to the open ones, and waits until they are closed. */
  async close(reason = 'the hub stops'): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#isLeaving = true
    const unbound = this.#bindings.map((binding) => binding.close())
    for (const connection of this.#connections) connection.session.goodbye(reason)
    const forced = this.runtime.after(this.limits.closeTimeout, this.#destroyAll)
    await this.#emptied()
    forced()
    this.#connections.close()
    await Promise.all(this.kinds.map((kind) => kind.close()))
    await Promise.all(unbound)
  }

  // ---- for the connections

  now(): number {
    return this.runtime.monotonic()
  }

  /** Flushes the output of this turn at its end. */
  flushSoon(connection: Connection): void {
    this.#connections.flushSoon(connection)
  }

  left(connection: Connection): void {
    this.#connections.delete(connection)
    if (this.#connections.size > 0) return
    for (const done of this.#whenEmpty.splice(0)) done()
  }

  /** Reports a peer that is at fault, whether it uses binary records or JSON. */
  faulty(peer: FacePeer, error: TocsinError): void {
    if (faults.hasSubscribers) faults.publish({ peer, error })
    this.#refused?.(error, peer)
  }

  #take(stream: Duplex, { local, isCounted }: Listener): boolean {
    if (isCounted) return true
    if (!this.budgets.takeConnection(local)) return false
    stream.once('close', this.#release)
    return true
  }

  #emptied(): Promise<void> {
    return new Promise((done) => {
      if (this.#connections.size === 0) done()
      else this.#whenEmpty.push(done)
    })
  }

  readonly #release = (): void => this.budgets.releaseConnection()

  #destroyAll = (): void => {
    for (const connection of this.#connections) connection.stream.destroy()
  }
}

/** Closes a connection for which there is no room. */
export function turnAway(stream: Duplex): void {
  const error = new TocsinError('TCN_PROTOCOL_TOO_MANY', 'too many connections')
  stream.on('error', () => {})
  stream.end(encodeRecord('error', wireError(error)), () => stream.destroy())
}

export const DEFAULT_NATIVE_LIMITS: NativeLimits = {
  replies: 256 * 1024,
  helloTimeout: 5000,
  pingEvery: 30_000,
  closeTimeout: 5000,
}
