import type { Access } from '../access/index.js'
import type { Bus } from '../bus/bus.js'
import type { MethodTable } from '../bus/methods.js'
import type { HttpListenerConfig } from '../config/parts/network.js'
import type { SaltBusConfig } from '../config/parts/salt.js'
import type { SaltRestConfig } from '../config/parts/salt-rest.js'
import { TocsinError } from '../event/errors.js'
import type { Runtime } from '../event/runtime.js'
import type { HttpServer } from '../faces/http/server.js'
import { DEFAULT_NATIVE_LIMITS } from '../faces/native/limits.js'
import { NativeServer } from '../faces/native/server.js'
import { listenTcp } from '../faces/native/tcp.js'
import type { RestServer } from '../faces/salt/rest/server.js'
import type { TlsListen } from '../faces/tls-listen.js'
import type { StateStore } from '../state/index.js'
import type { TypeRegistry } from '../types/index.js'
import type { HubConfig } from './config.js'
import type { Peer } from './refusals.js'
import type { SaltBuses } from './salt-buses.js'
import { Tls, tlsFiles } from './tls.js'

/** A unix socket, and the principal of whoever opens it. */
export interface UnixListener {
  path: string
  principal: string
}

export interface NetworkListener {
  host: string
  port: number
  tls?: TlsListen
}

export interface ListenersOptions {
  config: HubConfig
  /** Data folder */
  data: string | undefined
  runtime: Runtime
  bus: Bus
  access: Access
  methods: MethodTable
  types: TypeRegistry
  state: StateStore
  hub: { name: string; version: string }
  /** Told of every connection that is closed for what it sent. */
  refused(error: TocsinError, peer: Peer): void
}

interface Open {
  face: string
  address: string
  connections(): number
}

/** Everything through which the hub can be reached. */
export class Listeners {
  readonly native: NativeServer
  /** What whoever started the hub should know. */
  readonly notes: string[] = []
  readonly #options: ListenersOptions
  readonly #open: Open[] = []
  #http: HttpServer | undefined
  #salt: SaltBuses | undefined
  readonly #rest: RestServer[] = []
  #tls: Tls | undefined

  constructor(options: ListenersOptions) {
    const { bus, runtime, methods, access, hub, config, refused } = options
    this.#options = options
    this.native = new NativeServer({
      refused,
      bus,
      runtime,
      methods,
      authorize: access.authorize,
      hub,
      largestFrame: largestFrame(config),
      limits: {
        ...DEFAULT_NATIVE_LIMITS,
        connections: config.limits.connections,
        requests: config.limits.requests,
        halfReceived: config.limits.halfReceived,
      },
    })
  }

  get list(): { face: string; address: string; connections: number }[] {
    const salt = this.#salt?.listeners ?? []
    return [
      ...this.#open.map(({ face, address, connections }) => ({ face, address, connections: connections() })),
      ...salt.map((listener) => ({ face: 'salt', ...listener })),
    ]
  }

  /** Publishes on Salt's sockets that could not be taken, since the start. */
  get dropped(): SaltBuses['dropped'] {
    return this.#salt?.dropped ?? []
  }

  async listenUnix({ path, principal }: UnixListener): Promise<void> {
    const { access } = this.#options
    await this.native.listenUnix(path, {
      principal: access.principal(principal),
      identify: access.identify,
    })
    const address = `unix:${path}`
    this.#open.push({ face: 'native', address, connections: () => this.#connectionsFrom(address) })
  }

  /** The addresses of the configuration. */
  async listenNetwork(): Promise<void> {
    const { http, tcp } = this.#options.config.listen
    if (http !== 'off') await this.#listenConfiguredHttp(http)
    if (tcp !== 'off') await this.listenTcp({ ...tcp.address, tls: this.#tlsWhere(tcp) })
    await this.listenSalt()
  }

  /** Resolves all the same when the usual port is taken and nobody asked for it by name. */
  async #listenConfiguredHttp(http: Exclude<HttpListenerConfig, 'off'>): Promise<void> {
    try {
      await this.listenHttp({ ...http.address, tls: this.#tlsWhere(http) })
    } catch (error) {
      if (!('optional' in http && TocsinError.is(error, 'TCN_SOCKET_IN_USE'))) throw error
      this.notes.push(`no HTTP: ${error.message}; \`tocsin serve --http 127.0.0.1:0\` takes another port`)
    }
  }

  /** The certificate as its files are now; is it another? Throws TCN_TLS_FILES, and then the old one stays. */
  reloadTls(): boolean {
    return this.#tls?.reload() ?? false
  }

  /** The native protocol. Resolves with the address: `tls://127.0.0.1:4581`. */
  async listenTcp(listener: NetworkListener): Promise<string> {
    const { identify } = this.#options.access
    const address = await listenTcp(this.native, { ...listener, identify })
    const kind = address.slice(0, address.indexOf(':') + 1)
    this.#open.push({ face: 'native', address, connections: () => this.#connectionsFrom(kind) })
    return address
  }

  /** Resolves with the address: `http://127.0.0.1:4580`. */
  async listenHttp(listener: NetworkListener): Promise<string> {
    this.#http ??= await this.#makeHttp()
    const http = this.#http
    const address = await http.listen(listener)
    this.#open.push({ face: 'http', address, connections: () => http.connections })
    return address
  }

  /** The buses with Salt's sockets. */
  async listenSalt(): Promise<void> {
    const { salt } = this.#options.config
    if (salt.length === 0) return
    this.#salt ??= await this.#makeSalt()
    for (const bus of salt) {
      await this.#salt.listen(bus)
      if (bus.rest !== undefined) await this.#listenSaltRest(bus, bus.rest)
    }
  }

  async #listenSaltRest(bus: SaltBusConfig, rest: SaltRestConfig): Promise<void> {
    const { makeSaltRest } = await import('./salt-rest.js')
    const server = makeSaltRest({ ...this.#options, halfReceived: this.native }, bus, rest)
    this.#rest.push(server)
    const address = await server.listen({ ...rest.address, tls: this.#tlsWhere({ tls: !rest.disableSsl }) })
    this.#open.push({ face: 'salt-api', address, connections: () => server.connections })
  }

  /** No new requests; what is under way goes on. */
  async drain(): Promise<void> {
    this.#http?.drain()
    for (const server of this.#rest) server.drain()
    await this.#salt?.drain()
  }

  async close(): Promise<void> {
    const rest = this.#rest.map((server) => server.close())
    await Promise.all([this.native.close(), this.#http?.close(), this.#salt?.close(), ...rest])
  }

  #connectionsFrom(address: string): number {
    let count = 0
    for (const { session } of this.native.peers) if (session.peer.listener.startsWith(address)) count++
    return count
  }

  #tlsWhere({ tls }: { tls: boolean }): TlsListen | undefined {
    if (!tls) return undefined
    const { config, data } = this.#options
    this.#tls ??= new Tls(tlsFiles(config.listen.tls, data))
    return this.#tls.listen
  }

  async #makeSalt(): Promise<SaltBuses> {
    const { SaltBuses } = await import('./salt-buses.js')
    const { access, bus, runtime, refused } = this.#options
    const { limits } = this.native
    const countHalfReceived = (change: number) => this.native.countHalfReceived(change)
    return new SaltBuses({ access, bus, runtime, limits, countHalfReceived, refused })
  }

  /** A hub that does not speak HTTP does not load what it takes to do so. */
  async #makeHttp(): Promise<HttpServer> {
    const { HttpServer } = await import('../faces/http/server.js')
    const { ANSWERS_KEPT } = await import('../faces/http/idempotency.js')
    const { access, config, bus, methods, runtime, types, hub, state } = this.#options
    const { http } = config.listen
    return new HttpServer({
      bus,
      methods,
      runtime,
      types,
      hub,
      native: this.native,
      answers: state.bucket('requests', { timeToLive: ANSWERS_KEPT }),
      authorize: access.authorize,
      identify: access.identify,
      limits: config.limits.http,
      hosts: http === 'off' ? [] : http.hosts,
      origins: http === 'off' ? [] : http.origins,
    })
  }
}

/** Every reader is told the most that any way in takes. */
function largestFrame({ limits, salt }: HubConfig): number {
  return Math.max(limits.frame, ...salt.map(({ maxFrame }) => maxFrame))
}
