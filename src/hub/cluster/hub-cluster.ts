import { hostname } from 'node:os'
import { join } from 'node:path'
import type { OwnEvent } from '../../bus/api.js'
import type { Bus } from '../../bus/bus.js'
import { Cluster } from '../../cluster/cluster.js'
import { certificateNotes, memberNotes, serverNotes, widestRetention } from '../../cluster/cluster-notes.js'
import { clusterConfig } from '../../cluster/config.js'
import type { HubQuestion, HubReply } from '../../cluster/hub-questions.js'
import type { LeaseRecord } from '../../cluster/lease-bucket.js'
import type { Member } from '../../cluster/members.js'
import { versionNotes } from '../../cluster/server-versions.js'
import { type SilentHub, SilentHubs } from '../../cluster/silent-hubs.js'
import { verifyStreams } from '../../cluster/verify/verify-streams.js'
import { type ErrorCode, TocsinError } from '../../errors/tocsin-error.js'
import { type Cancel, STOP_MS } from '../../event/runtime.js'
import type { CompileOptions } from '../../filter/index.js'
import type { Retention, SeqRange } from '../../log/event-log.js'
import { jetstreamEngine } from '../../log/jetstream/engine.js'
import { EdgesElsewhere, edgesForOthers } from '../../methods/asking/edges-elsewhere.js'
import type { ClusterControl } from '../../methods/cluster.js'
import type {
  ClusterNode,
  ClusterReport,
  ClusterStatus,
  StepDownReport,
} from '../../methods/contract/index.js'
import type { Edges } from '../../methods/edges.js'
import { type NatsConfig, natsConfig } from '../../storage/nats/config.js'
import { formatSpan } from '../../types/figures.js'
import type { MetricSample } from '../../types/metric.js'
import type { HubConfig } from '../config/index.js'
import type { StorageOptions } from '../storage/open-storage.js'
import { buildVersion } from './build-version.js'
import type { HaAnnouncements } from './ha-announcements.js'
import { type AnsweringHub, hubAnswers } from './hub-answers.js'

/** Events that wait for a primary, as a multiple of those that publishers may have unflushed. */
const QUEUE_FACTOR = 2

const MAX_UNREPORTED = 1000

/** The hub as one of several with the same log: reports what happens among them, and says whose duty something is. */
export class HubCluster implements ClusterControl {
  readonly #cluster: Cluster
  readonly #names: Pick<NatsConfig, 'prefix' | 'stream'>
  readonly #verify: ClusterControl['verify']
  readonly #arriving = new Map<string, number>()
  readonly #silent = new SilentHubs()
  #cancelLeave: Cancel = () => undefined
  /** Reports what has happened, and resolves when the hub may go on. */
  #say: (event: OwnEvent) => Promise<void> = async () => undefined
  /** The last term whose beginning was answered. */
  #termOnDuty = 0
  #epoch: string
  /** Arrivals and deaths that nobody could report, because there was no primary. */
  #unreported: OwnEvent[] = []

  private constructor(
    cluster: Cluster,
    names: Pick<NatsConfig, 'prefix' | 'stream'>,
    verify: ClusterControl['verify'],
  ) {
    this.#cluster = cluster
    this.#names = names
    this.#verify = verify
    this.#epoch = cluster.log.epoch
  }

  /** Opens the log of the cluster, if the configuration has the engine for it. */
  static async open(
    { config, data, runtime, openLink }: StorageOptions,
    typing: CompileOptions,
  ): Promise<HubCluster | undefined> {
    if (config.log.engine !== jetstreamEngine.name) return undefined
    const nats = config.nats ?? natsConfig.parse({})
    const servers = { runtime, nats, cluster: config.cluster ?? clusterConfig.parse({}), openLink }
    const cluster = await Cluster.open({
      ...typing,
      ...servers,
      config: config.log,
      folder: data === undefined ? '' : join(data, 'log'),
      hostname: hostname(),
      version: buildVersion(),
      maxBytes: () => QUEUE_FACTOR * config.limits.unflushed,
    })
    return new HubCluster(cluster, nats, (call) => verifyStreams({ ...servers, ...call }))
  }

  get log(): Cluster['log'] {
    return this.#cluster.log
  }

  /** The streams of NATS with the state that the hubs share, for people. */
  get buckets(): string {
    return `KV_${this.#names.prefix}_*`
  }

  /** Name of the log that the hubs share. */
  get stream(): string {
    return this.#names.stream
  }

  /** The error that keeps every hub from storing anything, if NATS has no room for more. */
  get full(): TocsinError | undefined {
    return this.#cluster.full
  }

  get isPrimary(): boolean {
    return this.#cluster.isPrimary
  }

  /**
   * True if it is for this hub to do what one hub does for all: it is the primary, and all that want to be waited for
   * have answered that it is.
   */
  get isOnDuty(): boolean {
    return this.isPrimary && this.#termOnDuty === this.#cluster.term
  }

  get name(): string {
    return this.#cluster.self.name
  }

  /** Name of the primary, if this hub knows of one. */
  get primary(): string | undefined {
    return this.#primary?.name
  }

  /** A primary whose lease is over does not lead, and has not found out yet who does. */
  get #primary(): LeaseRecord | undefined {
    const { self, primary } = this.#cluster
    return primary?.id === self.id && !this.isPrimary ? undefined : primary
  }

  /** A hub that has gone without a word may have clients all the same: it is named as one that does not answer. */
  async ask(question: HubQuestion, hub?: string): Promise<HubReply[]> {
    const { runtime } = this.#cluster.link
    const now = runtime.now()
    const silent = this.#silentHubs(this.#nodes()).filter(({ name }) => name === (hub ?? name))
    const unheard = silent.map(({ name, since }): HubReply => {
      const reason = `it has not been heard of for ${formatSpan(now - since)}`
      return { hub: name, asked: now, answered: now, error: new TocsinError('TCN_CLUSTER_NO_ANSWER', reason) }
    })
    return [...(await this.#cluster.exchange.ask(question, hub)), ...unheard]
  }

  /** Before clients can reach the hub: no gate of an event may open without the subscribers of other hubs. */
  share(bus: Bus): void {
    this.#cluster.shareGates(bus.sharedGates)
  }

  /** Takes part in the election, and answers other hubs. `report` publishes an event and writes its line. */
  start(
    hub: AnsweringHub & { readonly bus: Bus; readonly edges: Edges; report(event: OwnEvent): unknown },
    announcements: Pick<HaAnnouncements, 'announce'>,
  ): void {
    const { bus, report } = hub
    this.#say = (event) => {
      report(event)
      return announcements.announce(event)
    }
    const { exchange, link } = this.#cluster
    exchange.shareConsumers(bus.consumers)
    exchange.shareQuestions(hubAnswers(hub))
    exchange.shareEdges(edgesForOthers(hub.edges, hub.access, link.runtime))
    hub.edges.elsewhere = new EdgesElsewhere(exchange, link.runtime, () => this.isPrimary)
    this.#cluster.start((key) => bus.publishers.lastOf(key), {
      leads: (term) => this.#leads(term),
      leadsNoMore: (term, reason) => this.#leadsNoMore(term, reason),
      primary: (record) => this.#follow(record),
      arrived: (member) => this.#arrived(member),
      moved: (member) => this.#moved(member),
      died: (member, reason) => this.#died(member, reason),
      replaced: () => this.#replaced(bus),
      diverged: (range) => this.#diverged(bus, range),
      expired: (range) => bus.subscriptions.expired(range),
    })
  }

  /** Lets another hub be the primary before long, however long this one takes to stop. */
  leave(): void {
    const { runtime } = this.#cluster.link
    const stepDown = () => this.#cluster.stepDown().catch(() => undefined)
    this.#cancelLeave = runtime.after(STOP_MS, () => void (this.isPrimary && stepDown()))
  }

  stop(): Promise<void> {
    this.#cancelLeave()
    return this.#cluster.stop()
  }

  /** Notes for the operator about the servers of NATS, and about the hubs. */
  get notes(): string[] {
    const { old, log, members, link } = this.#cluster
    return [
      ...versionNotes(old),
      ...certificateNotes(link, link.runtime.now()),
      ...log.lost.map(divergedText),
      ...memberNotes(members.list),
    ]
  }

  /** Takes part in deciding what is kept. Returns what counts: no event goes that a hub is to keep. */
  shareRetention(own: () => Retention): () => Retention {
    this.#cluster.retention = own
    return () => {
      const told = this.#cluster.members.list.map(({ retention }) => retention)
      return widestRetention(told.filter((retention) => retention !== undefined))
    }
  }

  status(): ClusterStatus {
    const { self, waiting, fault } = this.#cluster
    const primary = this.#primary
    const role = this.isPrimary ? 'primary' : primary === undefined ? 'waiting' : 'follower'
    const nodes = this.#nodes()
    const silent = this.#silentHubs(nodes)
    return {
      name: self.name,
      role,
      primary: primary?.name,
      term: primary?.term ?? 0,
      waiting,
      fault: fault && `${fault.message} (${fault.code})`,
      ...(this.notes.length > 0 && { notes: this.notes }),
      nodes,
      ...(silent.length > 0 && { silent }),
    }
  }

  async report(): Promise<ClusterReport> {
    const { limits, ...servers } = await this.#cluster.servers()
    const notes = [...serverNotes({ ...servers, limits }), ...this.notes]
    return { ...this.status(), nats: { ...servers, notes } }
  }

  async stepDown(): Promise<StepDownReport> {
    const { before, after } = await this.#cluster.stepDown()
    return { before: before.name, primary: after.name, term: after.term }
  }

  verify(call: Parameters<ClusterControl['verify']>[0]): ReturnType<ClusterControl['verify']> {
    return this.#verify(call)
  }

  *samples(): Iterable<MetricSample> {
    const { primary, waiting, full, isShort, log } = this.#cluster
    const nodes = this.#nodes()
    const own = nodes.find(({ name }) => name === this.#cluster.self.name)
    yield { name: 'tocsin_cluster_is_primary', value: this.isPrimary ? 1 : 0 }
    yield { name: 'tocsin_cluster_has_primary', value: primary === undefined ? 0 : 1 }
    yield { name: 'tocsin_cluster_hubs', value: nodes.length }
    yield { name: 'tocsin_cluster_lag_events', value: own?.lag ?? 0 }
    yield { name: 'tocsin_cluster_waiting_batches', value: waiting }
    yield { name: 'tocsin_cluster_nats_full', value: full === undefined ? 0 : 1 }
    yield { name: 'tocsin_cluster_stream_short', value: isShort ? 1 : 0 }
    yield { name: 'tocsin_cluster_diverged_ranges', value: log.lost.length }
  }

  #nodes(): ClusterNode[] {
    const members = this.#cluster.members.list
    const newest = Math.max(...members.map(({ position }) => position))
    const { primary, self } = this.#cluster
    const leads = (id: string) => primary?.id === id && (id !== self.id || this.isPrimary)
    return members.map(({ id, name, address, version, position }) => ({
      name,
      address,
      version,
      role: leads(id) ? 'primary' : 'follower',
      position,
      lag: newest - position,
    }))
  }

  /** One that has come back is missed under its old id. */
  #silentHubs(nodes: readonly ClusterNode[]): SilentHub[] {
    const all = this.#silent.list(this.#cluster.link.runtime.now())
    return all.filter((hub) => nodes.every(({ name }) => name !== hub.name))
  }

  #leads(term: number): void {
    const { name: hub, address } = this.#cluster.self
    for (const event of this.#unreported.splice(0)) void this.#say(event)
    void this.#say({ tag: 'hub/ha/primary', data: { hub, address, term } }).then(() => {
      this.#termOnDuty = term
    })
  }

  #leadsNoMore(term: number, reason: TocsinError | undefined): void {
    const { name: hub } = this.#cluster.self
    const why = reason && { reason: reason.message, code: reason.code }
    void this.#say({ tag: 'hub/ha/ended', data: { hub, term, ...why } })
  }

  #follow(primary: LeaseRecord | undefined): void {
    if (primary === undefined || this.isPrimary) return
    this.#unreported = []
    void this.#cluster.greet(primary).then(
      () => this.#follows(primary, { result: 'ok' }),
      ({ message: reason, code }: TocsinError) =>
        this.#follows(primary, { result: 'no-answer', reason, code }),
    )
  }

  #follows({ name, term }: LeaseRecord, outcome: object): void {
    if (this.#cluster.primary?.term !== term) return
    const { name: hub } = this.#cluster.self
    void this.#say({ tag: 'hub/ha/follows', data: { hub, primary: name, term, ...outcome } })
  }

  #arrived({ id, name: hub, address, version }: Member): void {
    this.#arriving.set(id, this.#cluster.log.last)
    this.#silent.arrived({ name: hub })
    this.#reportOnce({ tag: 'hub/ha/arrived', data: { hub, address, version } })
  }

  /** The primary reports what happens to the others, and one that comes to lead what happened without a primary. */
  #reportOnce(event: OwnEvent, isOfPrimary = false): void {
    if (this.isPrimary) void this.#say(event)
    else if (this.#unreported.length < MAX_UNREPORTED && (this.#cluster.primary === undefined || isOfPrimary))
      this.#unreported.push(event)
  }

  /** Called when a hub has said where it is. */
  #moved({ id, name: hub, position }: Member): void {
    const awaited = this.#arriving.get(id)
    if (awaited === undefined || position < awaited) return
    this.#arriving.delete(id)
    this.#reportOnce({ tag: 'hub/ha/caught-up', data: { hub, position } })
  }

  #died({ id, name: hub, address, term }: Member, reason: 'silent' | 'stopped'): void {
    this.#arriving.delete(id)
    if (reason === 'silent') this.#silent.add({ name: hub, address }, this.#cluster.link.runtime.now())
    const data = { hub, address, reason, ...(term > 0 && { primary: true }) }
    this.#reportOnce({ tag: 'hub/ha/died', data }, term > 0 || this.#cluster.primary?.id === id)
  }

  #diverged(bus: Bus, { from, to }: SeqRange): void {
    bus.subscriptions.lost({ from, to })
    void this.#say({ tag: 'hub/log/damage', data: { from, to, reason: divergedText({ from, to }) } })
  }

  #replaced(bus: Bus): void {
    const { epoch } = this.#cluster.log
    const before = this.#epoch
    this.#epoch = epoch
    bus.logReplaced()
    const { name: hub } = this.#cluster.self
    void this.#say({ tag: 'hub/ha/replaced', data: { hub, before, epoch } })
  }
}

function divergedText({ from, to }: SeqRange): string {
  const code: ErrorCode = 'TCN_NATS_DIVERGED'
  return `this hub has delivered @${from} to @${to}, and NATS has something else there (${code})`
}

/** The name of this hub in its events. */
export function nameOf({ cluster }: HubConfig): string {
  return cluster?.name ?? hostname()
}
