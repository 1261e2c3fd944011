import { TocsinError } from '../../errors/tocsin-error.js'
import { endedInTime } from '../../event/runtime.js'
import type { Delivery } from '../../storage/nats/delivery.js'
import { answeredAt, JetStreamApi, type StreamInfo } from '../../storage/nats/jetstream-api.js'
import { guarded, toNatsError } from '../../storage/nats/nats-error.js'
import { persist } from '../../storage/nats/persist.js'
import type { RawMessage } from '../../storage/nats/raw-message.js'
import { stopTime } from '../../storage/nats/stop-time.js'
import { StreamFeed } from '../../storage/nats/stream-feed.js'
import type {
  CompactionReport,
  DamagedRange,
  EventLog,
  FrameBatch,
  LogStats,
  LostRange,
  ReadLimits,
  Retention,
  StoredCounters,
} from '../event-log.js'
import { FrameReader } from '../frame-reader.js'
import { KnownDamage } from '../known-damage.js'
import { type AppendDone, ListenerList } from '../stored-listeners.js'
import { Appends } from './appends.js'
import { Arrival } from './arrival.js'
import { appendBarrier, type TermOptions } from './barrier.js'
import { DeliveredPlaces, type DoubtListener } from './delivered-places.js'
import { Fence, newestEvent } from './fence.js'
import { type JetStreamLogOptions, type Lease, type LogOptions, usual } from './log-options.js'
import { epochOf, type LogStream, openLogStream, streamOptions } from './log-stream.js'
import { MessageFrame } from './message-frame.js'
import { largestFrameOf } from './message-writer.js'
import { PassedPlaces } from './passed-places.js'
import { RecentFrames } from './recent-frames.js'
import { applyRetention } from './stream-retention.js'
import { firstEventAt, type ScanTarget, storedCounters } from './stream-scan.js'
import { StreamSource } from './stream-source.js'
import { Subjects } from './subjects.js'

/** A log in a stream of NATS JetStream, which several hubs read, and to which one of them appends. */
export class JetStreamLog implements EventLog {
  readonly capabilities = { durable: true, shared: true }
  readonly lost: LostRange[] = []
  epoch = ''
  last = 0
  #first = 1
  readonly #options: LogOptions
  readonly #api: JetStreamApi
  readonly #subjects: Subjects
  readonly #listeners = new ListenerList()
  #stream: LogStream
  #recent: RecentFrames
  readonly #frame = new MessageFrame()
  #feed: StreamFeed | undefined
  #appends: Appends | undefined
  #highestTerm = 0
  #barriers = new Fence()
  #isTaking = false
  readonly #arrival = new Arrival()
  #bytes = 0
  #bytesAfterLast = 0
  readonly #damage = new KnownDamage()
  #onTermEnd: (error: TocsinError) => void = () => undefined
  #onHindered: (error: TocsinError) => void = () => undefined
  #onReplaced: () => void = () => undefined
  #onDoubt: DoubtListener = { short: () => undefined, diverged: () => undefined, expired: () => undefined }
  #places: DeliveredPlaces | undefined
  #passed: PassedPlaces | undefined
  #isClosed = false

  private constructor(options: LogOptions, api: JetStreamApi, stream: LogStream) {
    this.#options = options
    this.#api = api
    this.#subjects = new Subjects(options.prefix)
    this.#stream = stream
    this.#recent = new RecentFrames(options.ringBytes)
  }

  /** Throws TCN_NATS_STREAM or TCN_NATS_UNREACHABLE. */
  static async open(given: JetStreamLogOptions): Promise<JetStreamLog> {
    const options = { ...usual, ...given }
    const api = new JetStreamApi(options.link)
    try {
      const stream = await persist(options.link, () => openLogStream(api, streamOptions(options)))
      const log = new JetStreamLog(options, api, stream)
      await log.#begin()
      return log
    } catch (thrown) {
      throw toNatsError(thrown)
    }
  }

  get first(): number {
    return this.#first <= this.last ? this.#first : this.last + 1
  }

  /** The term in which this hub is the primary; 0 if it is not. */
  get term(): number {
    return this.#appends?.term ?? 0
  }

  get largestFrame(): number {
    return largestFrameOf(this.#options.link.maxPayload)
  }

  get stats(): LogStats {
    const { pendingBytes: unflushedBytes = 0, flushMicros = 0 } = this.#appends ?? {}
    return { engine: 'jetstream', bytes: this.#bytes, unflushedBytes, segments: 1, flushMicros }
  }

  /**
   * Begins a term as the primary: fences off every earlier one, and resolves with the term once this hub has all events
   * before it. `known`: the last place that any other hub has, before which nothing is appended. Rejects with TCN_LOG_TERM_OVER if the lease ends meanwhile.
   */
  async lead(lease: Lease, known: () => number = () => 0): Promise<number> {
    this.#checkOpen()
    this.endTerm()
    const { created, window } = this.#stream
    const hindered = (error: TocsinError) => this.#onHindered(error)
    const position = () => Math.max(this.#arrival.last, this.#feed?.position ?? 0, known())
    const target = { ...this.#target(), created, window, known: position, hindered }
    const mayAppend = () => lease.isHeld() && !this.#isClosed && this.#stream.created === created
    const fence = await this.#fence({ ...target, owner: lease.owner, mayAppend, delivered: () => this.last })
    await this.#arrival.of(fence.awaited)
    if (!mayAppend()) throw new TocsinError('TCN_LOG_TERM_OVER')
    const appends = new Appends({
      ...target,
      term: fence.term,
      next: fence.next,
      epoch: this.epoch,
      subjects: this.#subjects,
      typeOf: this.#options.typeOf,
      typeOfBytes: this.#options.typeOfBytes,
      deadlineMs: this.#options.deadlineMs,
      mayAppend,
      over: (error) => {
        // The end of an earlier term says nothing about the lease of this one.
        if (this.#appends !== appends) return
        this.#appends = undefined
        if (!this.#isClosed) this.#onTermEnd(error)
      },
    })
    this.#appends = appends
    return fence.term
  }

  /** Ends the term, since the lease is over: nothing more is appended, and what is open fails with TCN_LOG_TERM_OVER. */
  endTerm(error = new TocsinError('TCN_LOG_TERM_OVER')): void {
    const appends = this.#appends
    this.#appends = undefined
    appends?.end(error)
  }

  /** Sets the listener for the end of a term, other than by `endTerm` or by closing the log. */
  onTermEnd(listener: (error: TocsinError) => void): void {
    this.#onTermEnd = listener
  }

  /** Sets the listener for each time that NATS keeps this primary from storing, which is tried again. */
  onHindered(listener: (error: TocsinError) => void): void {
    this.#onHindered = listener
  }

  /** Sets the listener for another stream in place of the one that was deleted: the log has a new epoch, and is empty. */
  onReplaced(listener: () => void): void {
    this.#onReplaced = listener
  }

  /** Sets the listener for a stream that does not have what was delivered, or is to be. */
  onDoubt(listener: DoubtListener): void {
    this.#onDoubt = listener
    this.#watchPlaces()
  }

  append(batch: FrameBatch, done: AppendDone): void {
    if (this.#isClosed) done(new TocsinError('TCN_LOG_CLOSED'), this.last)
    else if (this.#appends === undefined) done(new TocsinError('TCN_LOG_NOT_PRIMARY'), this.last)
    else this.#appends.append(batch, done)
  }

  onStored(listener: (batch: FrameBatch) => void): () => void {
    return this.#listeners.add(listener)
  }

  get damage(): readonly DamagedRange[] {
    return this.#damage.all
  }

  onDamage(listener: (damage: DamagedRange) => void): void {
    this.#damage.onFound(listener)
  }

  /** An event that was delivered is stored by a majority of the servers. */
  get flushed(): number {
    return this.last
  }

  async durable(seq: number): Promise<void> {
    if (seq <= this.flushed) return
    if (this.#appends === undefined) throw new TocsinError('TCN_LOG_NOT_PRIMARY')
    await this.#appends.durable(seq)
  }

  async caughtUp(): Promise<number | undefined> {
    const info = await guarded(this.#refresh())
    return this.#arrival.of(info.state.last_seq).then(() => answeredAt(info))
  }

  read(from: number, limits: ReadLimits): AsyncIterable<FrameBatch> {
    this.#checkOpen()
    const { first, last } = this
    const passed = () => persist(this.#options.link, () => this.#refresh())
    const source = new StreamSource({ ...this.#target(), recent: this.#recent, last, passed })
    return new FrameReader(this.#options.runtime, source, { from, first, last }, limits)
  }

  async seek(timeMicros: number): Promise<number> {
    this.#checkOpen()
    return await guarded(firstEventAt(this.#target(), timeMicros, this.last, this.first))
  }

  counters(from: number): AsyncIterable<StoredCounters> {
    this.#checkOpen()
    return storedCounters(this.#target(), from, this.last)
  }

  async compact(policy: Retention, cause: CompactionReport['cause'] = 'manual'): Promise<CompactionReport> {
    this.#checkOpen()
    const { runtime, stream } = this.#options
    const start = runtime.now()
    const before = { first: this.first, bytes: (await guarded(this.#refresh())).state.bytes }
    const options = { subjects: this.#subjects, isOnce: cause === 'manual', now: start, last: this.last }
    await guarded(applyRetention(this.#target(), policy, options))
    const { state } = await guarded(this.#refresh())
    const report: CompactionReport = {
      file: stream,
      cause,
      bytesBefore: before.bytes,
      bytesAfter: state.bytes,
      bytesAfterLast: this.#bytesAfterLast,
      start,
      duration: runtime.now() - start,
      transactions: 0,
      removed: this.first === before.first ? undefined : { from: before.first, to: this.first - 1 },
    }
    this.#bytesAfterLast = state.bytes
    return report
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const drained = this.#appends?.drained() ?? Promise.resolve()
    await endedInTime(this.#options.runtime, drained, stopTime(this.#options.link))
    this.#appends?.end(new TocsinError('TCN_LOG_CLOSED'))
    this.#feed?.close()
    this.#passed?.close()
    this.#arrival.close()
    await this.#options.link.close()
    this.#options.closed()
  }

  /** Begins to follow the stream after its last event, or from its beginning if it has taken the place of another one. */
  async #begin(isOther = false): Promise<void> {
    const { link, stream, ringBytes } = this.#options
    const { created, state, window } = this.#stream
    const target = { api: this.#api, stream, subjects: this.#subjects, window }
    const newest = await persist(link, () => newestEvent(target))
    this.epoch = epochOf(this.#stream)
    this.#recent = new RecentFrames(ringBytes)
    this.last = (isOther ? undefined : newest?.seq) ?? Math.max(0, state.first_seq - 1)
    this.#barriers = new Fence(isOther ? undefined : newest)
    this.#arrival.reach(this.last)
    this.#takeState(this.#stream)
    this.#watchPlaces()
    this.#passed?.close()
    const asked = { first: () => this.#first, ask: () => this.#refresh(), known: () => this.#take() }
    this.#passed = new PassedPlaces(this.last, { runtime: link.runtime, ...asked })
    if (isOther) this.#onReplaced()
    this.#feed = new StreamFeed({
      link,
      api: this.#api,
      stream,
      created,
      from: this.last + 1,
      received: (message, delivery) => this.#receive(message, delivery),
      compared: (info, delivered) => {
        this.#takeState(info)
        this.#places?.compare(info.state.last_seq, delivered)
      },
      replaced: () => void this.#replace(),
    })
    await this.#feed.caughtUp
  }

  #watchPlaces(): void {
    const { created } = this.#stream
    const diverged = (range: LostRange) => this.#diverged(range)
    const { short } = this.#onDoubt
    this.#places = new DeliveredPlaces({ ...this.#target(), created, recent: this.#recent, short, diverged })
  }

  /** The event that was delivered last is not in the stream: memory must no longer give it to readers. */
  #diverged(range: LostRange): void {
    this.#handOver()
    this.#recent = new RecentFrames(this.#options.ringBytes)
    this.#watchPlaces()
    this.#appends?.foreign(range.from)
    if (this.lost.length < MAX_LOST) this.lost.push({ ...range, damaged: true })
    this.#onDoubt.diverged(range)
  }

  /** The stream is gone, or another one has its name. */
  async #replace(): Promise<void> {
    this.#appends?.end(new TocsinError('TCN_LOG_TERM_OVER', 'the stream of the log was deleted'))
    while (!this.#isClosed) {
      try {
        this.#stream = await openLogStream(this.#api, streamOptions(this.#options))
        this.#highestTerm = 0
        this.lost.length = 0
        await this.#begin(true)
        return
      } catch {
        await new Promise<void>((resolve) => void this.#options.runtime.after(RETRY_MS, resolve))
      }
    }
  }

  #receive(message: RawMessage, { seq, time }: Delivery): void {
    const frame = this.#frame
    if (this.#passed?.take(seq)) this.#recent.split()
    const isEvent = frame.read(message, seq)
    const isBarrier = !isEvent && message.subject === this.#subjects.barrier
    if (isBarrier) this.#barriers.take(seq, { owner: Buffer.from(message.payload).toString() })
    else this.#barriers.take(seq, isEvent ? frame : undefined)
    const damaged = (reason: string) => this.#damage.found({ from: seq, to: seq, reason })
    if (!isEvent && !isBarrier) damaged('it was not written by a hub')
    if (isEvent && frame.term < this.#highestTerm) damaged('an earlier primary wrote it after a later one')
    if (this.#appends !== undefined && (!isEvent || frame.term !== this.#appends.term))
      this.#appends.foreign(seq)
    if (isEvent && !this.#barriers.isLate(frame.term)) {
      this.#highestTerm = Math.max(this.#highestTerm, frame.term)
      this.#recent.add(frame, seq, time)
    }
    if (this.#isTaking) return
    this.#isTaking = true
    this.#options.runtime.soon(() => this.#take())
  }

  /** Hands over what was received in a turn of the event loop. */
  #take(): void {
    this.#isTaking = false
    if (!this.#isClosed && !this.#passed?.isAsking) this.#handOver()
  }

  #handOver(): void {
    const position = this.#feed?.position ?? 0
    for (const batch of this.#recent.take()) {
      for (const range of this.#passed?.expiredBefore(batch.firstSeq) ?? []) this.#onDoubt.expired(range)
      this.last = batch.lastSeq
      this.#listeners.hand(batch)
    }
    this.#appends?.delivered(position)
    this.#arrival.reach(position)
  }

  async #fence(options: TermOptions): Promise<{ term: number; next: number; awaited: number }> {
    if (this.#options.fence) {
      const { first, last } = await appendBarrier({ ...options, subjects: this.#subjects })
      return { term: first, next: last + 1, awaited: last }
    }
    const { state } = await guarded(this.#refresh())
    const next = state.last_seq + 1
    return { term: next, next, awaited: this.#arrival.last }
  }

  async #refresh(): Promise<StreamInfo> {
    const info = await this.#api.info(this.#options.stream)
    this.#takeState(info)
    return info
  }

  #takeState({ state, created }: StreamInfo): void {
    if (created !== this.#stream.created) return
    this.#first = Math.max(1, state.first_seq)
    this.#bytes = state.bytes
  }

  #target(): ScanTarget {
    return { link: this.#options.link, api: this.#api, stream: this.#options.stream }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new TocsinError('TCN_LOG_CLOSED')
  }
}

const RETRY_MS = 500
const MAX_LOST = 1000
