import { toTocsinError } from '../event/errors.js'
import { frameBytes, frameSeq, frameTime } from '../event/frame.js'
import type { FrameBatch } from '../log/event-log.js'
import type { LagPolicy, SubscribeRequest, SubscriptionApi } from './api.js'
import type { Group, LiveMember } from './group.js'
import type { Principal } from './principal.js'
import { Runs } from './runs.js'
import type { EndReason, GapReason, Sink } from './sink.js'

/** What a subscription needs of the bus it belongs to. */
export interface SubscriptionHost {
  /** Last seq handed to those who are live. */
  readonly flushed: number
  /** First seq that the log still has; at most the one after `flushed`. */
  readonly first: number
  /** µs, ms: see Runtime */
  now(): number
  monotonic(): number
  read(from: number, to: number, prefixes: readonly string[] | undefined): AsyncIterable<FrameBatch>
  budget(bytes: number): Promise<void> | undefined
  /** Bytes of events stored since the bus started. */
  readonly storedBytes: number
  /** A seq with at most about so many bytes of events behind it. */
  seqBehind(bytes: number): number
  readonly queueLimit: number
  /** Undefined when that ended the subscription. */
  regroup(subscription: Subscription, filters: SubscribeRequest['filters']): Group | undefined
  released(subscription: Subscription): void
  /** Its cursor has moved on, outside the live path. */
  progressed(subscription: Subscription): void
  acknowledge(subscription: Subscription, ...ack: Parameters<SubscriptionApi['ack']>): void
  gateDone(subscription: Subscription, name: string, seq: number, answer: unknown): void
}

/**
 * live      in its group's list; gets the output of every tick
 * catching  reads the log at its own speed; wakes when the peer has taken what it was given
 * ended     nothing is written any more
 */
export type SubscriptionState = 'live' | 'catching' | 'ended'

/** While less than this waits for the peer, the next piece of the log is read for it. */
const LOW_WATER = 64 * 1024

/**
 * One subscriber. Replay and live meet in this machine, which rests on four rules:
 *
 * 1. it leaves the live path before a write, with `cursor` = last flushed seq: everything up to it
 *    has been given to the sink, nothing after it;
 * 2. `cursor` moves over what was read also when nothing matched, and never past `flushed`;
 * 3. it joins in the same turn in which it sees cursor = flushed; its group has collected all the
 *    while, so that the next flush brings exactly what comes after;
 * 4. only 'drained' and the end of a read wake it: there is no timer and no queue.
 */
export class Subscription implements SubscriptionApi, LiveMember {
  readonly id: number
  readonly principal: Principal
  readonly label: string
  readonly lag: LagPolicy
  readonly maxLag: SubscribeRequest['maxLag']
  readonly sink: Sink
  readonly #host: SubscriptionHost
  #filters: SubscribeRequest['filters']
  group: Group
  liveIndex = -1
  state: SubscriptionState = 'catching'
  /** Everything up to this seq has been given to the sink or did not match. While live: `flushed` counts. */
  #cursor: number
  /** Last seq of a bounded subscription. */
  readonly #to: number
  #reading = false
  /** Has been live: from then on, falling behind is lag. */
  #joined = false
  /** `storedBytes` as it was at the cursor, about. */
  #storedAtCursor = 0
  /** ms (monotonic); undefined while live */
  slowSince: number | undefined
  /** When the peer last got anything, ms (monotonic). */
  told: number
  readonly consumer: string | undefined
  /** µs since the epoch */
  readonly connected: number
  /** Time of the last event read while behind, µs since the epoch. */
  readTime: number | undefined
  events = 0
  bytes = 0
  /** Numbers that gaps took from it. */
  skipped = 0

  constructor(
    host: SubscriptionHost,
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
    this.label = fields.request.label
    this.#filters = fields.request.filters
    this.lag = fields.request.lag ?? 'catch-up'
    this.maxLag = fields.request.maxLag
    this.consumer = fields.request.consumer
    this.connected = host.now()
    this.sink = fields.sink
    this.group = fields.group
    this.#cursor = fields.cursor
    this.#to = fields.to ?? Number.POSITIVE_INFINITY
    this.told = host.monotonic()
  }

  /** Everything up to here has been delivered. */
  get cursor(): number {
    return this.state === 'live' ? this.#host.flushed : this.#cursor
  }

  start(): void {
    this.#wake()
  }

  deliver(pieces: readonly Uint8Array[], frames: number, bytes: number): void {
    if (this.sink.pending > this.#host.queueLimit) {
      this.#fallBehind()
      return
    }
    this.sink.write(pieces)
    this.#count(frames, bytes)
  }

  drained(): void {
    this.#wake()
  }

  change(filters: SubscribeRequest['filters']): void {
    if (this.state === 'ended') return
    const next = this.#host.regroup(this, filters)
    if (next === undefined) return
    if (this.state === 'live') {
      this.group.leave(this)
      next.join(this)
    }
    this.group = next
    this.#filters = filters
  }

  /** The rights of its principal have changed. That of a durable consumer has the rights of its members. */
  reauthorize(): void {
    if (this.consumer !== undefined) return
    try {
      this.change(this.#filters)
    } catch (error) {
      const { code, message } = toTocsinError(error, 'TCN_INTERNAL')
      this.end(code, message)
    }
  }

  ack(...ack: Parameters<SubscriptionApi['ack']>): void {
    this.#host.acknowledge(this, ...ack)
  }

  gateDone(name: string, seq: number, answer: unknown): void {
    this.#host.gateDone(this, name, seq, answer)
  }

  close(): void {
    if (this.state === 'ended') return
    if (this.state === 'live') {
      this.#cursor = this.#host.flushed
      this.group.leave(this)
    }
    this.state = 'ended'
    this.#host.released(this)
  }

  end(code: EndReason['code'], message: string): void {
    if (this.state === 'ended') return
    this.close()
    this.sink.end({ code, message, seq: this.#cursor })
  }

  /** Nothing is on its way to the peer, so that a word of the position would reach it. */
  get isQuiet(): boolean {
    return this.state !== 'ended' && this.sink.pending <= LOW_WATER
  }

  /** A quiet subscriber learns how far it has come, so that its cursor does not expire. */
  tellPosition(): void {
    this.told = this.#host.monotonic()
    this.sink.status({ type: 'position', seq: this.cursor })
  }

  /** Bytes of events (matching or not) between this subscriber and the end; 0 while live. */
  get bytesBehind(): number {
    if (this.state !== 'catching' || !this.#joined) return 0
    return Math.max(0, this.#host.storedBytes - this.#storedAtCursor)
  }

  /** Closes a subscriber that is further behind than it said it may be. */
  enforceMaxLag(): void {
    if (this.state !== 'catching' || this.slowSince === undefined || this.maxLag === undefined) return
    const { bytes = Number.POSITIVE_INFINITY, age = Number.POSITIVE_INFINITY } = this.maxLag
    const slowFor = this.#host.monotonic() - this.slowSince
    if (this.bytesBehind > bytes) this.end('TCN_BUS_LAG', `more than ${bytes} bytes behind`)
    else if (slowFor > age) this.end('TCN_BUS_LAG', `behind for more than ${age} ms`)
  }

  /** Called by `deliver`, so before the tick's output: `flushed` still stands before it. */
  #fallBehind(): void {
    if (this.lag === 'disconnect') {
      this.end('TCN_BUS_LAG', `more than ${this.#host.queueLimit} bytes waited for this subscriber`)
      return
    }
    this.group.leave(this)
    this.state = 'catching'
    this.#cursor = this.#host.flushed
    this.#storedAtCursor = this.#host.storedBytes
    this.slowSince = this.#host.monotonic()
  }

  #wake(): void {
    if (this.state !== 'catching' || this.#reading || this.sink.pending > LOW_WATER) return
    this.#reading = true
    this.#catchUp().then(
      () => {
        this.#reading = false
        // 'drained' may have come while the last piece was on its way.
        if (this.state === 'catching' && this.sink.pending <= LOW_WATER) this.#wake()
      },
      (error: unknown) => {
        this.#reading = false
        const { code, message } = toTocsinError(error, 'TCN_INTERNAL')
        this.end(code, message)
      },
    )
  }

  /** Returns when it has joined, ended, or must wait for the peer. */
  async #catchUp(): Promise<void> {
    while (this.state === 'catching' && this.sink.pending <= LOW_WATER) {
      if (this.lag === 'skip') this.#skipAhead()
      this.#sayExpired(Math.min(this.#host.first, this.#to + 1))
      if (this.#cursor >= this.#to) return this.end('END', 'the end of the range is reached')
      if (this.#cursor >= this.#host.flushed) {
        if (this.#to === Number.POSITIVE_INFINITY) return this.#join()
        return this.end('END', 'the end of the range is reached')
      }
      await this.#readOn(Math.min(this.#host.flushed, this.#to))
      this.#host.progressed(this)
    }
  }

  async #readOn(to: number): Promise<void> {
    const { group } = this
    // What another filter wants may not be in this read at all.
    const goesOn = () => this.state === 'catching' && this.group === group
    const stored = this.#host.storedBytes
    const isLast = to === this.#host.flushed
    for await (const batch of this.#host.read(this.#cursor + 1, to, group.matcher.prefixes)) {
      if (!goesOn()) return
      if (batch.firstSeq > this.#cursor + 1) this.#sayExpired(Math.min(this.#host.first, batch.firstSeq))
      this.#write(batch)
      this.#cursor = batch.lastSeq
      this.readTime = frameTime(batch.bytes, 0)
      this.#storedAtCursor += batch.bytes.length
      if (this.sink.pending > LOW_WATER) return
      const turn = this.#host.budget(batch.bytes.length)
      if (turn !== undefined) await turn
      if (!goesOn()) return
    }
    if (!goesOn()) return
    // The read also ends where the log has dropped what it was to give.
    this.#sayExpired(Math.min(this.#host.first, this.#to + 1))
    this.#cursor = Math.max(this.#cursor, to)
    if (isLast) this.#storedAtCursor = stored
  }

  #write(batch: FrameBatch): void {
    const { group } = this
    if (group.matcher.all) {
      this.sink.write(group.encode([batch.bytes]))
      this.#count(batch.count, batch.bytes.length)
      return
    }
    const matching = select(batch, this.#cursor, group)
    if (matching.empty) return
    const { frames, bytes } = matching
    this.sink.write(group.encode(matching.take()))
    this.#count(frames, bytes)
  }

  #join(): void {
    this.state = 'live'
    this.#joined = true
    this.slowSince = undefined
    this.readTime = undefined
    this.group.join(this)
    this.told = this.#host.monotonic()
    this.sink.status({ type: 'live', seq: this.#cursor })
    this.#host.progressed(this)
  }

  /** Drops the oldest of what it has missed, but for the last queue's worth. */
  #skipAhead(): void {
    if (!this.#joined || this.bytesBehind <= this.#host.queueLimit) return
    const next = this.#host.seqBehind(this.#host.queueLimit / 2)
    if (next <= this.#cursor) return
    this.#gap(this.#cursor + 1, next, 'skipped', next)
    this.#storedAtCursor = this.#host.storedBytes - this.#host.queueLimit / 2
  }

  #sayExpired(first: number): void {
    if (this.#cursor + 1 < first) this.#gap(this.#cursor + 1, first - 1, 'expired', first - 1)
  }

  #gap(from: number, to: number, reason: GapReason, next: number): void {
    this.#cursor = next
    this.skipped += Math.max(0, to - from + 1)
    this.told = this.#host.monotonic()
    this.sink.status({ type: 'gap', from, to, reason, next })
  }

  #count(frames: number, bytes: number): void {
    this.events += frames
    this.bytes += bytes
    this.told = this.#host.monotonic()
  }
}

/** The frames after `cursor` that the group wants. */
function select(batch: FrameBatch, cursor: number, group: Group): Runs {
  const runs = new Runs()
  const { bytes } = batch
  const { matcher } = group
  for (let at = 0; at < bytes.length; ) {
    const end = at + frameBytes(bytes, at)
    if (frameSeq(bytes, at) > cursor && matcher.matches(bytes, at)) runs.add(bytes, at, end, 1)
    at = end
  }
  return runs
}
