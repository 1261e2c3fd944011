import { TocsinError, toTocsinError } from '../errors/tocsin-error.js'
import { frameTime } from '../event/frame.js'
import type { FrameBatch, SeqRange } from '../log/event-log.js'
import { asCore, asFault } from '../parts/core.js'
import { begin } from '../parts/work.js'
import type { LagPolicy, Peer, SubscribeRequest, SubscriptionApi } from './api.js'
import type { FrameCollector } from './frame-collector.js'
import type { GateSubscriber } from './gates.js'
import type { Group, LiveMember } from './group.js'
import { LentBatches } from './lent-batches.js'
import type { Replay } from './long-batches.js'
import { MatchingFrames } from './matching-frames.js'
import type { Principal } from './principal.js'
import type { EndReason, GapReason, Piece, Sink } from './sink.js'
import type { SubscriptionState, SubscriptionView } from './statistics.js'
import type { SubscriptionHost } from './subscription-host.js'

/** The next batch is read from the log while at most this many bytes wait for the peer. */
const LOW_WATER_BYTES = 64 * 1024

/**
 * One subscription: the state machine in which catch-up and live delivery meet. It rests on four rules:
 *
 * 1. It leaves the live path before a write, with `cursor` = last dispatched seq: everything up to it has been
 *    given to the sink, nothing after it.
 * 2. `cursor` moves over everything read, matching or not, and never past `dispatched`.
 * 3. It becomes live in the same turn in which it finds cursor = dispatched; its group has collected events all
 *    along, so the next flush brings exactly what comes after.
 * 4. Only 'drained' and the end of a read wake it: there is no timer and no queue.
 */
export class Subscription implements SubscriptionApi, SubscriptionView, LiveMember, GateSubscriber, Replay {
  readonly id: number
  readonly principal: Principal
  readonly label: string
  readonly peer: Peer | undefined
  readonly lag: LagPolicy
  readonly maxLag: SubscribeRequest['maxLag']
  readonly sink: Sink
  readonly #host: SubscriptionHost<Subscription>
  #filters: SubscribeRequest['filters']
  group: Group
  liveIndex = -1
  state: SubscriptionState = 'catching'
  /** Everything up to this seq has been given to the sink or did not match. While live, `dispatched` is used instead. */
  #cursor: number
  /** Last seq of a bounded subscription. */
  readonly #to: number
  #reading = false
  #lent: LentBatches | undefined
  /** True if it waits until others of its principal have delivered their long events. */
  #waitsForRoom = false
  /** True if it has ever been live: only then is being behind counted as lag. */
  #joined = false
  /** Roughly the total of stored bytes when the event at the cursor was stored. */
  #storedAtCursor = 0
  slowSince: number | undefined
  /** When the peer was last sent anything, ms (monotonic). */
  lastOutput: number
  readonly consumer: string | undefined
  readonly connected: number
  readTime: number | undefined
  delivered = 0
  skipped = 0

  constructor(
    host: SubscriptionHost<Subscription>,
    fields: {
      id: number
      principal: Principal
      request: SubscribeRequest
      sink: Sink
      group: Group
      cursor: number
      to: number | undefined
    },
  ) {
    this.#host = host
    this.id = fields.id
    this.principal = fields.principal
    const { request } = fields
    this.label = request.label
    this.peer = request.peer
    this.#filters = request.filters
    this.lag = request.lag ?? 'catch-up'
    this.maxLag = request.maxLag
    this.consumer = request.consumer
    this.connected = host.runtime.now()
    this.sink = fields.sink
    this.group = fields.group
    this.#cursor = fields.cursor
    this.#to = fields.to ?? Number.POSITIVE_INFINITY
    this.lastOutput = host.runtime.monotonic()
  }

  get cursor(): number {
    return this.state === 'live' ? this.#host.delivery.dispatched : this.#cursor
  }

  get filter(): string {
    return this.group.matcher.key
  }

  get asked(): SubscribeRequest['filters'] {
    return this.#filters
  }

  get gates(): string[] {
    return this.#host.gates.namesOf(this)
  }

  get pending(): number {
    return this.sink.pending
  }

  start(): void {
    this.#wake()
  }

  deliver(pieces: readonly Piece[], frames: number): void {
    if (this.sink.pending > this.#host.limits.queue) return void this.#fallBehind()
    this.sink.write(pieces)
    this.#count(frames)
  }

  readLater(): void {
    if (this.sink.pending > this.#host.limits.queue) return void this.#fallBehind()
    this.#leaveLive()
    // Its events are dispatched when the flush is over.
    this.#host.runtime.soon(() => asCore(() => this.#wake()))
  }

  drained(): void {
    asCore(() => {
      this.#lent?.taken()
      this.#wake()
    })
  }

  resume(): void {
    this.#waitsForRoom = false
    this.#wake()
  }

  change(filters: SubscribeRequest['filters']): void {
    if (this.state === 'ended') return
    const next = asCore(() => this.#host.regroup(this, filters))
    if (next === undefined) return
    if (this.state === 'live') {
      this.group.leave(this)
      next.join(this)
    }
    this.group = next
    this.#filters = filters
  }

  /** Applies changed rights of its principal. A durable consumer applies the rights of its members itself. */
  reauthorize(): void {
    if (this.consumer !== undefined) return
    try {
      this.change(this.#filters)
    } catch (thrown) {
      this.fail(thrown)
    }
  }

  ack(): void {
    throw new TocsinError('TCN_CONSUMER_REQUIRED')
  }

  gateDone(name: string, seq: number, answer: unknown): void {
    asCore(() => this.#host.gates.answer(this, name, seq, answer))
  }

  close(): void {
    if (this.state === 'ended') return
    if (this.state === 'live') {
      this.#cursor = this.#host.delivery.dispatched
      this.group.leave(this)
    }
    this.state = 'ended'
    asCore(this.#host.released, this)
  }

  end(code: EndReason['code'], message: string): void {
    if (this.state === 'ended') return
    this.close()
    this.sink.end({ code, message, seq: this.#cursor })
  }

  fail(thrown: unknown): void {
    const { code, message } = toTocsinError(thrown, 'TCN_INTERNAL')
    this.end(code, message)
  }

  /** True if so little waits for the peer that its position can be reported. */
  get isQuiet(): boolean {
    return this.state !== 'ended' && this.#hasRoom
  }

  reportPosition(): void {
    this.lastOutput = this.#host.runtime.monotonic()
    this.sink.status({ type: 'position', seq: this.cursor })
  }

  /** Bytes of events (matching or not) from its cursor to the end; 0 while live. */
  get bytesBehind(): number {
    if (this.state !== 'catching' || !this.#joined) return 0
    return Math.max(0, this.#host.delivery.lagMeter.total - this.#storedAtCursor)
  }

  /** Ends the subscription if it is further behind than `maxLag`. */
  enforceMaxLag(): void {
    if (this.state !== 'catching' || this.slowSince === undefined || this.maxLag === undefined) return
    const { bytes = Number.POSITIVE_INFINITY, age = Number.POSITIVE_INFINITY } = this.maxLag
    const slowFor = this.#host.runtime.monotonic() - this.slowSince
    if (this.bytesBehind > bytes) this.end('TCN_BUS_LAG', `more than ${bytes} bytes behind`)
    else if (slowFor > age) this.end('TCN_BUS_LAG', `behind for more than ${age} ms`)
  }

  /** Called by `deliver`: `dispatched` does not include the output of this tick yet. */
  #fallBehind(): void {
    if (this.lag === 'disconnect') {
      this.end('TCN_BUS_LAG', `more than ${this.#host.limits.queue} bytes waited for this subscriber`)
      return
    }
    this.#leaveLive()
    this.slowSince = this.#host.runtime.monotonic()
  }

  #leaveLive(): void {
    this.group.leave(this)
    this.state = 'catching'
    this.#cursor = this.#host.delivery.dispatched
    this.#storedAtCursor = this.#host.delivery.lagMeter.total
  }

  /** True if it is behind because of its peer, and not only because it takes long to test its events. */
  get #isSlow(): boolean {
    return this.#joined && this.sink.pending > this.#host.limits.queue
  }

  get #hasRoom(): boolean {
    return this.sink.pending <= LOW_WATER_BYTES
  }

  #wake(): void {
    if (this.state !== 'catching' || this.#reading || this.#waitsForRoom || !this.#hasRoom) return
    this.#reading = true
    const done = () => {
      this.#reading = false
      // 'drained' may have been called while the last batch was read.
      if (this.state === 'catching' && this.#hasRoom) this.#wake()
    }
    void this.#catchUp()
      .catch((thrown: unknown) => this.fail(asFault(thrown)))
      .then(done)
  }

  /** Resolves when it has joined, ended, or must wait for the peer. */
  async #catchUp(): Promise<void> {
    while (this.state === 'catching' && !this.#waitsForRoom && this.#hasRoom) {
      this.#host.longBatches.taken(this)
      if (this.lag === 'skip') this.#skipAhead()
      this.#reportExpired(Math.min(this.#first, this.#to + 1))
      if (this.#cursor >= this.#to) return this.end('END', 'the end of the range is reached')
      if (this.#cursor >= this.#host.delivery.dispatched) {
        if (this.#to === Number.POSITIVE_INFINITY) return this.#join()
        return this.end('END', 'the end of the range is reached')
      }
      const turn = this.#turn()
      if (turn !== undefined) await turn
      if (this.state !== 'catching') return
      await this.#readOn(Math.min(this.#host.delivery.dispatched, this.#to))
      if (!this.#waitsForRoom) this.#host.longBatches.passOn(this)
      this.#host.gates.announceTo(this)
    }
  }

  async #readOn(to: number): Promise<void> {
    const { group } = this
    // This read may leave out events that another filter matches.
    const isValid = () => this.state === 'catching' && this.group === group
    const stored = this.#host.delivery.lagMeter.total
    const isLast = to === this.#host.delivery.dispatched
    const damaged = (range: SeqRange) => isValid() && this.#reportDamage(range)
    const limits = { to, damaged, ...group.hints }
    for await (const read of this.#host.log.read(this.#cursor + 1, limits)) {
      if (!isValid()) return
      const batch = { ...read } // The log may use `read` again in another turn.
      if (!this.#hasRoomFor(batch)) return
      if (batch.firstSeq > this.#cursor + 1) {
        this.#reportExpired(Math.min(this.#first, batch.firstSeq))
        this.#reportMissing(batch.firstSeq)
      }
      this.#begin()
      const matching = group.matcher.all ? undefined : new MatchingFrames(batch, this.#cursor, group.reading)
      while (matching?.step() === false) {
        await this.#turn()
        if (!isValid()) return
      }
      this.readTime = frameTime(batch.bytes, 0)
      this.#write(batch, matching?.found)
      this.#cursor = batch.lastSeq
      this.#storedAtCursor += batch.bytes.length
      this.#host.budget.spend(batch.bytes.length)
      if (this.#isSlow) this.slowSince ??= this.#host.runtime.monotonic()
      if (!this.#hasRoom) return
      const turn = this.#turn()
      if (turn !== undefined) await turn
      if (!isValid()) return
    }
    if (!isValid()) return
    // The read also ends where the log has dropped events of the range.
    this.#reportExpired(Math.min(this.#first, this.#to + 1))
    this.#reportMissing(to + 1)
    this.#cursor = Math.max(this.#cursor, to)
    if (isLast) this.#storedAtCursor = stored
  }

  readonly #turn = (): Promise<void> | undefined =>
    this.#host.budget.turn(this.principal.name)?.then(this.#begin)
  readonly #begin = (): void => begin({ face: 'log', what: 'catch-up', principal: this.principal.name })

  #hasRoomFor({ bytes }: FrameBatch): boolean {
    // A durable consumer bounds the waiting events by the number that may be unacknowledged.
    this.#waitsForRoom = this.consumer === undefined && !this.#host.longBatches.take(this, bytes)
    return !this.#waitsForRoom
  }

  /** Writes the matching frames, and releases the batch when they are written. `matching`: undefined for all of it. */
  #write(batch: FrameBatch, matching: FrameCollector | undefined): void {
    const frames = matching?.frames ?? batch.count
    if (frames === 0) return void batch.release?.()
    this.#lent ??= new LentBatches(this.sink)
    this.#lent.write(this.group.encode(matching?.take() ?? [batch.bytes]), batch)
    this.#count(frames)
  }

  #join(): void {
    const isNews = !this.#joined || this.slowSince !== undefined
    this.state = 'live'
    this.#joined = true
    this.slowSince = undefined
    this.readTime = undefined
    this.group.join(this)
    this.lastOutput = this.#host.runtime.monotonic()
    if (isNews) this.sink.status({ type: 'live', seq: this.#cursor })
    this.#host.gates.announceTo(this)
  }

  /** Skips the oldest events that it has missed, and keeps the newest, about half a queue. */
  #skipAhead(): void {
    if (this.slowSince === undefined || this.bytesBehind <= this.#host.limits.queue) return
    const next = this.#seqBefore(this.#host.limits.queue / 2)
    if (next <= this.#cursor) return
    this.#gap(this.#cursor + 1, next, 'skipped', next)
    this.#storedAtCursor = this.#host.delivery.lagMeter.total - this.#host.limits.queue / 2
  }

  /** First seq that can still be read; at most the one after `dispatched`. */
  get #first(): number {
    const { log, delivery } = this.#host
    return Math.min(log.first, delivery.dispatched + 1)
  }

  #seqBefore(bytes: number): number {
    const { lagMeter: stored, dispatched: flushed } = this.#host.delivery
    return stored.seqBefore(bytes, flushed)
  }

  #reportExpired(first: number): void {
    if (this.#cursor + 1 < first) this.#gap(this.#cursor + 1, first - 1, 'expired', first - 1)
  }

  #reportDamage({ from, to }: SeqRange): void {
    this.#reportExpired(Math.min(this.#first, from))
    if (this.#cursor < to) this.#gap(Math.max(from, this.#cursor + 1), to, 'damaged', to)
  }

  /** Reports the ranges before `next` whose events had been stored. Those lost in a crash may never have existed. */
  #reportMissing(next: number): void {
    for (const { from, to, damaged } of this.#host.log.lost) {
      if (damaged && from > this.#cursor && to < next) this.#gap(from, to, 'lost-in-damage', to)
    }
  }

  #gap(from: number, to: number, reason: GapReason, next: number): void {
    this.#cursor = next
    this.skipped += Math.max(0, to - from + 1)
    this.lastOutput = this.#host.runtime.monotonic()
    this.sink.status({ type: 'gap', from, to, reason, next })
  }

  #count(frames: number): void {
    this.delivered += frames
    this.lastOutput = this.#host.runtime.monotonic()
  }
}
