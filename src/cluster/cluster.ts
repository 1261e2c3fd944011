import type { SharedGates } from '../bus/shared-gates.js'
import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { type Cancel, endedInTime, STOP_MS, withTimeout } from '../event/runtime.js'
import type { Retention } from '../log/event-log.js'
import { openJetStreamLog } from '../log/jetstream/engine.js'
import type { JetStreamLog } from '../log/jetstream/jetstream-log.js'
import type { Lease } from '../log/jetstream/log-options.js'
import { JetStreamApi } from '../storage/nats/jetstream-api.js'
import type { NatsLink } from '../storage/nats/link.js'
import { toNatsError } from '../storage/nats/nats-error.js'
import { openNatsLink } from '../storage/nats/open-link.js'
import { stopTime } from '../storage/nats/stop-time.js'
import { AppendQueue } from './append/append-queue.js'
import { Intake } from './append/intake.js'
import { ClusterLog } from './cluster-log.js'
import { type ClusterEvents, type ClusterOptions, silent } from './cluster-options.js'
import { Election } from './election.js'
import { FullStorage } from './full-storage.js'
import type { ClusterGates } from './gates/cluster-gates.js'
import { connectGates } from './gates/connect-gates.js'
import { HubCalls } from './hub-calls.js'
import { HubExchange } from './hub-exchange.js'
import { type LeaseRecord, NatsLeaseBucket } from './lease-bucket.js'
import { Members } from './members.js'
import { checkVersions, type OldServer } from './server-versions.js'
import { askServers, type Servers } from './servers.js'
import { clusterStreams } from './streams.js'

/** Time until publishers get an error. Servers of NATS need 13 s to elect a leader; commands give up after 30 s. */
const DEADLINE_MS = 25_000
/** Time for another hub to be the primary, ms. */
const SUCCESSION_MS = 30_000
/** Time for a holder of the lease to begin its term, ms. NATS needs up to 13 s to elect a leader of the stream. */
const LEAD_MS = 15_000
/** Pause before a primary whose term has ended stands again, so that others go first, ms. */
const REST_MS = 2500

/** One of several hubs with the same log: takes part in the election of the primary, and appends through it. */
export class Cluster {
  readonly log: ClusterLog
  readonly self: Omit<LeaseRecord, 'term'>
  readonly link: NatsLink
  readonly members: Members
  readonly exchange: HubExchange
  /** Servers of NATS that this hub uses although they are too old. */
  readonly old: readonly OldServer[]
  /** Returns the retention of the log by the configuration of this hub. */
  retention: (() => Retention) | undefined
  readonly #options: ClusterOptions
  readonly #calls: HubCalls
  readonly #log: JetStreamLog
  readonly #queue: AppendQueue
  readonly #election: Election
  /** End what this hub listens to. */
  readonly #endings: Cancel[]
  #events: ClusterEvents = silent
  #gates: ClusterGates | undefined
  #lastOf: (key: string) => number = () => 0
  #intake: { term: number; intake: Intake; endings: Cancel[] } | undefined
  /** The hub that leads, as far as this one knows. */
  #primary: LeaseRecord | undefined
  #stopping: Promise<void> | undefined
  readonly #storage: FullStorage
  /** Why this hub does not begin its term, if the stream lacks what a hub has. */
  #short: TocsinError | undefined
  /** Called with each primary. */
  readonly #awaited = new Set<(primary: LeaseRecord) => void>()

  private constructor(options: ClusterOptions, link: NatsLink, log: JetStreamLog, old: readonly OldServer[]) {
    this.old = old
    const { runtime, nats, cluster, hostname } = options
    const { name = hostname, address, ttl } = cluster
    const id = Buffer.from(runtime.random(8)).toString('hex')
    this.#options = options
    this.#storage = new FullStorage(runtime)
    this.link = link
    this.#calls = new HubCalls(link, nats.prefix)
    this.#log = log
    this.self = { id, name, ...(address && { address }) }
    const { maxBytes, deadlineMs = DEADLINE_MS } = options
    this.#queue = new AppendQueue({ link, hub: id, maxBytes, deadlineMs, obstacle: () => this.full })
    this.log = new ClusterLog(log, this.#queue, { hub: id, runtime, heard: () => this.members.heard() })
    this.#election = new Election({
      runtime,
      bucket: new NatsLeaseBucket(link, { prefix: nats.prefix, replicas: nats.replicas, ttl }),
      self: this.self,
      won: (lease) => void this.#lead(lease),
      lost: () => {
        this.#end(undefined)
        log.endTerm()
        this.#announce(0, 'free')
      },
      seen: (record) => this.#see(record),
      failed: (error) => this.#noteHindered(error),
      isAbsent: (holder) => this.#calls.isAbsent(holder),
    })
    log.onTermEnd((error) => {
      this.#end(error)
      this.#election.stepDown(REST_MS)
    })
    log.onHindered((error) => this.#noteHindered(error))
    log.onDoubt({
      short: (error) => this.#noteShort(error),
      diverged: (range) => this.#events.diverged(range),
      expired: (range) => this.#events.expired(range),
    })
    log.onStored(() => this.#noteStored())
    log.onReplaced(() => {
      this.log.replaced()
      this.#events.replaced()
    })
    this.members = new Members({
      link,
      prefix: nats.prefix,
      replicas: nats.replicas,
      self: () => ({
        ...this.self,
        version: options.version,
        position: log.last,
        term: this.term,
        ...(this.#storage.error && { isFull: true as const }),
        ...(this.#gates && { gates: this.#gates.names }),
        ...(this.retention && { retention: this.retention() }),
      }),
    })
    this.exchange = new HubExchange({ link, calls: this.#calls, members: this.members, self: id })
    this.#endings = [
      () => this.exchange.close(),
      this.#calls.onAnnounced('primary', (record) => this.#announced(record)),
      this.#calls.onAnnounced('free', (record) => {
        this.#announced(record)
        this.#election.look()
      }),
    ]
  }

  /** Opens the log, and connects to NATS once more for everything else. */
  static async open(options: ClusterOptions): Promise<Cluster> {
    const { nats, runtime, openLink = openNatsLink } = options
    const link = await openLink(nats, runtime)
    let log: JetStreamLog | undefined
    try {
      const old = await checkVersions({ link, nats, runtime, openLink })
      log = await openJetStreamLog(options)
      const cluster = new Cluster(options, link, log, old)
      cluster.#endings.push(await cluster.#calls.takeName(cluster.self.name))
      return cluster
    } catch (thrown) {
      await log?.close()
      await link.close()
      throw toNatsError(thrown)
    }
  }

  /** The hub that leads; undefined if none is known. */
  get primary(): LeaseRecord | undefined {
    return this.#primary
  }

  /** True if this hub is the primary. Without a connection to NATS it knows nothing: others soon take it for gone. */
  get isPrimary(): boolean {
    return this.#intake !== undefined && this.#election.isHeld && this.link.isConnected
  }

  /** The term that this hub leads; 0 if it leads none. */
  get term(): number {
    return this.#intake?.term ?? 0
  }

  /** Why this hub cannot take part in elections, or have events stored, if it cannot. */
  get fault(): TocsinError | undefined {
    return this.full ?? this.#short ?? this.#election.fault ?? this.members.fault ?? this.log.stats.fault
  }

  /** True if the stream ends before what a hub has delivered. */
  get isShort(): boolean {
    return this.#short !== undefined
  }

  /** The error that keeps every hub from storing events, if NATS has no room for more. */
  get full(): TocsinError | undefined {
    if (this.#storage.error !== undefined) return this.#storage.error
    const id = this.#primary?.id
    const witness = this.members.list.find((hub) => hub.isFull && (id === undefined || id === hub.id))
    return (
      witness && new TocsinError('TCN_NATS_FULL', `the storage of NATS is full, as ${witness.name} finds`)
    )
  }

  #noteHindered(error: TocsinError): void {
    if (error.code === 'TCN_NATS_FULL') this.#storage.refused(error)
    if (error.code === 'TCN_NATS_SHORT') this.#short = error
  }

  /** The primary cannot append either: another leader of the stream may have what this one lacks. */
  #noteShort(error: TocsinError | undefined): void {
    this.#short = error
    if (error !== undefined && this.isPrimary) this.#askForOtherLeader()
  }

  #noteStored(): void {
    if (this.#storage.stored()) this.members.tell()
  }

  /** Events that wait for a primary. */
  get waiting(): number {
    return this.#queue.length
  }

  /** Lets the subscribers of gates at each hub answer the events of all hubs. */
  shareGates(gates: SharedGates): void {
    const { link, members, self } = this
    const subjectOf = (hub: string) => this.#calls.subject(`gates.${hub}`)
    const { shared, close } = connectGates({ link, members, self: self.id, subjectOf }, gates)
    this.#gates = shared
    this.#endings.push(close)
  }

  /** Begins to stand for election. `lastOf` returns the last stored counter of a producer. */
  start(lastOf: (key: string) => number, events: Partial<ClusterEvents> = {}): void {
    this.#lastOf = lastOf
    this.#events = { ...silent, ...events }
    this.members.start({
      arrived: (member) => {
        this.#gates?.arrived(member)
        this.#events.arrived(member)
      },
      moved: (member) => this.#events.moved(member),
      died: (member, reason) => {
        this.#gates?.died(member, reason)
        this.#events.died(member, reason)
      },
      wasSilent: (member, ms) => this.#gates?.wasSilent(member, ms),
    })
    this.#election.start()
  }

  servers(): Promise<Servers> {
    const { nats, cluster } = this.#options
    return askServers(this.link, nats.stream, clusterStreams(nats, cluster))
  }

  /** Asks a primary whether it is there. Rejects with TCN_CLUSTER_NO_PRIMARY. */
  greet(primary: LeaseRecord): Promise<void> {
    return this.#calls.greet(primary)
  }

  /** Lets another hub be the primary, and resolves with it and with the one before it. Any hub may be asked. */
  async stepDown(): Promise<{ before: LeaseRecord; after: LeaseRecord }> {
    const before = this.#primary
    if (before === undefined) throw new TocsinError('TCN_CLUSTER_NO_PRIMARY', 'no hub is the primary')
    if (this.members.list.length < 2) throw new TocsinError('TCN_CLUSTER_ALONE')
    const after = this.#nextAfter(before.term)
    try {
      if (before.id === this.self.id) this.#yield()
      else await this.#calls.askToStepDown(before)
      return { before, after: await withTimeout(this.#options.runtime, SUCCESSION_MS, after.found) }
    } catch (thrown) {
      throw new TocsinError('TCN_CLUSTER_NO_PRIMARY', messageOf(thrown), { cause: thrown })
    } finally {
      after.cancel()
    }
  }

  /** Stores what was published, gives the lease back, and closes the log. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    // An entry that has waited longer is not waited for.
    if (this.#queue.age < STOP_MS) await endedInTime(this.#options.runtime, this.#queue.settled())
    const { term } = this
    this.#end(undefined)
    // Without a connection, the lease ends by itself.
    await endedInTime(this.#options.runtime, this.#election.stop(), stopTime(this.link))
    this.members.stop(term)
    endAll(this.#endings)
    await this.log.close()
    await this.link.close()
  }

  async #lead(lease: Lease): Promise<void> {
    const cancel = this.#options.runtime.after(LEAD_MS, () => this.#giveUp(lease))
    try {
      // A hub that was cut off until now does not know how far the others have come. An empty stream lacks nothing.
      await (this.#log.last > 0 ? this.members.inStep() : this.members.heard())
      if (!lease.isHeld()) return
      const term = await this.#log.lead(lease, () => this.members.furthest)
      if (!lease.isHeld()) return
      const subject = this.#calls.subject(`append.${term}`)
      const intake = new Intake({ link: this.link, log: this.#log, subject, lastOf: this.#lastOf })
      const endings = [this.#calls.onStepDown(term, () => this.#yield()), this.#calls.onGreet(term)]
      this.#intake = { term, intake, endings }
      this.#see({ ...this.self, term })
      this.#election.lead(term)
      this.#announce(term)
      this.#events.leads(term)
    } catch {
      // A lease that was lost meanwhile may have been won again.
      if (lease.isHeld()) this.#election.stepDown(REST_MS)
    } finally {
      cancel()
      this.#short = undefined
    }
  }

  /** Perhaps another hub can lead, or the stream or the bucket of the members has a leader that does not store anything. */
  #giveUp(lease: Lease): void {
    if (!lease.isHeld()) return
    this.members.mend()
    this.#askForOtherLeader()
    this.#election.stepDown(REST_MS)
  }

  /** Asks the servers of NATS for another leader of the stream. */
  #askForOtherLeader(): void {
    void new JetStreamApi(this.link).leaveLead(this.#options.nats.stream).catch(() => undefined)
  }

  #yield(): void {
    this.#end(undefined)
    this.#election.stepDown()
  }

  /** The first primary with a later term than this one. */
  #nextAfter(term: number): { found: Promise<LeaseRecord>; cancel: Cancel } {
    let cancel: Cancel = () => undefined
    const found = new Promise<LeaseRecord>((resolve) => {
      const look = (primary: LeaseRecord) => {
        if (primary.term > term) resolve(primary)
      }
      this.#awaited.add(look)
      cancel = () => this.#awaited.delete(look)
    })
    return { found, cancel }
  }

  #end(reason: TocsinError | undefined): void {
    if (this.#intake === undefined) return
    const { term, intake, endings } = this.#intake
    intake.close()
    endAll(endings)
    this.#intake = undefined
    this.#see(undefined)
    this.#announce(0)
    this.#events.leadsNoMore(term, reason)
  }

  /** `free`: the lease is free, for whoever looks at it. A look before that would find who has just ceased to lead. */
  #announce(term: number, how: 'primary' | 'free' = 'primary'): void {
    this.members.tell()
    this.#calls.announce({ ...this.self, term }, how)
  }

  #announced(record: LeaseRecord): void {
    if (record.id === this.self.id) return
    if (record.term > 0) this.#see(record)
    else if (record.id === this.#primary?.id) this.#see(undefined)
  }

  /** Appends through the hub that leads. */
  #see(record: LeaseRecord | undefined): void {
    const own = this.#intake
    const next =
      own !== undefined ? { ...this.self, term: own.term } : record?.term === 0 ? undefined : record
    // If two hubs say that they lead, the later term counts.
    if (next !== undefined && next.term < (this.#primary?.term ?? 0)) return
    if (next?.term === this.#primary?.term) return
    this.#primary = next
    this.#queue.primary =
      own !== undefined
        ? { intake: own.intake }
        : next && { subject: this.#calls.subject(`append.${next.term}`) }
    this.#events.primary(next)
    if (next !== undefined) for (const look of this.#awaited) look(next)
  }
}

function endAll(endings: readonly Cancel[]): void {
  for (const end of endings) end()
}
