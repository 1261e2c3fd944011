import { formatTime } from '../event/position.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { LogReader } from '../log/event-log.js'
import type { HostTrouble } from '../methods/headline/facts.js'
import { Boundary } from '../parts/boundary.js'
import type { Bucket } from '../state/state-store.js'
import type { MetricSample } from '../types/metric.js'
import type { TypeRegistry } from '../types/registry.js'
import type { HostsConfig } from './config.js'
import { namesOf } from './host-name.js'
import { HostRecords } from './host-records.js'
import { HostStore, PAGE } from './host-store.js'
import { HostTable } from './host-table.js'
import { type LabelsOf, labelsOf } from './labels.js'
import { LogFollower } from './log-follower.js'
import { SightReader } from './sight.js'
import { eventsAbout, type HostsEvent, SilenceWatch } from './silence.js'
import { HostStateCounts } from './state-counts.js'
import { BACK_TAG, REMOVED_TAG, SILENT_TAG } from './types.js'

const LOOK_EVERY_MS = 5_000
/** The process did not run for so long, so that it could not hear anything, ms. */
const ASLEEP_MS = 30_000
const SAVE_EVERY_MS = 300_000
const FORGET_EVERY_MS = 3_600_000
const TRY_AGAIN_MS = 10_000
/** A hub that has kept no hosts reads the events of the last day, up to this number. */
const FIRST_MICROS = 86_400e6
const FIRST_EVENTS = 1_000_000
/** Time until an event about a host is read, at most, ms. */
const SAID_MS = 60_000

/** The part of the hub that knows hosts needs. */
export interface HostsHost {
  readonly runtime: Runtime
  readonly log: LogReader
  readonly types: TypeRegistry
  /** Kinds of sources, see `kindsOf`. */
  readonly kinds: readonly string[]
  readonly bucket: Bucket
  /** The names of this host, which is never silent. */
  readonly own: readonly string[]
  /** True if it is for this hub to say what it notices, among those that share the log. */
  readonly isPrimary: boolean
  /** True while the log stores nothing, so that hosts cannot be heard. */
  readonly isDeaf: boolean
  /** Publishes an event of the hub. Returns false if the hub accepts none for now. */
  report(event: HostsEvent): boolean
}

/** The hosts of which this hub has heard. */
export class Hosts {
  readonly #host: HostsHost
  readonly #runtime: Runtime
  readonly #boundary = new Boundary('observer', 'hosts', () => this.#again())
  readonly #store: HostStore
  #config: HostsConfig
  labelsOf: LabelsOf
  #table = new HostTable()
  #watch: SilenceWatch
  #records: HostRecords
  #follower: LogFollower | undefined
  #dirty = new Set<number>()
  /** Hosts about which something was published that was not read yet, and when, ms (monotonic). */
  readonly #said = new Map<number, number>()
  /** Everything that was stored before this time was read, s since the epoch. */
  #heardUntil = 0
  #lookedAt = 0
  #savedAt = 0
  #forgotAt = 0
  #saving: Promise<void> = Promise.resolve()
  #cancel: Cancel = () => undefined
  #states = new HostStateCounts()
  #isStopped = false

  constructor(host: HostsHost, config: HostsConfig) {
    this.#host = host
    this.#runtime = this.#boundary.runtime(host.runtime)
    this.#store = new HostStore(host.bucket)
    this.#config = config
    this.labelsOf = labelsOf(config)
    this.#watch = this.#watchOf(this.#table)
    this.#records = this.#recordsOf(this.#table)
  }

  get table(): HostTable {
    return this.#table
  }

  get kinds(): readonly string[] {
    return this.#host.kinds
  }

  get config(): HostsConfig {
    return this.#config
  }

  /** As it was when all hosts were counted last. */
  get trouble(): HostTrouble {
    return this.#states.trouble
  }

  get untracked(): number {
    return this.#records.untracked
  }

  /** The name under which a host is known that is called so; undefined if no host can have that name. */
  nameOf(heard: string): string | undefined {
    return this.#records.nameOf(heard)
  }

  /** The time by which hosts are judged, s since the epoch. */
  get now(): number {
    return this.#heardUntil
  }

  /** After how many seconds a host counts as silent; infinite if its rhythm is not known. */
  silentAfter(index: number): number {
    return this.#watch.limitOf(index)
  }

  /** Hosts are known a little after the start, which does not wait for them. */
  start(): void {
    this.#begin()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    await this.#follower?.stop()
    await this.#saving
    await this.#save()
  }

  configure(config: HostsConfig): void {
    this.#config = config
    this.labelsOf = labelsOf(config)
    this.#records.nameOf = namesOf(config)
    this.#records.most = config.most
  }

  /** Publishes that hosts are removed, which removes them on all hubs that share the log. False if the hub accepts nothing. */
  remove(names: readonly string[]): boolean {
    return eventsAbout(REMOVED_TAG, names, { log: this.#host.log.epoch }).every((event) =>
      this.#host.report(event),
    )
  }

  *samples(): Iterable<MetricSample> {
    for (const [state, value] of Object.entries(this.#states.counts))
      yield { name: 'tocsin_hosts', value, labels: { state } }
    yield { name: 'tocsin_hosts_untracked_events_total', value: this.untracked }
  }

  #begin(): void {
    this.#boundary.run(() => {
      this.#follow().catch((thrown) => this.#boundary.fail(thrown))
    })
  }

  /** Continues from what was kept, after something that must not happen. */
  #again(): void {
    this.#cancel()
    void this.#follower?.stop()
    this.#follower = undefined
    if (!this.#isStopped) this.#cancel = this.#host.runtime.after(TRY_AGAIN_MS, () => this.#begin())
  }

  async #follow(): Promise<void> {
    const { log } = this.#host
    const table = new HostTable()
    const kept = await this.#store.position()
    const isSame = kept?.epoch === log.epoch && kept.seq <= log.last
    if (isSame) await this.#store.read(table, this.#config.most, kept.kinds, this.kinds)
    else await this.#store.clear()
    const from = isSame ? kept.seq : await this.#firstSeq()
    if (this.#isStopped) return
    this.#table = table
    this.#states = new HostStateCounts()
    this.#dirty = new Set()
    this.#watch = this.#watchOf(table)
    this.#records = this.#recordsOf(table)
    this.#lookedAt = this.#savedAt = this.#forgotAt = this.#runtime.monotonic()
    this.#follower = this.#followerFrom(from)
    this.#follower.start()
    this.#lookLater()
  }

  async #firstSeq(): Promise<number> {
    const { log } = this.#host
    const since = await log.seek(this.#runtime.now() - FIRST_MICROS)
    return Math.max(since, log.first, log.last - FIRST_EVENTS + 1) - 1
  }

  #followerFrom(from: number): LogFollower {
    return new LogFollower({
      runtime: this.#runtime,
      log: this.#host.log,
      from,
      take: (bytes, at) => this.#records.take(bytes, at),
      caughtUp: () => {
        this.#heardUntil = this.#seconds()
      },
      failed: (thrown) => this.#boundary.fail(thrown),
    })
  }

  #watchOf(table: HostTable): SilenceWatch {
    return new SilenceWatch(table, () => this.#config, this.#host.own, this.#seconds())
  }

  #recordsOf(table: HostTable): HostRecords {
    return new HostRecords({
      table,
      sight: new SightReader(this.#host.types, this.kinds),
      epoch: this.#host.log.epoch,
      nameOf: namesOf(this.#config),
      most: this.#config.most,
      changed: (index) => void this.#dirty.add(Math.floor(index / PAGE)),
      heardAgain: (index) => this.#watch.heard(index),
      removes: (index) => this.#watch.forget(index),
    })
  }

  #seconds(): number {
    return Math.floor(this.#runtime.now() / 1e6)
  }

  #lookLater(): void {
    this.#cancel = this.#runtime.after(LOOK_EVERY_MS, () => {
      this.#look()
      if (!this.#isStopped) this.#lookLater()
    })
  }

  #look(): void {
    const now = this.#runtime.monotonic()
    const wasAsleep = now - this.#lookedAt > ASLEEP_MS
    this.#lookedAt = now
    if (wasAsleep || this.#host.isDeaf) this.#watch.wasDeaf(this.#seconds())
    else if (this.#host.isPrimary) this.#say(now)
    this.#states.step(this.#table, this.#heardUntil)
    if (now - this.#savedAt >= SAVE_EVERY_MS) this.#saveLater()
    if (now - this.#forgotAt >= FORGET_EVERY_MS) this.#forget(now)
  }

  #say(now: number): void {
    for (const [index, at] of this.#said) if (now - at > SAID_MS) this.#said.delete(index)
    this.#sayOf(SILENT_TAG, this.#watch.silent(this.#heardUntil), now)
    this.#sayOf(BACK_TAG, this.#watch.back(this.#heardUntil), now)
  }

  #sayOf(tag: string, indexes: readonly number[], now: number): void {
    const about = indexes.filter((index) => !this.#said.has(index))
    if (about.length === 0) return
    const last = about.reduce((latest, index) => Math.max(latest, this.#table.last[index]), 0)
    const more = { log: this.#host.log.epoch, ...(tag === SILENT_TAG && { last: formatTime(last * 1e6) }) }
    const names = about.flatMap((index) => this.#table.nameOf(index) ?? []).sort()
    if (tag === SILENT_TAG) for (const index of about) this.#said.set(index, now)
    for (const event of eventsAbout(tag, names, more)) this.#host.report(event)
  }

  #forget(now: number): void {
    this.#forgotAt = now
    const { forgetAfter } = this.#config
    if (forgetAfter === undefined) return
    const before = this.#heardUntil - forgetAfter / 1000
    for (let index = 0; index < this.#table.end; index++)
      if (this.#table.nameOf(index) !== undefined && this.#table.last[index] < before)
        this.#records.remove(index)
  }

  #saveLater(): void {
    this.#savedAt = this.#runtime.monotonic()
    this.#saving = this.#saving.then(() => this.#save())
  }

  /** Hosts that cannot be kept are read from the log again. */
  async #save(): Promise<void> {
    const follower = this.#follower
    if (follower === undefined) return
    const position = { epoch: this.#host.log.epoch, seq: follower.seq, kinds: this.kinds }
    const pages = [...this.#dirty]
    this.#dirty.clear()
    try {
      for (const page of pages) await this.#store.writePage(page, this.#table)
      await this.#store.setPosition(position)
    } catch {
      for (const page of pages) this.#dirty.add(page)
    }
  }
}
