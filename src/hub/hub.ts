import type { Access } from '../access/index.js'
import type { Bus } from '../bus/bus.js'
import type { NamedStreams } from '../bus/streams/named-streams.js'
import type { DeviceQueues } from '../devices/device-queues.js'
import type { FaceDefinition, OpenFace } from '../faces/face.js'
import type { Hosts } from '../hosts/hosts.js'
import type { Jobs } from '../jobs/index.js'
import type { MethodTable } from '../methods/method.js'
import type { PartConfig, PartKeys } from '../parts/definition.js'
import type { SourceRunner } from '../sources/runner.js'
import type { SourceHost } from '../sources/source.js'
import type { MetricSample } from '../types/metric.js'
import { type AssembledHub, assemble } from './assembly/assemble.js'
import type { Observers } from './assembly/observers.js'
import type { Report } from './assembly/own-events.js'
import type { ConfigurationControl } from './config/control.js'
import type { HubConfig } from './config/index.js'
import type { HubOptions } from './hub-options.js'
import type { SharedLog } from './own-log/shared-log.js'
import type { Rules } from './parts/rules.js'
import type { Sinks } from './parts/sinks.js'
import type { RetentionKeeper } from './storage/retention.js'
import { tlsFiles } from './tls.js'
import type { TypePackages } from './types/type-packages.js'

/** A running hub. Its parts start from the log upwards and stop in the reverse order. */
export class Hub {
  readonly bus: Bus
  readonly access: Access
  readonly jobs: Jobs
  /** The event types of files. */
  readonly packages: TypePackages
  readonly methods: MethodTable
  readonly retention: RetentionKeeper
  readonly sources: SourceRunner[]
  readonly sourceHost: SourceHost
  readonly sinks: Sinks
  readonly rules: Rules
  readonly streams: NamedStreams
  readonly hubLog: SharedLog
  readonly observers: Observers
  /** Publishes an event of the hub itself, and writes its line. False if the log did not store it. */
  readonly report: Report
  readonly #parts: AssembledHub

  private constructor(parts: AssembledHub) {
    const { core, shelves } = parts
    this.bus = core.bus
    this.access = core.access
    this.jobs = core.jobs
    this.packages = core.packages
    this.hubLog = core.hubLog
    this.methods = parts.methods
    this.retention = shelves.retention
    this.sources = shelves.sources
    this.sourceHost = shelves.sourceHost
    this.sinks = shelves.sinks
    this.rules = shelves.rules
    this.streams = shelves.streams
    this.observers = parts.observers
    this.report = parts.report
    this.#parts = parts
  }

  /** Opens log and state and starts the bus. The hub cannot be reached before `listen`. */
  static async open(options: HubOptions): Promise<Hub> {
    return new Hub(await assemble(options))
  }

  get pushes(): DeviceQueues {
    return this.#parts.shelves.pushes
  }

  get hosts(): Hosts {
    return this.#parts.shelves.hosts
  }

  /** Lets methods change the configuration. Without it, they are refused. */
  configure(control: ConfigurationControl): void {
    this.#parts.configure(control)
  }

  /** Returns a link with which the user who has started the hub logs in to its console; undefined without one. */
  loginLink(): string | undefined {
    return this.#parts.faces.loginLink()
  }

  /** The listeners of all open faces. */
  get listeners(): { face: string; address: string; connections: number }[] {
    return this.#parts.faces.listeners
  }

  /** Notes about the start for the operator. */
  get notes(): readonly string[] {
    return this.#parts.notes.list
  }

  /** The limits in force. Bus and faces look them up when they need them, so a reload changes them in place. */
  get limits(): HubConfig['limits'] {
    return this.#config.limits
  }

  /** Yields the metrics of everything that runs. */
  samples(): Iterable<MetricSample> {
    return this.#parts.lifecycle.samples()
  }

  /** Opens all faces that the configuration enables, and the observers that it wants before them. */
  async listen(): Promise<void> {
    await this.#parts.openObservers.apply(this.#config)
    await this.#parts.faces.apply(this.#config)
  }

  /** Opens a face with its own configuration, in addition to those that `listen` opens. */
  open<Keys extends PartKeys>(
    face: FaceDefinition<Keys>,
    config: PartConfig<Keys>,
  ): Promise<OpenFace | undefined> {
    return this.#parts.faces.open(face, config)
  }

  /** Opens, changes and closes faces and observers after changes of their keys. Rejects if one of them cannot begin. */
  async applyFaces(config: HubConfig, changed: readonly string[]): Promise<void> {
    await this.#parts.openObservers.apply(config)
    await this.#parts.faces.apply(config, changed)
  }

  /** Ends the observers that a change has closed, and says goodbye to the clients of faces: it will not be undone. */
  settleFaces(): void {
    this.#parts.openObservers.settle()
    this.#parts.faces.settle()
  }

  /**
   * Reads all certificates again, from the files that the configuration names; true if one has changed. Rejects with
   * TCN_TLS_FILES, and keeps the old ones then.
   */
  async reloadTls({ listen }: HubConfig = this.#config): Promise<boolean> {
    return this.#parts.certificates.reload(tlsFiles(listen.tls, this.#parts.core.options.data))
  }

  /** Announces the hub, and starts all that acts by itself. Resolves when sinks and rules have begun. */
  start(): Promise<unknown> {
    return this.#parts.lifecycle.start()
  }

  /** Stops the hub: takes no new input, delivers and flushes accepted events, and notifies all clients. */
  stop(reason = 'asked to stop'): Promise<void> {
    return this.#parts.lifecycle.stop(reason)
  }

  get #config(): HubConfig {
    return this.#parts.core.options.config
  }
}
