import { formatCursor } from '../event/cursor.js'
import { TocsinError } from '../event/errors.js'
import type { Event } from '../event/event.js'
import type { ControlRecord } from '../faces/native/codec.js'
import type { FilterInput, Hello, Subscribe } from '../faces/native/protocol.js'
import type { EventBatch, GateStatus, Status, SubscribeOptions, Subscription } from './api.js'
import { Inbox } from './inbox.js'
import { BatchIteration, ItemIteration, type ItemSource } from './iterators.js'
import { KeptLink, type KeptLinkUser } from './kept-link.js'
import type { Link } from './link.js'
import { type Loss, lossError } from './loss.js'
import { aborted } from './room.js'
import { Run } from './run.js'
import {
  connected,
  endStatus,
  gapStatus,
  gateStatus,
  lagging,
  liveStatus,
  positionStatus,
  reconnecting,
} from './statuses.js'
import type { Dial } from './transport.js'

export interface SubscriptionSetup {
  dial: Dial
  hello: Omit<Hello, 'version'>
  reconnect: boolean
  filter: FilterInput | undefined
  options: SubscribeOptions
  onClosed(subscription: HubSubscription): void
}

interface Change {
  id: number
  filter: FilterInput
  resolve(): void
  reject(error: Error): void
}

/** A status record holds about so much memory. */
const STATUS_BYTES = 256
/** Not reading for so long is worth a word, ms. */
const LAGGING_AFTER = 1000
/** Seqs in one `ack`. */
const ACKS_AT_ONCE = 4096

/** A subscription on a connection of its own, which goes on from its cursor when the connection is lost. */
export class HubSubscription implements Subscription, KeptLinkUser, ItemSource {
  readonly #setup: SubscriptionSetup
  readonly #kept: KeptLink
  readonly #inbox: Inbox<Run | Status>
  readonly #listeners = new Set<(status: Status) => void>()
  #filter: FilterInput | undefined
  /** Up to here everything has been received: a new connection goes on from it. */
  #received: string | undefined
  /** Up to here the program has seen everything, but for the run it is reading. */
  #seen: string | undefined
  #seenRun: Run | undefined
  #lastEvent: Event | undefined
  #isWholeRunSeen = false
  #epoch = ''
  #wasLinked = false
  #changes: Change[] = []
  #nextChange = 1
  #lagTimer: ReturnType<typeof setTimeout> | undefined
  #readiness: 'waiting' | 'ready' | TocsinError = 'waiting'
  #awaitReady: { resolve(): void; reject(error: Error): void }[] = []
  #closed = false

  constructor(setup: SubscriptionSetup) {
    this.#setup = setup
    this.#filter = setup.filter
    this.#kept = new KeptLink(this, setup)
    this.#inbox = new Inbox({
      sizeOf: (item) => (item instanceof Run ? item.end - item.start : STATUS_BYTES),
      onFull: () => this.#stopReading(),
      onLow: () => this.#goOnReading(),
    })
    const { signal } = setup.options
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (signal?.aborted) this.#onAbort()
    else this.#kept.start()
  }

  // ---- for the program

  [Symbol.asyncIterator](): AsyncIterator<Event | Status> {
    return new ItemIteration<Event | Status>(this, true)
  }

  events(): AsyncIterable<Event> {
    return new ItemIteration<Event>(this, false)
  }

  batches(): AsyncIterable<EventBatch | Status> {
    return new BatchIteration(this)
  }

  onStatus(listener: (status: Status) => void): this {
    this.#listeners.add(listener)
    return this
  }

  get cursor(): string | undefined {
    const run = this.#seenRun
    if (run === undefined) return this.#seen
    const seq = this.#isWholeRunSeen ? run.lastSeq : (this.#lastEvent?.seq ?? 0)
    return seq > 0 ? formatCursor(run.epoch, seq) : this.#seen
  }

  ready(): Promise<void> {
    if (this.#readiness === 'ready') return Promise.resolve()
    if (this.#readiness !== 'waiting') return Promise.reject(this.#readiness)
    return new Promise((resolve, reject) => this.#awaitReady.push({ resolve, reject }))
  }

  async change(filter: FilterInput): Promise<void> {
    if (this.#closed) throw new TocsinError('TCN_CLIENT_CLOSED')
    const id = this.#nextChange++
    await new Promise<void>((resolve, reject) => {
      const change = { id, filter, resolve, reject }
      this.#changes.push(change)
      if (this.#kept.link !== undefined) this.#ask(this.#kept.link, change)
    })
  }

  ack(
    events: Event | readonly Event[],
    result: 'done' | 'retry' | 'park' = 'done',
    options: { delay?: number; reason?: string } = {},
  ): void {
    const list = Array.isArray(events) ? events : [events]
    const seqs: number[] = list.map((event: Event) => event.seq)
    for (let from = 0; from < seqs.length; from += ACKS_AT_ONCE) {
      this.#kept.link?.send('ack', { seqs: seqs.slice(from, from + ACKS_AT_ONCE), result, ...options })
    }
  }

  gateDone(gate: GateStatus, answer?: unknown): void {
    this.#kept.link?.send('gateDone', { name: gate.name, seq: gate.seq, answer })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#inbox.clear()
    this.#end(undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // ---- for the iterations

  next(): Promise<Run | Status | undefined> {
    return this.#inbox.next()
  }

  take(): Run | Status | undefined {
    return this.#inbox.take()
  }

  seen(item: Run | Status): void {
    this.#seen = this.cursor
    this.#lastEvent = undefined
    this.#seenRun = undefined
    this.#isWholeRunSeen = false
    if (item instanceof Run) this.#seenRun = item
    else if ('cursor' in item && item.cursor !== undefined) this.#seen = item.cursor
  }

  seenEvent(event: Event): void {
    if (!event.synthetic) this.#lastEvent = event
  }

  seenWhole(run: Run): void {
    this.seen(run)
    this.#isWholeRunSeen = true
  }

  // ---- from the connection

  onLinked(link: Link): void {
    this.#epoch = link.welcome.epoch
    link.send('subscribe', this.#request())
    for (const change of this.#changes) this.#ask(link, change)
    if (this.#inbox.isFull) this.#stopReading()
    if (this.#wasLinked) this.#put(connected)
    this.#wasLinked = true
  }

  onEvents(bytes: Uint8Array, start: number, end: number): void {
    const run = new Run(bytes, start, end, this.#epoch)
    const seq = run.lastSeq
    if (seq > 0) this.#received = formatCursor(this.#epoch, seq)
    this.#inbox.put(run)
  }

  onRecord(record: ControlRecord): void {
    if (record.name === 'pong') this.#changed(record.body.id ?? 0)
    else if (record.name === 'gate') this.#put(gateStatus(record.body))
    else if (record.name === 'position') this.#moved(positionStatus(record.body))
    else if (record.name === 'gap') this.#moved(gapStatus(record.body))
    else if (record.name === 'live') {
      this.#moved(liveStatus(record.body))
      this.#becomeReady('ready')
    }
  }

  onRetrying(loss: Loss, delay: number): void {
    this.#goOnReading()
    this.#put(reconnecting(loss, delay))
  }

  /** The hub ends a connection that asks for what it cannot have: it was the first change not made yet. */
  forgives(loss: Loss): boolean {
    if (!loss.code.startsWith('TCN_FILTER_')) return false
    const change = this.#changes.shift()
    change?.reject(lossError(loss))
    return change !== undefined
  }

  onFailed(loss: Loss): void {
    this.#put(endStatus(loss, loss.cursor ?? this.#received))
    this.#end(loss.code === 'END' ? undefined : lossError(loss))
  }

  // ----

  #request(): Subscribe {
    const { from, to, lag, maxLag, consumer, gates } = this.#setup.options
    // Where a durable consumer stands is known to the hub.
    const position = consumer === undefined ? (this.#received ?? from) : from
    return { filters: this.#filter, from: position ?? 'now', to, lag, maxLag, consumer, gates }
  }

  #moved(status: Status & { cursor: string }): void {
    this.#received = status.cursor
    this.#put(status)
  }

  /** A program that does not read for long needs to know only the latest of these. */
  #put(status: Status): void {
    if (status.status === 'position' || status.status === 'reconnecting') {
      this.#inbox.putLatest(status, (last) => last.status === status.status)
    } else {
      this.#inbox.put(status)
    }
    for (const listener of this.#listeners) listener(status)
  }

  /** The hub answers in order: with the pong the change has been made. */
  #ask(link: Link, { id, filter }: Change): void {
    link.send('subscribe', { filters: filter })
    link.send('ping', { id })
  }

  #changed(upTo: number): void {
    for (let [first] = this.#changes; first !== undefined && first.id <= upTo; [first] = this.#changes) {
      this.#changes.shift()
      this.#filter = first.filter
      first.resolve()
    }
  }

  #becomeReady(readiness: 'ready' | TocsinError): void {
    if (this.#readiness !== 'waiting') return
    this.#readiness = readiness
    for (const waiting of this.#awaitReady) {
      if (readiness === 'ready') waiting.resolve()
      else waiting.reject(readiness)
    }
    this.#awaitReady = []
  }

  /** From here on the hub's lag policy decides. */
  #stopReading(): void {
    this.#kept.link?.pause()
    this.#lagTimer ??= setTimeout(() => this.#put(lagging), LAGGING_AFTER)
  }

  #goOnReading(): void {
    clearTimeout(this.#lagTimer)
    this.#lagTimer = undefined
    this.#kept.link?.resume()
  }

  #onAbort = (): void => {
    this.#inbox.clear()
    this.#end(aborted(this.#setup.options.signal as AbortSignal))
  }

  #end(error: TocsinError | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#setup.options.signal?.removeEventListener('abort', this.#onAbort)
    clearTimeout(this.#lagTimer)
    this.#kept.close()
    const ended = error ?? new TocsinError('TCN_CLIENT_CLOSED', 'the subscription has ended')
    for (const change of this.#changes) change.reject(ended)
    this.#changes = []
    this.#becomeReady(ended)
    this.#inbox.end(error)
    this.#setup.onClosed(this)
  }
}
