import { hostname } from 'node:os'
import { join } from 'node:path'
import { Access, ADMIN } from '../access/index.js'
import { Bus } from '../bus/bus.js'
import type { ReloadReport } from '../bus/method-types.js'
import type { MethodTable } from '../bus/methods.js'
import { TocsinError } from '../event/errors.js'
import type { Runtime } from '../event/runtime.js'
import { tagSegment } from '../event/tag.js'
import type { NativeServer } from '../faces/native/server.js'
import type { CompileOptions } from '../filter/index.js'
import { makeFolders } from '../lmdb/make-folders.js'
import { type EventLog, openLmdbLog, openMemoryLog } from '../log/index.js'
import { SourceRunner } from '../sources/runner.js'
import { sctpAssociations } from '../sources/sctp/index.js'
import type { SourceDefinition, SourceHost } from '../sources/source.js'
import { openLmdbState, openMemoryState, type StateStore } from '../state/index.js'
import { type EventType, hubTypes, TypeRegistry } from '../types/index.js'
import type { HubConfig } from './config.js'
import { IdleCollector } from './idle-collector.js'
import { Listeners, type NetworkListener, type UnixListener } from './listeners.js'
import { methodTable } from './methods/index.js'
import { Refusals } from './refusals.js'
import { cannotReload } from './reload.js'
import { RetentionKeeper, retentionOf } from './retention.js'
import { sourceHost } from './source-host.js'
import { version } from './version.js'

export interface HubOptions {
  config: HubConfig
  runtime: Runtime
  /** Data folder; undefined: everything in memory. */
  data: string | undefined
  /** Configuration file, to be shown. */
  configFile?: string
  sources: SourceDefinition[]
  /** Reads the configuration again. */
  reload?: () => Promise<ReloadReport>
  /** Event types of faces and sources. */
  types: (readonly EventType[])[]
}

/** What a connection leaves behind when it is gone, about. */
const CONNECTION_BYTES = 16 * 1024

/** A running hub. Parts start from the log upwards, and stop the other way round. */
export class Hub {
  readonly bus: Bus
  readonly access: Access
  readonly methods: MethodTable
  readonly retention: RetentionKeeper
  readonly sources: SourceRunner[]
  readonly sourceHost: SourceHost
  readonly #log: EventLog
  readonly #state: StateStore
  readonly #collector: IdleCollector
  readonly #listeners: Listeners
  #stopping: Promise<void> | undefined

  private constructor(
    options: HubOptions,
    log: EventLog,
    state: StateStore,
    bus: Bus,
    access: Access,
    types: TypeRegistry,
  ) {
    const { config, runtime } = options
    this.bus = bus
    this.access = access
    this.#log = log
    this.#state = state
    this.retention = new RetentionKeeper(bus, runtime, retentionOf(config))
    this.sourceHost = sourceHost(bus, state, runtime, access.principal(ADMIN))
    this.sources = options.sources.map((definition) => new SourceRunner(definition, this.sourceHost))
    this.methods = methodTable({
      bus,
      runtime,
      access,
      authorize: access.authorize,
      ...resolver(types, log),
      types,
      name: hostname(),
      started: runtime.now(),
      config: options.configFile,
      data: options.data,
      retention: () => this.retention.policy,
      lastCompaction: () => this.retention.last,
      compact: (policy) => this.retention.compact(policy, 'manual'),
      listeners: () => this.listeners,
      dropped: () => this.dropped,
      sources: () => this.sources.map((source) => source.status()),
      associations: () => sctpAssociations(this.sources),
      reload: options.reload ?? cannotReload,
    })
    const refusals = new Refusals(bus, runtime)
    this.#listeners = new Listeners({
      state,
      config,
      data: options.data,
      runtime,
      bus,
      access,
      methods: this.methods,
      types,
      hub: { name: hostname(), version },
      refused: (error, peer) => refusals.add(error, peer),
    })
    this.#collector = new IdleCollector(
      runtime,
      () => bus.storedBytes + this.native.accepted * CONNECTION_BYTES,
    )
  }

  /** Opens log and state and starts the bus; nobody can reach it before `listen`. */
  static async open(options: HubOptions): Promise<Hub> {
    const { config, runtime } = options
    const types = new TypeRegistry(hubTypes, ...options.types)
    const log = await openLog(options, resolver(types))
    const typing = resolver(types, log)
    const state = await openState(options)
    const access = new Access(config.principals, typing, `host/${tagSegment(hostname())}`)
    await access.open({ bucket: state.bucket('principals'), runtime, oidc: config.oidc })
    const bus = await Bus.open({
      runtime,
      log,
      state,
      authorize: access.authorize,
      ...typing,
      limits: config.limits,
      origin: `hub/${tagSegment(hostname())}`,
    })
    return new Hub(options, log, state, bus, access, types)
  }

  get listeners(): { face: string; address: string; connections: number }[] {
    return this.#listeners.list
  }

  /** Publishes on Salt's sockets that could not be taken, since the start. */
  get dropped(): Listeners['dropped'] {
    return this.#listeners.dropped
  }

  get native(): NativeServer {
    return this.#listeners.native
  }

  /** What whoever started the hub should know. */
  get notes(): readonly string[] {
    return this.#listeners.notes
  }

  async listen(listeners: readonly UnixListener[]): Promise<void> {
    for (const listener of listeners) await this.#listeners.listenUnix(listener)
  }

  /** The addresses of the configuration. */
  listenNetwork(): Promise<void> {
    return this.#listeners.listenNetwork()
  }

  /** Resolves with the address: `http://127.0.0.1:4580`. */
  listenHttp(listener: NetworkListener): Promise<string> {
    return this.#listeners.listenHttp(listener)
  }

  /** The native protocol. Resolves with the address: `tls://127.0.0.1:4581`. */
  listenTcp(listener: NetworkListener): Promise<string> {
    return this.#listeners.listenTcp(listener)
  }

  /** The certificate as its files are now; is it another? Rejects with TCN_TLS_FILES, and then the old one stays. */
  async reloadTls(): Promise<boolean> {
    return this.#listeners.reloadTls()
  }

  /** Announces the hub and starts what feeds it. */
  start(): void {
    const { epoch } = this.bus
    this.bus.emit({ tag: 'hub/started', data: { name: hostname(), version, pid: process.pid, epoch } })
    this.retention.start()
    this.#collector.start()
    for (const source of this.sources) source.start()
  }

  /** No new input; what was accepted is delivered and on the disk; everybody is told. */
  stop(reason = 'asked to stop'): Promise<void> {
    this.#stopping ??= this.#stop(reason)
    return this.#stopping
  }

  async #stop(reason: string): Promise<void> {
    await Promise.all(this.sources.map((source) => source.stop()))
    this.#collector.stop()
    await this.retention.stop()
    await this.#listeners.drain()
    this.bus.emit({ tag: 'hub/stopping', data: { reason } })
    await this.bus.close()
    await this.#listeners.close()
    this.access.close()
    await this.#log.close()
    await this.#state.close()
  }
}

async function openLog({ config, data, runtime }: HubOptions, typing: CompileOptions): Promise<EventLog> {
  if (data === undefined) return openMemoryLog({ runtime, maxBytes: config.log.ring })
  makeDataFolder(data)
  return openLmdbLog({
    runtime,
    ...typing,
    folder: join(data, 'log'),
    ringBytes: config.log.ring,
    segment: segmentOf(config),
  })
}

function makeDataFolder(folder: string): void {
  try {
    makeFolders(folder, 0o700)
  } catch (error) {
    const reason = (error as Error).message
    throw new TocsinError('TCN_FILE_UNWRITABLE', `the data folder cannot be made: ${reason}`, {
      cause: error,
    })
  }
}

function segmentOf({ log }: HubConfig) {
  const { bytes, age } = log.segment
  const usual =
    log.retention.bytes === undefined ? LARGEST_SEGMENT : Math.min(LARGEST_SEGMENT, log.retention.bytes / 10)
  return { bytes: bytes ?? usual, age: age * 1000 }
}

const LARGEST_SEGMENT = 2 ** 30

async function openState({ data, runtime }: HubOptions): Promise<StateStore> {
  return data === undefined
    ? openMemoryState({ runtime })
    : openLmdbState({ runtime, folder: join(data, 'state') })
}

function resolver(types: TypeRegistry, log?: EventLog): CompileOptions {
  return {
    typeOf: (tag) => types.typeOf(tag),
    typeOfBytes: types.typeOfBytes,
    ...(log && { epoch: () => log.epoch }),
  }
}
