import type { HubPublisher, OwnCounter, OwnEvent } from '../bus/api.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { onlyGiven } from '../event/json/only-given.js'
import { formatTime } from '../event/position.js'
import type { Runtime } from '../event/runtime.js'
import type { MetricSample } from '../types/metric.js'
import type { AnsweringEdge, AskableEdge, OtherEdges } from './askable-edge.js'
import type { EdgeInfo } from './contract/index.js'
import { isEdgeName } from './edge-name.js'
import type { EdgeRecord, EdgeRecords } from './edge-records.js'
import type { EdgesConfig } from './edges-config.js'
import { type EdgeKey, RememberedEdges } from './remembered-edges.js'

/** Who attaches as an edge hub, and where. */
export interface EdgeLogin {
  readonly name: string
  readonly principal: string
  readonly address: string
  /** Number of its session. */
  readonly usid: number
}

/** A part of the hub that is told of the edge hubs that come and go. */
export interface EdgeObserver {
  /** `since`: when it has attached, µs. */
  attached(login: EdgeLogin, since: number): void
  detached(login: EdgeLogin, since: number): void
  /** The name is what the peer says. */
  refused(login: Omit<EdgeLogin, 'usid'>): void
}

/** Events that an edge hub cannot forward. */
export interface EdgeGap {
  /** Numbers in the log of the edge hub; 0 if they are not known. */
  readonly from: number
  readonly to: number
  readonly reason: string
}

/** One connection of an edge hub. */
export interface AttachedEdge {
  lag(waiting: number, since: number | undefined): void
  /** Returns false if the log did not store the event about it. */
  gap(gap: EdgeGap, counter: OwnCounter | undefined, stored: () => void, failed: () => void): boolean
  detach(): void
}

type EmitEvent = HubPublisher['emit']

interface Edge {
  login: Omit<EdgeLogin, 'usid'>
  /** The hub of the cluster to which it was attached last. */
  hub: string
  isUp: boolean
  since: number
  /** Number of its events in earlier connections. */
  before: number
  stored: () => number
  answers: AnsweringEdge | undefined
  waiting: number
  waitingSince?: number | undefined
  gaps: number
  /** Until then, its events are known to have arrived. */
  heard: number
  /** At another hub of the cluster, as far as that one could say. */
  isElsewhere?: boolean
  /** Another hub of the cluster, to which it has gone while its connection here has not ended. */
  newer?: EdgeRecord
}

/** Edge hubs in a list, and with metrics of their own; of more, those are listed that need somebody. */
const MAX_LISTED = 1_000

/** The hubs that forward their events to this one. */
export class Edges {
  readonly #runtime: Pick<Runtime, 'now'>
  readonly #publish: EmitEvent
  readonly #observers = new Set<EdgeObserver>()
  readonly #edges = new RememberedEdges<Edge>()
  #records: EdgeRecords | undefined
  #unwatch: (() => void) | undefined
  /** This one in the cluster. */
  #hub = ''
  /** ms */
  #forgetAfter: number | undefined
  /** Those that are attached at other hubs of the cluster; undefined for a hub with a log of its own. */
  elsewhere: OtherEdges | undefined

  constructor(runtime: Pick<Runtime, 'now'>, publish: EmitEvent) {
    this.#runtime = runtime
    this.#publish = publish
  }

  /**
   * Knows all that were attached before this start, and from now on keeps who comes and goes. `hub`: the name of this hub in
   * a cluster, whose hubs have the records together.
   */
  async remember(records: EdgeRecords, hub?: string): Promise<void> {
    this.#records = records
    this.#hub = hub ?? ''
    if (hub !== undefined)
      this.#unwatch = records.watch(
        (record) => this.#hear(record),
        (edge) => this.#edges.get(edge)?.isUp || this.#edges.delete(edge),
      )
    for await (const record of records.list()) this.#restore(record)
  }

  /** Writes what is not stored yet. */
  async stop(): Promise<void> {
    this.#unwatch?.()
    await this.#records?.close()
  }

  /** Returns a function that ends it. */
  observe(observer: EdgeObserver): () => void {
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  /** `stored`: the number of events of this connection. */
  attach(login: EdgeLogin, stored: () => number, answers?: AnsweringEdge): AttachedEdge {
    const known = this.#edges.get(login)
    const now = this.#runtime.now()
    const edge: Edge = {
      login,
      hub: this.#hub,
      isUp: true,
      since: now,
      before: (known?.before ?? 0) + (known?.isUp ? known.stored() : 0),
      stored,
      answers,
      waiting: 0,
      waitingSince: undefined,
      gaps: known?.gaps ?? 0,
      heard: known?.heard ?? now,
    }
    this.#put(edge)
    this.#report(edge, 'up')
    for (const observer of this.#observers) observer.attached(login, now)
    return {
      lag: (waiting, since) => {
        edge.waiting = waiting
        edge.waitingSince = waiting === 0 ? undefined : since
        edge.heard = this.#runtime.now()
      },
      gap: (gap, counter, stored, failed) => this.#gap(edge, gap, counter, stored, failed),
      detach: () => this.#detach(login, edge),
    }
  }

  refused(login: Omit<EdgeLogin, 'usid'>): void {
    if (isEdgeName(login.name)) for (const observer of this.#observers) observer.refused(login)
  }

  /** The edge hubs; of very many, those that are down and those that are furthest behind. */
  list(): EdgeInfo[] {
    return this.#listed().map((edge) => ({
      name: edge.login.name,
      principal: edge.login.principal,
      address: edge.login.address,
      state: edge.isUp ? 'up' : 'down',
      answers: edge.answers !== undefined,
      since: edge.since,
      events: eventsOf(edge),
      waiting: edge.waiting,
      waitingSince: edge.waitingSince,
      gaps: edge.gaps,
    }))
  }

  /** All that are known, here and at the other hubs of the cluster. */
  *askable(): Iterable<AskableEdge> {
    for (const edge of this.#edges) if (!this.#hasMoved(edge)) yield askableOf(edge)
    for (const edge of this.elsewhere ?? []) if (!this.#isHere(edge)) yield edge
  }

  /** All that are known under this name. */
  named(name: string): AskableEdge[] {
    const own = [...this.#edges.named(name)].filter((edge) => !this.#hasMoved(edge))
    const others = this.elsewhere?.named(name) ?? []
    return [...own.map(askableOf), ...others.filter((edge) => !this.#isHere(edge))]
  }

  /** Those that are attached to this hub. */
  *attachedHere(name?: string): Iterable<AskableEdge> {
    const edges = name === undefined ? this.#edges : this.#edges.named(name)
    for (const edge of edges) if (edge.isUp) yield askableOf(edge)
  }

  /** Forgets those of the names that are away. Throws TCN_EDGE_UNKNOWN or TCN_EDGE_UP, and forgets none then. */
  async forget(names: readonly string[]): Promise<EdgeKey[]> {
    await this.elsewhere?.refresh()
    const found = names.flatMap((name) => this.#awayOf(name))
    for (const edge of found) this.#forget(edge)
    await this.#records?.stored()
    return found.map(({ login: { name, principal } }) => ({ name, principal }))
  }

  configure({ forgetAfter }: EdgesConfig): void {
    this.#forgetAfter = forgetAfter
  }

  /** Forgets those that have been away for too long. `now`: the time by which age counts, µs. */
  forgetOld(now: number): void {
    const oldest = now - (this.#forgetAfter ?? Number.POSITIVE_INFINITY) * 1000
    for (const edge of this.#own()) {
      if (edge.isUp) continue
      if (edge.isElsewhere) this.#takeOver(edge)
      else if (edge.since < oldest) this.#forget(edge)
    }
  }

  /** The hub to which it was attached is gone, and it with that one. */
  #takeOver(edge: Edge): void {
    this.#put({ ...edge, hub: this.#hub, isElsewhere: false, since: this.#runtime.now() })
  }

  #awayOf(name: string): Edge[] {
    const known = [...this.#edges.named(name)]
    const away = known.filter((edge) => !edge.isUp && !this.#hasMoved(edge))
    if (away.length > 0) return away
    if (this.named(name).length > 0) throw new TocsinError('TCN_EDGE_UP', `${name} is connected`)
    throw new TocsinError('TCN_EDGE_UNKNOWN', `no edge hub has the name ${name}`)
  }

  #forget(edge: Edge): void {
    this.#edges.delete(edge.login)
    this.#records?.delete(edge.login)
    this.#report(edge, 'forgotten')
  }

  /** Publishes that a question to edge hubs has ended. */
  questionEnded(data: Record<string, unknown>): void {
    this.#publish({ tag: 'hub/audit/ask', data: onlyGiven(data) })
  }

  counts(): { up: number; down: number } {
    const own = this.#own()
    const up = own.filter(({ isUp }) => isUp).length
    return { up, down: own.length - up }
  }

  *samples(): Iterable<MetricSample> {
    const now = this.#runtime.now()
    const { up, down } = this.counts()
    if (up + down > 0) {
      yield { name: 'tocsin_edges', value: up, labels: { state: 'up' } }
      yield { name: 'tocsin_edges', value: down, labels: { state: 'down' } }
    }
    for (const edge of this.#listed()) {
      const labels = { edge: edge.login.name, principal: edge.login.principal }
      const lag = edge.waitingSince === undefined ? 0 : Math.max(0, now - edge.waitingSince) / 1e6
      yield { name: 'tocsin_edge_up', value: edge.isUp ? 1 : 0, labels }
      yield { name: 'tocsin_edge_events_total', value: eventsOf(edge), labels }
      yield { name: 'tocsin_edge_waiting_events', value: edge.waiting, labels }
      yield { name: 'tocsin_edge_lag_seconds', value: lag, labels }
      yield { name: 'tocsin_edge_gaps_total', value: edge.gaps, labels }
    }
  }

  /** Those of which this hub has to speak: no other hub of the cluster has them. */
  #own(): Edge[] {
    const all = [...this.#edges]
    const { elsewhere } = this
    if (elsewhere === undefined || all.every(({ isUp }) => isUp)) return all
    elsewhere.look()
    const isOwn = ({ hub }: Edge) => hub === this.#hub || elsewhere.speaksFor(hub)
    return all.filter((edge) => edge.isUp || (isOwn(edge) && !this.#hasMoved(edge)))
  }

  #hasMoved({ isUp, login }: Edge): boolean {
    return !isUp && this.elsewhere?.find(login) !== undefined
  }

  #isHere(edge: AskableEdge): boolean {
    return this.#edges.get(edge)?.isUp === true
  }

  #listed(): Edge[] {
    const all = this.#own()
    if (all.length <= MAX_LISTED) return all
    const rank = ({ isUp, waiting }: Edge) => (isUp ? waiting : Number.POSITIVE_INFINITY)
    return all.sort((a, b) => rank(b) - rank(a) || b.since - a.since).slice(0, MAX_LISTED)
  }

  #put(edge: Edge): void {
    const surplus = this.#edges.put(edge)
    this.#records?.put(recordOf(edge))
    if (surplus !== undefined) this.#records?.delete(surplus.login)
  }

  /** A later connection of the same hub may have taken its place. */
  #detach(login: EdgeLogin, edge: Edge): void {
    for (const observer of this.#observers) observer.detached(login, edge.since)
    if (this.#edges.get(login) !== edge) return
    edge.before = eventsOf(edge)
    edge.isUp = false
    edge.since = this.#runtime.now()
    if (edge.newer === undefined) this.#put(edge)
    else this.#restore(edge.newer)
    this.#report(edge, 'down')
  }

  /** Takes the record of another hub of the cluster about an edge hub. */
  #hear(record: EdgeRecord): void {
    if (record.hub === this.#hub) return
    const known = this.#edges.get(record)
    if (known?.isUp) known.newer = record.isUp ? record : undefined
    else this.#restore(record)
  }

  /** One that was attached when its hub ended is away since this one knows of it. */
  #restore({ name, principal, address, hub, isUp, events, ...rest }: EdgeRecord): void {
    if (this.#edges.get({ name, principal })?.isUp) return
    const wasCut = isUp && hub === this.#hub
    const since = wasCut ? this.#runtime.now() : rest.since
    const login = { name, principal, address }
    const edge: Edge = {
      ...rest,
      since,
      login,
      hub,
      isUp: false,
      isElsewhere: isUp && !wasCut,
      before: events,
      ...NOT_ATTACHED,
      heard: since,
    }
    if (wasCut) this.#put(edge)
    else this.#edges.put(edge)
  }

  #gap(
    edge: Edge,
    gap: EdgeGap,
    counter: OwnCounter | undefined,
    stored: () => void,
    failed: () => void,
  ): boolean {
    const { name } = edge.login
    const now = this.#runtime.now()
    const { from, to, reason } = gap
    const isKnown = from > 0 && to >= from
    const event: OwnEvent = {
      tag: `hub/gap/edge/${name}`,
      data: {
        source: `edge/${name}`,
        from: formatTime(Math.min(edge.heard, now)),
        to: formatTime(now),
        count: isKnown ? to - from + 1 : null,
        reason,
        ...(isKnown && { first: from, last: to }),
      },
      counter: counter && isKnown ? { ...counter, first: from } : counter,
    }
    const isTaken = this.#publish(event, stored, failed)
    if (isTaken) edge.gaps++
    return isTaken
  }

  #report({ login, since }: Edge, state: 'up' | 'down' | 'forgotten'): void {
    const { name, principal, address } = login
    const data = { edge: name, state, principal, address, since: formatTime(since) }
    this.#publish({ tag: `hub/edge/${name}`, data })
  }
}

const NOT_ATTACHED = { stored: () => 0, answers: undefined }

function eventsOf({ before, isUp, stored }: Edge): number {
  return before + (isUp ? stored() : 0)
}

function askableOf({ login: { name, principal }, isUp, answers }: Edge): AskableEdge {
  return { name, principal, isUp, answers }
}

function recordOf(edge: Edge): EdgeRecord {
  const { login, hub, isUp, since, waiting, waitingSince, gaps } = edge
  const { name, principal, address } = login
  const events = eventsOf(edge)
  return { name, principal, address, hub, isUp, since, events, waiting, waitingSince, gaps }
}
