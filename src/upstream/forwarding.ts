import type { Link } from '../client/transport/link.js'
import { catalogue } from '../errors/catalogue.js'
import { isErrorCode } from '../errors/known-code.js'
import { formatCursor } from '../event/cursor.js'
import { frameBytes, frameSeq } from '../event/frame.js'
import type { Cancel } from '../event/runtime.js'
import type { SeqRange } from '../log/event-log.js'
import type { ControlRecord } from '../protocols/native/codec.js'
import { DEFLATE, packEvents } from '../protocols/native/packed-events.js'
import type { Gap, Refused, Welcome } from '../protocols/native/protocol.js'
import type { SourceContext, SourceSink, SourceSubscription } from '../sources/source.js'
import { type FailedFrame, Outbox, type Outgoing } from './outgoing.js'
import { Pace } from './pace.js'
import { UntilDurable } from './until-durable.js'

export interface ForwardingOptions {
  context: SourceContext
  link: Pick<Link, 'send' | 'write'>
  welcome: Welcome
  filters: string[]
  /** The subscription begins here; a cursor: after it. */
  from: string
  /** Bytes in a second, as they are sent. */
  rate: number | undefined
  /** ms */
  maxAge: number | undefined
  /** Everything up to the seq is safe there, or is not to be forwarded. `counter`: the last of them that was forwarded. */
  safe(seq: number, counter: number): void
  /** Events of this range were passed over, and are not there. */
  leftOut(range: SeqRange): void
  /** Something was accepted there. */
  accepted(count: number): void
  /** The number that were not sent, since they have been there. */
  returned(count: number): void
  /** The subscription has ended. */
  failed(error: Error): void
}

/** Bytes that may be on their way before more is read from the log. */
const WINDOW_BYTES = 1024 * 1024
const ASK_AGAIN_MS = 1_000

/** The frames that were sent, or accepted, and are not safe yet. */
interface Sent {
  /** Seq up to which nothing else is to be forwarded. */
  seq: number
  /** The last counter that must be accepted; 0: none any more. */
  counter: number
  readonly frames: Uint8Array
  readonly count: number
  /** Time of the first of them, µs since the epoch. */
  readonly time: number
}

/** Forwards events over one connection, in the order of the log, once they are on the disk of this hub. What is not safe there is forwarded again over the next. */
export class Forwarding implements SourceSink {
  readonly keepsNothing = true
  readonly #options: ForwardingOptions
  readonly #outbox: Outbox
  readonly #pace: Pace
  readonly #held: UntilDurable
  #subscription: SourceSubscription | undefined
  #sent: Sent[] = []
  #sentBytes = 0
  /** Accepted and not known to be on the disk there. */
  #accepted: { seq: number; counter: number }[] = []
  readonly #refused = new Set<number>()
  #lastCounter: number
  #askedDurable = false
  #again: Cancel | undefined
  #isLive = false
  #closed = false

  constructor(options: ForwardingOptions) {
    const { context, welcome, rate } = options
    this.#options = options
    this.#lastCounter = welcome.lastCounter
    this.#outbox = new Outbox({ from: context.epoch, to: welcome.epoch, largestFrame: welcome.largestFrame })
    this.#pace = new Pace(context.runtime, rate, () => this.#drained())
    this.#held = new UntilDurable(context, this, () => this.#drained())
  }

  async start(): Promise<void> {
    const { context, filters, from, welcome } = this.#options
    // The hub there may have it in memory only.
    if (welcome.lastCounter > 0) this.#accept({ seq: welcome.lastCounter, counter: welcome.lastCounter })
    const request = { filters, from, otherwise: 'start' as const, label: context.origin }
    const subscription = await context.subscribe(request, this.#held)
    if (this.#closed) return subscription.close()
    this.#subscription = subscription
    this.#drained()
  }

  close(): void {
    this.#closed = true
    this.#again?.()
    this.#pace.close()
    this.#held.close()
    this.#subscription?.close()
  }

  /** True if everything there is to forward has been forwarded. */
  get isDone(): boolean {
    return this.#isLive && this.#sent.length === 0 && this.#held.isEmpty
  }

  /** Time of the oldest event that is on its way, µs since the epoch. */
  get oldest(): number | undefined {
    return this.#sent.find(({ count }) => count > 0)?.time
  }

  /** Returns how many of the events whose answers were lost are there, by the last counter that is. */
  unanswered(lastCounter: number): number {
    let count = 0
    for (const { frames } of this.#sent)
      for (let at = 0; at < frames.length; at += frameBytes(frames, at)) {
        const counter = frameSeq(frames, at)
        if (counter <= lastCounter && !this.#refused.has(counter)) count++
      }
    return count
  }

  // ---- events of the hub

  get pending(): number {
    return Math.max(0, this.#sentBytes - WINDOW_BYTES) + this.#pace.owed
  }

  write(pieces: readonly Uint8Array[]): void {
    for (let rest = pieces; rest.length > 0 && !this.#closed; ) {
      const { failed } = this.#send(rest)
      rest = failed === undefined || !this.#isLeftOut(failed) ? [] : failed.rest
    }
  }

  /** Something was thrown at an event. It is tried again over the next connection, or is parked, and a gap there. */
  #isLeftOut({ seq, frame, thrown }: FailedFrame): boolean {
    const { context } = this.#options
    const fail = () => {
      throw thrown
    }
    const isParked = context.attempt(fail, () => ({ place: `${context.epoch} ${seq}`, raw: frame, seq }))
    if (isParked) this.#leaveOut({ from: seq, to: seq })
    // Nothing moves the position past it.
    else this.close()
    return isParked
  }

  /** Events that are passed over: the other hub gets a gap. */
  #leaveOut(range: SeqRange): void {
    this.#options.leftOut(range)
    this.gap('skipped', range.from, range.to, range.to)
  }

  #send(pieces: readonly Uint8Array[]): Outgoing {
    const { context, link, maxAge, welcome } = this.#options
    const oldest = maxAge === undefined ? 0 : context.runtime.now() - maxAge * 1000
    const outgoing = this.#outbox.take(pieces, oldest)
    const { bytes, count, lastSeq, lastCounter, time, returned, tooLarge, tooLargeIn, expired } = outgoing
    this.#options.returned(returned)
    context.lost(tooLarge, 'not forwarded: too large for the other hub')
    if (tooLargeIn !== undefined) this.#options.leftOut(tooLargeIn)
    if (expired !== undefined) this.#leaveOut(expired)
    if (count === 0) {
      if (lastSeq > 0) this.#passed(lastSeq)
      return outgoing
    }
    this.#sent.push({ seq: lastSeq, counter: lastCounter, frames: bytes, count, time })
    this.#sentBytes += bytes.length
    const records = welcome.features.includes(DEFLATE) ? packEvents(bytes) : [bytes]
    this.#pace.spend(records.reduce((sum, { length }) => sum + length, 0))
    link.write(records)
    return outgoing
  }

  position(seq: number): void {
    this.#passed(seq)
  }

  live(seq: number): void {
    this.#isLive = true
    this.#passed(seq)
  }

  /** A gap is sent in the order of the events, and has a number like them. */
  gap(reason: string, from: number, to: number, next: number): void {
    // Nothing is missing: the number was reserved, and is not in use yet.
    if (reason === 'ahead' || this.#closed) return
    const cursor = formatCursor(this.#options.context.epoch, next)
    this.#options.link.send('gap', { from, to, reason: reason as Gap['reason'], cursor })
    if (next === 0) return
    this.#sent.push({ seq: next, counter: next, frames: new Uint8Array(0), count: 0, time: 0 })
  }

  end(error: Error | undefined): void {
    if (error !== undefined && !this.#closed) this.#options.failed(error)
  }

  // ---- answers of the other hub

  record(record: ControlRecord): void {
    if (this.#closed) return
    if (record.name === 'accepted') this.#onAccepted(record.body.counter)
    else if (record.name === 'durable') this.#onDurable(record.body.counter)
    else if (record.name === 'refused') this.#onRefused(record.body)
  }

  #onAccepted(counter: number): void {
    this.#lastCounter = Math.max(this.#lastCounter, counter)
    this.#shift()
  }

  /** An event that will never be accepted: it is reported here, and what follows goes on. */
  #onRefused({ counter, code, stage }: Refused): void {
    if (stage === 'durable') {
      this.#again ??= this.#options.context.runtime.after(ASK_AGAIN_MS, () => {
        this.#again = undefined
        this.#askedDurable = false
        this.#askDurable()
      })
      return
    }
    const summary = isErrorCode(code) ? catalogue[code].summary : 'unknown'
    this.#options.context.lost(1, `refused by the other hub: ${summary} (${code})`)
    this.#options.leftOut({ from: counter, to: counter })
    this.#refused.add(counter)
    const sent = this.#sent.find((each) => each.counter === counter)
    if (sent !== undefined) sent.counter = this.#lastWanted(sent)
    this.#shift()
  }

  /** The last counter that is not refused. */
  #lastWanted({ frames }: Sent): number {
    let last = 0
    for (let at = 0; at < frames.length; at += frameBytes(frames, at)) {
      const counter = frameSeq(frames, at)
      if (!this.#refused.has(counter)) last = counter
    }
    return last
  }

  /** Passes on what is accepted, in order. */
  #shift(): void {
    const before = this.#sent.length
    while (this.#sent.length > 0 && this.#sent[0].counter <= this.#lastCounter) {
      const { seq, counter, frames, count } = this.#sent[0]
      this.#sent.shift()
      this.#sentBytes -= frames.length
      if (count > 0) this.#options.accepted(count)
      this.#accept({ seq, counter: count === 0 ? 0 : counter })
    }
    if (this.#sent.length === before) return
    for (const counter of this.#refused) if (counter <= this.#lastCounter) this.#refused.delete(counter)
    this.#drained()
  }

  /** Counter 0: an event of the other hub itself, or none, for which nobody can ask. */
  #accept(mark: { seq: number; counter: number }): void {
    const last = this.#accepted.at(-1)
    if (!this.#options.welcome.durable || (last === undefined && mark.counter === 0)) this.#safe(mark)
    else if (last !== undefined && mark.counter === 0) last.seq = mark.seq
    else this.#accepted.push(mark)
    this.#askDurable()
  }

  #askDurable(): void {
    const last = this.#accepted.at(-1)
    if (last === undefined || this.#askedDurable || this.#closed) return
    this.#askedDurable = true
    this.#options.link.send('durable', { counter: last.counter })
  }

  #onDurable(counter: number): void {
    this.#askedDurable = false
    let done: { seq: number; counter: number } | undefined
    while (this.#accepted.length > 0 && this.#accepted[0].counter <= counter) done = this.#accepted.shift()
    if (done !== undefined) this.#safe(done)
    this.#askDurable()
  }

  #safe({ seq, counter }: { seq: number; counter: number }): void {
    this.#options.safe(seq, counter)
  }

  /** Nothing up to there is to be forwarded, after what was sent. */
  #passed(seq: number): void {
    if (this.#closed) return
    const last = this.#sent.at(-1) ?? this.#accepted.at(-1)
    if (last === undefined) this.#safe({ seq, counter: 0 })
    else last.seq = Math.max(last.seq, seq)
  }

  #drained(): void {
    if (this.#held.pending === 0) this.#subscription?.drained()
  }
}
