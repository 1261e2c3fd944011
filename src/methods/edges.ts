import type { HubPublisher, OwnCounter, OwnEvent } from '../bus/api.js'
import type { TocsinError } from '../errors/tocsin-error.js'
import { onlyGiven } from '../event/json/only-given.js'
import { formatTime } from '../event/position.js'
import type { Runtime } from '../event/runtime.js'
import type { MetricSample } from '../types/metric.js'
import type { Cancellation } from './cancellation.js'
import type { EdgeInfo } from './contract/index.js'

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

/** A question of a principal of this hub to edge hubs. */
export interface EdgeRequest {
  /** The same in all requests that belong to one question. */
  readonly question: string
  /** Name of the principal. */
  readonly by: string
  readonly params: Readonly<Record<string, unknown>>
  readonly cancellation: Cancellation
}

/** Carries requests to an edge hub. */
export interface EdgeLine {
  /** Rejects with the errors of the edge hub, or TCN_EDGE_AWAY, TCN_CLIENT_ABORTED. */
  ask(method: string, question: EdgeRequest): Promise<unknown>
}

/** The answers that an edge hub has offered when it attached. */
export interface AnsweringEdge {
  readonly line: EdgeLine
  /** True if it answers about every event that it has. */
  readonly all: boolean
}

/** An edge hub that can be chosen for a question. */
export interface AskableEdge {
  readonly name: string
  readonly principal: string
  readonly isUp: boolean
  /** Undefined if it answers no questions. */
  readonly answers: AnsweringEdge | undefined
}

/** Edge hubs that are attached at other hubs of the cluster. */
export interface OtherEdges extends Iterable<AskableEdge> {
  /** Other hubs that have not said which edge hubs they have. */
  readonly unheard: readonly { readonly hub: string; readonly error: TocsinError }[]
  find(edge: Pick<AskableEdge, 'principal' | 'name'>): AskableEdge | undefined
  named(name: string): readonly AskableEdge[]
  /** Asks the other hubs which they have, unless it was done a moment ago. */
  look(): void
  /** Asks the other hubs which they have. */
  refresh(): Promise<void>
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
  login: EdgeLogin
  isUp: boolean
  since: number
  /** Number of its events in earlier connections. */
  before: number
  stored: () => number
  answers: AnsweringEdge | undefined
  waiting: number
  waitingSince: number | undefined
  gaps: number
  /** Until then, its events are known to have arrived. */
  heard: number
}

/** Edge hubs that are remembered, after they have left too. */
const MAX_REMEMBERED = 100_000
/** Edge hubs in a list, and with metrics of their own; of more, those are listed that need somebody. */
const MAX_LISTED = 1_000
const EDGE_NAME = /^[A-Za-z0-9._-]{1,64}$/

/** The hubs that forward their events to this one. */
export class Edges {
  readonly #runtime: Pick<Runtime, 'now'>
  readonly #publish: EmitEvent
  readonly #observers = new Set<EdgeObserver>()
  /** By principal and name; the one that came or left last is the last. */
  readonly #edges = new Map<string, Edge>()
  /** Edge hubs of different principals may have the same name. */
  readonly #byName = new Map<string, Set<Edge>>()
  /** Those that are attached at other hubs of the cluster; undefined for a hub with a log of its own. */
  elsewhere: OtherEdges | undefined

  constructor(runtime: Pick<Runtime, 'now'>, publish: EmitEvent) {
    this.#runtime = runtime
    this.#publish = publish
  }

  /** Returns a function that ends it. */
  observe(observer: EdgeObserver): () => void {
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  /** `stored`: the number of events of this connection. */
  attach(login: EdgeLogin, stored: () => number, answers?: AnsweringEdge): AttachedEdge {
    const key = keyOf(login)
    const known = this.#edges.get(key)
    const now = this.#runtime.now()
    const edge: Edge = {
      login,
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
    this.#put(key, edge)
    this.#report(edge, 'up')
    for (const observer of this.#observers) observer.attached(login, now)
    return {
      lag: (waiting, since) => {
        edge.waiting = waiting
        edge.waitingSince = waiting === 0 ? undefined : since
        edge.heard = this.#runtime.now()
      },
      gap: (gap, counter, stored, failed) => this.#gap(edge, gap, counter, stored, failed),
      detach: () => this.#detach(key, edge),
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
    for (const edge of this.#edges.values()) if (!this.#hasMoved(edge)) yield askableOf(edge)
    for (const edge of this.elsewhere ?? []) if (!this.#isHere(edge)) yield edge
  }

  /** All that are known under this name. */
  named(name: string): AskableEdge[] {
    const own = [...(this.#byName.get(name) ?? [])].filter((edge) => !this.#hasMoved(edge))
    const others = this.elsewhere?.named(name) ?? []
    return [...own.map(askableOf), ...others.filter((edge) => !this.#isHere(edge))]
  }

  /** Those that are attached to this hub. */
  *attachedHere(name?: string): Iterable<AskableEdge> {
    const edges = name === undefined ? this.#edges.values() : (this.#byName.get(name) ?? [])
    for (const edge of edges) if (edge.isUp) yield askableOf(edge)
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

  /** Those that are not known to have gone to another hub of the cluster. */
  #own(): Edge[] {
    const all = [...this.#edges.values()]
    if (this.elsewhere === undefined || all.every(({ isUp }) => isUp)) return all
    this.elsewhere.look()
    return all.filter((edge) => !this.#hasMoved(edge))
  }

  #hasMoved({ isUp, login }: Edge): boolean {
    return !isUp && this.elsewhere?.find(login) !== undefined
  }

  #isHere(edge: AskableEdge): boolean {
    return this.#edges.get(keyOf(edge))?.isUp === true
  }

  #listed(): Edge[] {
    const all = this.#own()
    if (all.length <= MAX_LISTED) return all
    const rank = ({ isUp, waiting }: Edge) => (isUp ? waiting : Number.POSITIVE_INFINITY)
    return all.sort((a, b) => rank(b) - rank(a) || b.since - a.since).slice(0, MAX_LISTED)
  }

  #put(key: string, edge: Edge): void {
    this.#remove(key)
    this.#edges.set(key, edge)
    const namesakes = this.#byName.get(edge.login.name)
    if (namesakes === undefined) this.#byName.set(edge.login.name, new Set([edge]))
    else namesakes.add(edge)
    if (this.#edges.size <= MAX_REMEMBERED) return
    for (const [oldest, { isUp }] of this.#edges) {
      if (this.#edges.size <= MAX_REMEMBERED) return
      if (!isUp) this.#remove(oldest)
    }
  }

  #remove(key: string): void {
    const edge = this.#edges.get(key)
    if (edge === undefined) return
    this.#edges.delete(key)
    const namesakes = this.#byName.get(edge.login.name)
    namesakes?.delete(edge)
    if (namesakes?.size === 0) this.#byName.delete(edge.login.name)
  }

  /** A later connection of the same hub may have taken its place. */
  #detach(key: string, edge: Edge): void {
    for (const observer of this.#observers) observer.detached(edge.login, edge.since)
    if (this.#edges.get(key) !== edge) return
    edge.before = eventsOf(edge)
    edge.isUp = false
    edge.since = this.#runtime.now()
    this.#put(key, edge)
    this.#report(edge, 'down')
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

  #report({ login, since }: Edge, state: 'up' | 'down'): void {
    const { name, principal, address } = login
    const data = { edge: name, state, principal, address, since: formatTime(since) }
    this.#publish({ tag: `hub/edge/${name}`, data })
  }
}

/** Returns whether it can be one segment of a tag. */
export function isEdgeName(name: string): boolean {
  return EDGE_NAME.test(name)
}

function eventsOf({ before, isUp, stored }: Edge): number {
  return before + (isUp ? stored() : 0)
}

function askableOf({ login: { name, principal }, isUp, answers }: Edge): AskableEdge {
  return { name, principal, isUp, answers }
}

function keyOf({ principal, name }: Pick<EdgeLogin, 'principal' | 'name'>): string {
  return `${principal}/${name}`
}
