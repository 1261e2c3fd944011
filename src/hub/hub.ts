import { hostname } from 'node:os'
import { join } from 'node:path'
import { Access, ADMIN, Sessions } from '../access/index.js'
import type { OwnEvent } from '../bus/api.js'
import { Bus } from '../bus/bus.js'
import { NamedStreams } from '../bus/streams/named-streams.js'
import { ConfigObservers } from '../config/store/observer.js'
import { toTocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import { tagSegment } from '../event/tag.js'
import type { FaceConfig, FaceDefinition, FaceKeys, OpenFace } from '../faces/face.js'
import { Budgets } from '../faces/shared/budget.js'
import { Jobs } from '../jobs/index.js'
import type { EventLog } from '../log/index.js'
import { Edges } from '../methods/edges.js'
import { allMethods, type MethodContext } from '../methods/index.js'
import { type MethodTable, methodTable } from '../methods/method.js'
import { OpenDiffs } from '../methods/ncs.js'
import { ViewStore } from '../methods/view-store.js'
import { Reporting } from '../observers/reporting.js'
import { Hooks } from '../protocols/webhook/hooks.js'
import { SourceRunner } from '../sources/runner.js'
import type { SourceHost } from '../sources/source.js'
import type { StateStore } from '../state/index.js'
import { hubTypes, TypeRegistry } from '../types/index.js'
import type { MetricSample } from '../types/metric.js'
import { Audit } from './audit.js'
import { ClockDoubt } from './clock-doubt.js'
import type { HubConfig } from './config/index.js'
import { configurationOf } from './config-store/access.js'
import { crashOf } from './crash.js'
import { Damage, reportLog, reportLostState } from './damage.js'
import { writeDebugLines } from './debug-lines.js'
import { maxFrameOf, OpenFaces } from './faces.js'
import { HaAnnouncements } from './ha-announcements.js'
import { HubHistory, historyReading } from './history.js'
import { HubCluster, nameOf } from './hub-cluster.js'
import type { HubOptions } from './hub-options.js'
import { CONNECTION_BYTES, IdleCollector } from './idle-collector.js'
import { writeLine } from './log-lines.js'
import { metricsMethods } from './metrics/method.js'
import { Metrics } from './metrics/metrics.js'
import { fewFiles, filesForConnections } from './open-files.js'
import { hasPast, lastTimeOf, openLog, openState, resolver, sharingOf } from './open-storage.js'
import { Refusals } from './refusals.js'
import { cannotReload } from './reload.js'
import { RetentionKeeper, reportedCompaction, retentionOf } from './retention.js'
import { type Rules, rulesOf } from './rules.js'
import { SharedLog } from './shared-log.js'
import { type Sinks, sinksOf } from './sinks.js'
import { sourceHost } from './source-host.js'
import { sourceInfo } from './source-info.js'
import { Supervisor } from './supervisor.js'
import { Certificates, tlsFiles } from './tls.js'
import { TypePackages } from './type-packages.js'
import { version } from './version.js'
import { Watchdog } from './watchdog.js'

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
  readonly audit: Audit
  readonly hubLog: SharedLog
  /** The reports about requests and work while somebody subscribes to them. */
  readonly reporting: Reporting
  readonly streams: NamedStreams
  /** Parts that are told of everything that happens to the configuration. */
  readonly configObservers = new ConfigObservers()
  readonly hooks = new Hooks((name) => this.sources.some((source) => source.name === `webhook/${name}`))
  readonly sessions: Sessions
  /** The hubs that forward their events to this one. */
  readonly edges: Edges
  readonly #log: EventLog
  readonly #state: StateStore
  /** Parts that act by themselves from the start to the stop, and wait for nothing. */
  readonly #upkeep: readonly { start(): void; stop(): void }[]
  readonly #cluster: HubCluster | undefined
  readonly #announcements: HaAnnouncements
  readonly #config: HubConfig
  readonly #data: string | undefined
  readonly #runtime: Runtime
  readonly #faces: OpenFaces
  readonly #certificates: Certificates
  readonly #notes: string[] = []
  readonly #damage: Damage
  readonly #crash: OwnEvent | undefined
  readonly #watchdog: Watchdog
  readonly #supervisor: Supervisor
  #isStarted = false
  #endDebugLines: () => void = () => undefined
  #starting: Promise<unknown> | undefined
  #stopping: Promise<void> | undefined

  private constructor(
    options: HubOptions & { cluster: HubCluster | undefined; clock: ClockDoubt; lastTime?: number },
    log: EventLog,
    state: StateStore,
    bus: Bus,
    access: Access,
    jobs: Jobs,
    types: TypeRegistry,
    packages: TypePackages,
    damage: Damage,
  ) {
    const { config, runtime } = options
    this.bus = bus
    this.hubLog = SharedLog.over(options.hubLog)
    this.access = access
    this.packages = packages
    this.jobs = jobs
    this.#log = log
    this.reporting = new Reporting(runtime)
    this.audit = new Audit(runtime, this.report)
    bus.consumers.onCreated = (...created) => this.audit.consumerCreated(...created)
    this.sessions = new Sessions(runtime)
    this.edges = new Edges(runtime, this.report)
    this.#announcements = new HaAnnouncements(runtime, () => this.limits.gateDeadline)
    this.#state = state
    this.#damage = damage
    this.streams = new NamedStreams(config.streams)
    this.#crash = crashOf(log, options.lastTime)
    this.#supervisor = new Supervisor(runtime, this.report)
    this.#watchdog = Watchdog.ofProcess(runtime, config.process.watch)
    this.retention = new RetentionKeeper(
      { compact: reportedCompaction(bus, this.reporting.progress), emit: this.report },
      runtime,
      retentionOf(config),
      options.clock,
    )
    const isPrimary = () => options.cluster?.isOnDuty ?? true
    const member = options.cluster && { name: nameOf(config), isPrimary }
    const reader = access.principal(ADMIN)
    this.sourceHost = sourceHost(bus, this.hubLog, state, runtime, this.hooks, reader, member)
    this.sources = options.sources.map((definition) => new SourceRunner(definition, this.sourceHost))
    const parts = { bus, access, jobs, runtime, state, report: this.report }
    this.rules = rulesOf({ ...parts, types: resolver(types, log), isPrimary }, config)
    this.sinks = sinksOf({ ...parts, types, metrics: () => metrics.families() }, this.rules.sinksFor(config))
    const diffs = new OpenDiffs()
    const context: MethodContext = {
      bus,
      runtime,
      access,
      jobs,
      authorize: access.authorize,
      ...resolver(types, log),
      types,
      name: nameOf(config),
      version,
      started: runtime.now(),
      config: options.configFile,
      data: options.data,
      faults: () => this.#supervisor.faults,
      damage: () => damage.texts,
      retention: () => this.retention,
      streams: this.streams,
      sinks: this.sinks,
      rules: this.rules,
      compact: (policy, parent) => this.retention.compact(policy, 'manual', parent),
      listeners: () => this.listeners,
      edges: () => this.edges.list(),
      sources: () => this.sources.map((source) => sourceInfo(source.status())),
      inspect: (name) => this.sources.find((source) => source.name === name)?.inspect() ?? [],
      cluster: options.cluster,
      loop: () => this.#watchdog.info,
      history: (since) => history.since(since),
      samples: () => this.samples(),
      reload: options.reload ?? cannotReload,
      reloadHub: options.reloadHub ?? cannotReload,
      configuration: () => configurationOf(options.configuration?.()),
      diffs,
      views: new ViewStore(state.bucket('views'), runtime, (name) => access.find(name) !== undefined),
      progress: this.reporting.progress,
    }
    const metrics = new Metrics(context)
    this.methods = methodTable([...allMethods(context), ...metricsMethods(metrics)])
    this.#cluster = options.cluster
    this.#config = config
    this.#data = options.data
    this.#runtime = runtime
    this.#certificates = new Certificates(tlsFiles(config.listen.tls, options.data))
    const budgets = new Budgets(config.limits, {}, filesForConnections(options.openFiles))
    this.#notes.push(...fewFiles(options.openFiles, budgets.maxConnections, config.limits.connections))
    const refusals = new Refusals(this.report, runtime)
    this.#faces = new OpenFaces({
      runtime,
      bus,
      publish: this.report,
      access,
      methods: this.methods,
      types,
      state,
      observers: {
        config: this.configObservers,
        observeAudits: (observer) => this.audit.observe(observer),
        observeHa: (observer) => this.#announcements.observe(observer),
        gates: bus.gates,
        diffs,
        ownLog: this.hubLog,
      },
      sessions: this.sessions,
      edges: this.edges,
      streams: this.streams,
      hooks: this.hooks,
      hub: { name: nameOf(config), version },
      maxFrame: maxFrameOf(config, log),
      budgets,
      mayRunJobs: (principal) => jobs.isOn && access.authorize(principal, 'run'),
      certificate: (own) => this.#certificates.listen(own),
      refused: (error, peer) => refusals.add(error, peer),
      reporting: this.reporting,
      called: (outcome, face) => this.audit.called(outcome, face),
      note: (text) => this.#note(text),
    })
    const used = () => bus.storedBytes + bus.readBytes + budgets.acceptedConnections * CONNECTION_BYTES
    const collector = new IdleCollector(runtime, used, config.process.memory)
    const history = new HubHistory(runtime, () => historyReading(bus))
    this.#upkeep = [collector, this.#watchdog, this.#supervisor, history]
  }

  /** Opens log and state and starts the bus. The hub cannot be reached before `listen`. */
  static async open(given: HubOptions): Promise<Hub> {
    const options = { ...given, hubLog: SharedLog.over(given.hubLog) }
    const { config, runtime } = options
    const types = new TypeRegistry(hubTypes, ...options.types)
    const packages = new TypePackages(types)
    // A hub must not stay down because of a file that only describes events.
    const typeFault = await packages.load(config.types.folder).then(
      () => undefined,
      (error) => toTocsinError(error, 'TCN_INTERNAL'),
    )
    const damage = new Damage(options.data ?? '', options.hubLog)
    const cluster = options.openLog ? undefined : await HubCluster.open(options, resolver(types))
    const log = cluster?.log ?? (await (options.openLog?.() ?? openLog(options, resolver(types))))
    reportLog(log, damage)
    const lastTime = await lastTimeOf(log)
    const typing = resolver(types, log)
    const state = await openState({ ...options, obstacle: () => cluster?.full }, damage)
    if (options.data !== undefined && state.isNew && hasPast(log)) {
      reportLostState(join(options.data, 'state'), cluster?.buckets, damage)
    }
    const access = new Access(config.principals, typing, `host/${tagSegment(hostname())}`)
    let hub: Hub | undefined
    await access.open({
      bucket: state.bucket('principals'),
      runtime,
      oidc: config.oidc,
      loginRefused: (refusal) => hub?.audit.loginRefused(refusal),
    })
    const clock = await ClockDoubt.open(runtime, state.bucket('meta'), lastTime)
    const common = { runtime, believedTime: clock.believedTime, authorize: access.authorize }
    const bus = await Bus.open({
      ...common,
      log,
      state,
      ...typing,
      limits: config.limits,
      origin: `hub/${tagSegment(nameOf(config))}`,
      sharing: sharingOf(log, config),
    })
    cluster?.share(bus)
    const jobs = await Jobs.open({
      ...common,
      config: config.jobs,
      bucket: state.bucket('jobs'),
      folder: options.data && join(options.data, 'jobs'),
      publish: (event) => !bus.suspended && !bus.closing && bus.emit(event),
    })
    const all = { ...options, cluster, clock, lastTime }
    hub = new Hub(all, log, state, bus, access, jobs, types, packages, damage)
    if (typeFault !== undefined)
      hub.#notes.push(`no event types of files: ${typeFault.message} (${typeFault.code})`)
    return hub
  }

  /** Returns a link with which the user who has started the hub logs in to its console; undefined without one. */
  loginLink(): string | undefined {
    return this.#faces.loginLink()
  }

  /** The listeners of all open faces. */
  get listeners(): { face: string; address: string; connections: number }[] {
    return this.#faces.listeners
  }

  /** Notes about the start for the operator. */
  get notes(): readonly string[] {
    return [...this.#notes, ...(this.#cluster?.notes ?? []), ...this.#damage.texts]
  }

  /** The limits in force. Bus and faces look them up when they need them, so a reload changes them in place. */
  get limits(): HubConfig['limits'] {
    return this.#config.limits
  }

  /** Yields the metrics of faces and sources. */
  *samples(): Iterable<MetricSample> {
    const parts = [this.#faces, this.#watchdog, this.#supervisor, this.edges]
    for (const each of [...parts, ...this.sources, this.sinks, this.rules]) yield* each.samples()
    yield* this.#cluster?.samples() ?? []
  }

  /** Opens all faces that the configuration enables. */
  listen(): Promise<void> {
    return this.#faces.apply(this.#config)
  }

  /** Opens a face with its own configuration, in addition to those that `listen` opens. */
  open<Keys extends FaceKeys>(
    face: FaceDefinition<Keys>,
    config: FaceConfig<Keys>,
  ): Promise<OpenFace | undefined> {
    return this.#faces.open(face, config)
  }

  /** Opens, changes and closes faces after changes of their keys. Rejects, and changes nothing, if one cannot listen. */
  applyFaces(config: HubConfig, changed: readonly string[]): Promise<void> {
    return this.#faces.apply(config, changed)
  }

  /** Says goodbye to the clients of faces that a change has closed: it will not be undone. */
  settleFaces(): void {
    this.#faces.settle()
  }

  /**
   * Reads all certificates again, from the files that the configuration names; true if one has changed. Rejects with
   * TCN_TLS_FILES, and keeps the old ones then.
   */
  async reloadTls({ listen }: HubConfig = this.#config): Promise<boolean> {
    return this.#certificates.reload(tlsFiles(listen.tls, this.#data))
  }

  /** Announces the hub, and starts all that acts by itself. Resolves when sinks and rules have begun. */
  start(): Promise<unknown> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  #start(): Promise<unknown> {
    const { epoch } = this.bus
    this.#isStarted = true
    this.bus.emit({
      tag: 'hub/started',
      data: { name: nameOf(this.#config), version, pid: process.pid, epoch },
    })
    if (this.#crash !== undefined) this.report(this.#crash)
    // Not in the middle of the read that has met the damage.
    this.#damage.announce((event) => this.#runtime.soon(() => this.bus.closing || this.bus.emit(event)))
    this.#cluster?.start(this, this.#announcements)
    this.jobs.start()
    const counting = this.#cluster?.shareRetention(() => this.retention.policy)
    this.retention.start(() => this.#cluster?.isOnDuty ?? true, counting)
    for (const each of this.#upkeep) each.start()
    this.#endDebugLines = writeDebugLines(this.hubLog)
    for (const source of this.sources) source.start()
    return Promise.all([this.sinks.start(), this.rules.start()])
  }

  /** Publishes an event of the hub itself, and writes its line. False if the log did not store it. */
  readonly report = (event: OwnEvent, stored?: () => void, failed?: () => void): boolean => {
    writeLine(this.hubLog, event)
    return !this.bus.closing && this.bus.emit(event, stored, failed)
  }

  /** Stops the hub: takes no new input, delivers and flushes accepted events, and notifies all clients. */
  stop(reason = 'asked to stop'): Promise<void> {
    this.#stopping ??= this.#stop(reason)
    return this.#stopping
  }

  /** After the start, nobody reads the notes about it. */
  #note(text: string): void {
    if (this.#isStarted) this.hubLog.write('warn', text)
    else this.#notes.push(text)
  }

  async #stop(reason: string): Promise<void> {
    this.#cluster?.leave()
    await this.rules.stop()
    await Promise.all([this.jobs.stop(), this.sinks.stop(), ...this.sources.map((source) => source.stop())])
    for (const each of this.#upkeep) each.stop()
    this.#endDebugLines()
    await this.retention.stop()
    await this.#faces.drain()
    this.bus.emit({ tag: 'hub/stopping', data: { reason } })
    await this.bus.close()
    await this.#faces.close()
    this.access.close()
    await (this.#cluster?.stop() ?? this.#log.close())
    await this.#state.close()
  }
}
