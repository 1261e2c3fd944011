import { TocsinError } from '../../errors/tocsin-error.js'
import { formatCursor } from '../../event/cursor.js'
import type { Event } from '../../event/event.js'
import type { ControlRecord } from '../../protocols/native/codec.js'
import type { FilterInput, Hello, Subscribe } from '../../protocols/native/protocol.js'
import type { EventBatch, GateStatus, Status, SubscribeOptions, Subscription } from '../api.js'
import { abortError, type DisconnectReason, disconnectError } from '../transport/disconnect-reason.js'
import type { Link } from '../transport/link.js'
import { SupervisedLink, type SupervisedLinkUser } from '../transport/supervised-link.js'
import type { Dial } from '../transport/transport.js'
import { Inbox } from './inbox.js'
import { BatchIteration, ItemIteration, type ItemSource } from './iterators.js'
import { ReceivedBatch } from './received-batch.js'
import type { ReceivedEvent, Reception } from './received-event.js'
import {
  connected,
  endStatus,
  gapStatus,
  gateStatus,
  lagging,
  liveStatus,
  positionStatus,
  reconnecting,
  statusBytes,
} from './statuses.js'

export interface SubscriptionSetup {
  dial: Dial
  hello: Omit<Hello, 'version'>
  reconnect: boolean
  filter: FilterInput | undefined
  /** The type of an event that carries none, by its tag. */
  typeOf: (tag: string) => string
  options: SubscribeOptions
  onClosed(subscription: HubSubscription): void
}

interface FilterChange {
  id: number
  filter: FilterInput
  resolve(): void
  reject(error: Error): void
}

/** A program that does not read for this time is reported as lagging. */
const LAGGING_AFTER_MS = 1000
/** Maximum number of seqs in one `ack` record. */
const MAX_ACKS = 4096

/**
 * A subscription on a connection of its own, which resumes from its cursor after a lost connection.
 *
 * How far it has come in the stream:
 *
 *     read by the program      being read            in the inbox        not received yet
 *   ─────────────────────▶│──── #currentBatch ────▶│───────────────────▶│───────────────▶
 *                         │          │                                  │
 *                 #finishedCursor    #lastEvent                 #receivedCursor
 *
 * A new connection resumes after `#receivedCursor`. The public `cursor` is that of `#lastEvent`, or `#finishedCursor`
 * before the first event of the current batch. A program that reads whole batches has finished the current one as
 * soon as it receives it (`#isCurrentBatchFinished`); `cursor` is then that of the batch's last event.
 */
export class HubSubscription implements Subscription, SupervisedLinkUser, ItemSource {
  readonly #setup: SubscriptionSetup
  readonly #supervised: SupervisedLink
  readonly #inbox: Inbox<ReceivedBatch | Status>
  readonly #listeners = new Set<(status: Status) => void>()
  #filter: FilterInput | undefined
  #receivedCursor: string | undefined
  #finishedCursor: string | undefined
  #currentBatch: ReceivedBatch | undefined
  #isCurrentBatchFinished = false
  #lastEvent: Event | undefined
  #reception: Reception
  #wasLinked = false
  #changes: FilterChange[] = []
  #nextChange = 1
  #lagTimer: ReturnType<typeof setTimeout> | undefined
  #readiness: 'waiting' | 'ready' | TocsinError = 'waiting'
  #readyWaiters: { resolve(): void; reject(error: Error): void }[] = []
  #closed = false

  constructor(setup: SubscriptionSetup) {
    this.#setup = setup
    this.#filter = setup.filter
    this.#reception = { epoch: '', typeOf: setup.typeOf }
    this.#supervised = new SupervisedLink(this, { ...setup, hello: () => setup.hello })
    this.#inbox = new Inbox({
      sizeOf: (item) => (item instanceof ReceivedBatch ? item.end - item.start : statusBytes(item)),
      onFull: () => this.#stopReading(),
      onLow: () => this.#resumeReading(),
    })
    const { signal } = setup.options
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (signal?.aborted) this.#onAbort()
    else this.#supervised.start()
  }

  // ---- for the program

  [Symbol.asyncIterator](): AsyncIterator<ReceivedEvent | Status> {
    return new ItemIteration<ReceivedEvent | Status>(this, true)
  }

  events(): AsyncIterable<ReceivedEvent> {
    return new ItemIteration<ReceivedEvent>(this, false)
  }

  batches(): AsyncIterable<EventBatch | Status> {
    return new BatchIteration(this)
  }

  onStatus(listener: (status: Status) => void): this {
    this.#listeners.add(listener)
    return this
  }

  get cursor(): string | undefined {
    const batch = this.#currentBatch
    if (batch === undefined) return this.#finishedCursor
    const seq = this.#isCurrentBatchFinished ? batch.lastSeq : (this.#lastEvent?.seq ?? 0)
    return seq > 0 ? formatCursor(batch.reception.epoch, seq) : this.#finishedCursor
  }

  ready(): Promise<void> {
    if (this.#readiness === 'ready') return Promise.resolve()
    if (this.#readiness !== 'waiting') return Promise.reject(this.#readiness)
    return new Promise((resolve, reject) => this.#readyWaiters.push({ resolve, reject }))
  }

  async change(filter: FilterInput): Promise<void> {
    if (this.#closed) throw new TocsinError('TCN_CLIENT_CLOSED')
    const id = this.#nextChange++
    await new Promise<void>((resolve, reject) => {
      const change = { id, filter, resolve, reject }
      this.#changes.push(change)
      if (this.#supervised.link !== undefined) this.#sendChange(this.#supervised.link, change)
    })
  }

  ack(
    events: Event | readonly Event[],
    result: 'done' | 'retry' | 'park' = 'done',
    options: { delay?: number; reason?: string } = {},
  ): void {
    const list = Array.isArray(events) ? events : [events]
    const seqs: number[] = list.map((event: Event) => event.seq)
    for (let from = 0; from < seqs.length; from += MAX_ACKS) {
      this.#supervised.link?.send('ack', { seqs: seqs.slice(from, from + MAX_ACKS), result, ...options })
    }
  }

  gateDone(gate: GateStatus, answer?: unknown): void {
    this.#supervised.link?.send('gateDone', { name: gate.name, seq: gate.seq, answer })
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

  next(): Promise<ReceivedBatch | Status | undefined> {
    return this.#inbox.next()
  }

  take(): ReceivedBatch | Status | undefined {
    return this.#inbox.take()
  }

  beginItem(item: ReceivedBatch | Status): void {
    this.#finishedCursor = this.cursor
    this.#lastEvent = undefined
    this.#currentBatch = undefined
    this.#isCurrentBatchFinished = false
    if (item instanceof ReceivedBatch) this.#currentBatch = item
    else if ('cursor' in item && item.cursor !== undefined) this.#finishedCursor = item.cursor
  }

  noteEvent(event: Event): void {
    if (!event.synthetic) this.#lastEvent = event
  }

  noteBatch(batch: ReceivedBatch): void {
    this.beginItem(batch)
    this.#isCurrentBatchFinished = true
  }

  // ---- from the connection

  onLinked(link: Link): void {
    this.#reception = { epoch: link.welcome.epoch, typeOf: this.#setup.typeOf }
    link.send('subscribe', this.#request())
    for (const change of this.#changes) this.#sendChange(link, change)
    if (this.#inbox.isFull) this.#stopReading()
    if (this.#wasLinked) this.#put(connected)
    this.#wasLinked = true
  }

  onEvents(bytes: Uint8Array, start: number, end: number, count: number): void {
    const batch = new ReceivedBatch(bytes, start, end, count, this.#reception)
    const seq = batch.lastSeq
    if (seq > 0) this.#receivedCursor = formatCursor(this.#reception.epoch, seq)
    this.#inbox.put(batch)
  }

  onRecord(record: ControlRecord): void {
    if (record.name === 'pong') this.#confirmChanges(record.body.id ?? 0)
    else if (record.name === 'gate') this.#put(gateStatus(record.body))
    else if (record.name === 'position') this.#advanceTo(positionStatus(record.body))
    else if (record.name === 'gap') this.#advanceTo(gapStatus(record.body))
    else if (record.name === 'live') {
      this.#advanceTo(liveStatus(record.body))
      this.#settleReady('ready')
    }
  }

  onRetrying(reason: DisconnectReason, delay: number): void {
    this.#resumeReading()
    this.#put(reconnecting(reason, delay))
  }

  /** The hub ends a connection that asks for a filter it refuses: the first change that it has not confirmed. */
  recoversFrom(reason: DisconnectReason): boolean {
    if (!reason.code.startsWith('TCN_FILTER_')) return false
    const change = this.#changes.shift()
    change?.reject(disconnectError(reason))
    return change !== undefined
  }

  onFailed(reason: DisconnectReason): void {
    this.#put(endStatus(reason, reason.cursor ?? this.#receivedCursor))
    this.#end(reason.code === 'END' ? undefined : disconnectError(reason))
  }

  // ---- private

  #request(): Subscribe {
    const { from, to, otherwise, lag, maxLag, consumer, gates } = this.#setup.options
    // The hub keeps the position of a durable consumer.
    const position = consumer === undefined ? (this.#receivedCursor ?? from) : from
    return { filters: this.#filter, from: position ?? 'now', to, otherwise, lag, maxLag, consumer, gates }
  }

  #advanceTo(status: Status & { cursor: string }): void {
    this.#receivedCursor = status.cursor
    this.#put(status)
  }

  /** A program that reads late needs only the latest position and the latest attempt to reconnect. */
  #put(status: Status): void {
    if (status.status === 'position' || status.status === 'reconnecting') {
      this.#inbox.putLatest(status, (last) => last.status === status.status)
    } else {
      this.#inbox.put(status)
    }
    for (const listener of this.#listeners) listener(status)
  }

  /** The hub answers in order, so that the pong confirms the change. */
  #sendChange(link: Link, { id, filter }: FilterChange): void {
    link.send('subscribe', { filters: filter })
    link.send('ping', { id })
  }

  #confirmChanges(upTo: number): void {
    for (let [first] = this.#changes; first !== undefined && first.id <= upTo; [first] = this.#changes) {
      this.#changes.shift()
      this.#filter = first.filter
      first.resolve()
    }
  }

  #settleReady(readiness: 'ready' | TocsinError): void {
    if (this.#readiness !== 'waiting') return
    this.#readiness = readiness
    for (const waiting of this.#readyWaiters) {
      if (readiness === 'ready') waiting.resolve()
      else waiting.reject(readiness)
    }
    this.#readyWaiters = []
  }

  /** While nothing is read, the lag policy of the hub decides what happens. */
  #stopReading(): void {
    this.#supervised.link?.pause()
    this.#lagTimer ??= setTimeout(() => this.#put(lagging), LAGGING_AFTER_MS)
  }

  #resumeReading(): void {
    clearTimeout(this.#lagTimer)
    this.#lagTimer = undefined
    this.#supervised.link?.resume()
  }

  #onAbort = (): void => {
    this.#inbox.clear()
    this.#end(abortError(this.#setup.options.signal))
  }

  #end(error: TocsinError | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#setup.options.signal?.removeEventListener('abort', this.#onAbort)
    clearTimeout(this.#lagTimer)
    this.#supervised.close()
    const ended = error ?? new TocsinError('TCN_CLIENT_CLOSED', 'the subscription has ended')
    for (const change of this.#changes) change.reject(ended)
    this.#changes = []
    this.#settleReady(ended)
    this.#inbox.end(error)
    this.#setup.onClosed(this)
  }
}
