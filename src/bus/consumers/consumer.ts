import { TocsinError } from '../../errors/tocsin-error.js'
import { formatCursor } from '../../event/cursor.js'
import type { Matcher } from '../../filter/matcher.js'
import { lossReason } from '../../log/loss-reason.js'
import type { Bucket } from '../../state/state-store.js'
import type { SubscribeRequest, SubscriptionApi } from '../api.js'
import { diagnostics } from '../diagnostics.js'
import type { EndReason, Gap, Sink, SubscriberStatus } from '../sink.js'
import type { Subscription } from '../subscription.js'
import type { ConsumerClaims, ConsumerHost } from './consumer-host.js'
import { type ConsumerPosition, type ConsumerRecord, type Doubt, encodeRecord } from './consumer-record.js'
import { Dispatcher } from './dispatcher.js'
import type { Member, MemberHost } from './member.js'
import type { ParkedRef, ParkedStore } from './parked-store.js'
import { PositionSaver } from './position-saver.js'
import { Redelivery, type RedeliveryHost } from './redelivery.js'
import { ACK_WAIT, type Unsettled, waiting } from './unsettled.js'

/**
 * A durable consumer: a name with a filter and a position. While members are connected, it has one
 * subscription and is itself the sink of it; the events are shared among the members. When no more may be
 * handed out, it behaves like a slow subscriber, and so is served from the log until there is room.
 */
export class Consumer implements Sink, MemberHost, RedeliveryHost {
  readonly name: string
  readonly filter: string
  readonly matcher: Matcher
  readonly created: number
  /** The number of the claim under which this hub serves it, if it shares the store with others. */
  readonly claim: number | undefined
  /** Gap between the position asked for and the one it began at; reported to the first member. */
  startGap: Gap | undefined
  readonly #claims: ConsumerClaims | undefined
  readonly #host: ConsumerHost
  readonly #bucket: Bucket
  readonly #parked: ParkedStore
  readonly #dispatcher: Dispatcher
  readonly #redelivery: Redelivery
  readonly #saver: PositionSaver
  #subscription: Subscription | undefined
  /** Epoch of the log that the position belongs to. */
  #epoch: string
  /** The last of the operations that run one after another: opening and seeking. */
  #turn: Promise<unknown> = Promise.resolve()
  #isFinal = false
  /** The error for members that join after the consumer has stopped. */
  #over: TocsinError | undefined

  constructor(
    host: ConsumerHost,
    fields: {
      name: string
      record: ConsumerRecord
      matcher: Matcher
      bucket: Bucket
      parked: ParkedStore
      claims: ConsumerClaims | undefined
    },
  ) {
    const { name, record, matcher, bucket, parked, claims } = fields
    this.#claims = claims
    const { runtime, log } = host
    this.name = name
    this.filter = record.filter
    this.matcher = matcher
    this.created = record.created
    this.claim = record.claim
    this.#host = host
    this.#bucket = bucket
    this.#parked = parked
    this.#epoch = record.position.epoch
    this.#dispatcher = new Dispatcher(runtime, host.limits)
    if (claims !== undefined) this.#dispatcher.limitAhead()
    this.#redelivery = new Redelivery(this, runtime, log, this.#dispatcher, parked)
    this.#saver = new PositionSaver(
      runtime,
      () => this.#write(),
      (error) => this.report('position not kept', { error }),
    )
    this.#restore(record.position)
  }

  // ---- state

  get members(): Iterable<Member> {
    return this.#dispatcher.members
  }

  get connections(): number {
    return this.#dispatcher.members.size
  }

  get live(): boolean {
    return this.#subscription?.state === 'live'
  }

  /** Events that are not settled, oldest first. */
  get unsettled(): Unsettled[] {
    return [...this.#dispatcher.unsettled.values()].sort((a, b) => a.seq - b.seq)
  }

  get unsettledCount(): number {
    return this.#dispatcher.unsettled.size
  }

  get epoch(): string {
    return this.#epoch
  }

  /** Everything up to this seq is settled. */
  get settledUpTo(): number {
    const { taken, open } = this.#position()
    return open.reduce((lowest, { seq }) => Math.min(lowest, seq - 1), taken)
  }

  /** Everything up to `taken` was handed out or passed over; `open` of these events are not settled. */
  get progress(): { taken: number; open: number } {
    const { taken, open } = this.#position()
    return { taken, open: open.length }
  }

  // ---- members

  async join(member: Member, otherwise: SubscribeRequest['otherwise']): Promise<void> {
    if (member.inOrder && this.#subscription === undefined) this.#dispatcher.goBack()
    this.#dispatcher.members.add(member)
    try {
      await this.#inTurn(() => this.#open(otherwise))
    } catch (error) {
      this.leave(member)
      throw error
    }
    if (!this.#dispatcher.members.has(member)) return
    // A member that joins a live subscription has not received this status yet.
    if (!member.saidLive && this.#subscription?.state === 'live') {
      member.notify({ type: 'live', seq: this.#subscription.cursor })
    }
    this.#redelivery.wake()
    this.#continue()
  }

  leave(member: Member): void {
    const { members, unsettled } = this.#dispatcher
    if (!members.delete(member)) return
    for (const event of unsettled.values()) {
      if (event.member !== member) continue
      if (event.state === 'given') this.#redelivery.again(event, 'its subscriber left')
      event.member = undefined
    }
    if (members.size > 0) return void this.#continue()
    this.#close()
    this.#claims?.idle(this)
  }

  roomAgain(): void {
    if (this.#redelivery.waits) this.#redelivery.wake()
    this.#continue()
  }

  acknowledge(member: Member, ...[seqs, result, options]: Parameters<SubscriptionApi['ack']>): void {
    let settled = 0
    for (const seq of seqs) {
      const event = this.#dispatcher.unsettled.get(seq)
      // Only the member that has the event can settle it: until another one receives it, even after the timeout.
      if (event === undefined || event.member !== member || event.state === 'parking') continue
      if (result === 'retry') {
        this.#redelivery.again(event, options.reason ?? 'given back', options.delay)
      } else if (result === 'park') {
        event.tries += Math.max(1, options.tries ?? 1) - 1
        this.#redelivery.park(event, options.reason ?? 'parked by its subscriber')
      } else {
        this.#dispatcher.settle(event)
        if (event.parked !== undefined) this.#removeParked(event.parked)
        settled++
      }
    }
    if (settled > 0) this.settled(settled)
  }

  // ---- position

  /** Continues from another position; events that are not acknowledged are forgotten. */
  seek(position: string): Promise<{ from: number; to: number }> {
    return this.#inTurn(async () => {
      const start = await this.#host.resolve(position, 'now')
      this.#checkThere()
      const from = this.settledUpTo
      this.#close()
      this.#epoch = this.#host.log.epoch
      this.#dispatcher.restart(start.cursor)
      this.#redelivery.forget()
      try {
        await this.#saver.save()
      } finally {
        await this.#open('now')
      }
      return { from, to: start.cursor }
    })
  }

  redeliver(refs: Iterable<ParkedRef>): number {
    return this.#redelivery.want(refs)
  }

  /** Marks events as redelivered that hubs before may have handed out. */
  doubt(doubt: Doubt): void {
    this.#dispatcher.doubt = doubt
  }

  /** Writes the position after `stop`, if anybody could miss it. */
  conclude(): Promise<void> {
    if (this.claim === undefined) return this.#saver.flush()
    this.#isFinal = true
    return this.#saver.save()
  }

  /** Writes the position although it has not changed. */
  save(): Promise<void> {
    return this.#saver.save()
  }

  /** The record of the current position. */
  get record(): ConsumerRecord {
    const { filter, created, claim } = this
    const { doubt } = this.#dispatcher
    return {
      ...{ filter, created, position: this.#position() },
      ...(claim !== undefined && { claim }),
      ...(this.#isFinal && { isFinal: true as const }),
      ...(doubt !== undefined && { doubt }),
    }
  }

  /** Ends all members and all work. */
  async stop(why: TocsinError, code: EndReason['code']): Promise<void> {
    this.#over = why
    const parked = this.#redelivery.close()
    this.#close()
    const seq = this.settledUpTo
    const members = [...this.#dispatcher.members]
    this.#dispatcher.members.clear()
    for (const { sink } of members) sink.end({ code, message: why.message, seq })
    this.#saver.stop()
    await Promise.all([this.#turn, parked])
  }

  // ---- sink of its subscription

  get pending(): number {
    return this.#dispatcher.holds ? Number.MAX_SAFE_INTEGER : 0
  }

  write(pieces: readonly Uint8Array[]): void {
    if (!this.#stillServes()) return
    this.#dispatcher.take(pieces)
    this.#handedOut()
  }

  status(status: SubscriberStatus): void {
    if (status.type === 'gap') {
      this.#tellGap(status)
    } else {
      for (const member of this.#dispatcher.members) member.notify(status)
      this.#saver.moved()
    }
  }

  end({ code, message, seq }: EndReason): void {
    this.#subscription = undefined
    this.#dispatcher.dropHeld()
    for (const member of [...this.#dispatcher.members]) {
      this.leave(member)
      member.sink.end({ code, message, seq })
    }
  }

  // ---- host of redelivery

  settled(events: number): void {
    this.#saver.changed(events)
    this.roomAgain()
  }

  reportGap(from: number, to: number, isDamaged: boolean): void {
    const lost = this.#host.log.lost.find((range) => from >= range.from && to <= range.to)
    const reason = isDamaged ? 'damaged' : lost === undefined ? 'expired' : lossReason(lost)
    this.#tellGap({ type: 'gap', from, to, reason, next: Math.max(to, this.#position().taken) })
  }

  report(what: string, details: Record<string, unknown>): void {
    if (diagnostics.consumer.hasSubscribers) {
      diagnostics.consumer.publish({ consumer: this.name, what, ...details })
    }
  }

  /** Hands out what it may now, after the limits were changed. */
  limitsChanged(): void {
    this.#continue()
  }

  // ---- internals

  #continue(): void {
    if (!this.#stillServes()) return
    this.#dispatcher.handOut()
    this.#handedOut()
    if (!this.#dispatcher.holds) this.#subscription?.drained()
  }

  /** Stops when another hub may serve it by now. Its position stays before what it has not handed out. */
  #stillServes(): boolean {
    if (this.#claims?.mayServe(this) !== false) return true
    this.#close()
    return false
  }

  #handedOut(): void {
    this.#redelivery.arm(this.#host.runtime.monotonic() + ACK_WAIT)
    if (this.#dispatcher.isAhead) this.#saver.hurry()
  }

  async #open(otherwise: SubscribeRequest['otherwise']): Promise<void> {
    this.#checkThere()
    if (this.#subscription !== undefined || this.#dispatcher.members.size === 0) return
    const { log } = this.#host
    const start = await this.#host.resolve(formatCursor(this.#epoch, this.#dispatcher.passed), otherwise)
    const [member] = this.#dispatcher.members
    this.#checkThere()
    if (member === undefined) return
    const { name, matcher } = this
    const request = { matcher, cursor: start.cursor, label: `consumer ${name}`, consumer: name }
    const subscription = this.#host.serve(member.principal, request, this)
    this.#epoch = log.epoch
    this.#dispatcher.passed = start.cursor
    this.#subscription = subscription
    if (this.startGap !== undefined) this.#tellGap(this.startGap)
    this.startGap = undefined
    if (start.gap !== undefined) {
      this.#dispatcher.forgetLost(start.gap, log.last)
      this.#tellGap(start.gap)
    }
    subscription.start()
  }

  #close(): void {
    const subscription = this.#subscription
    if (subscription === undefined) return
    this.#subscription = undefined
    subscription.close()
    this.#dispatcher.passed = this.#dispatcher.takenUpTo(subscription.cursor)
    this.#dispatcher.dropHeld()
    this.#saver.changed()
  }

  #tellGap(gap: Gap): void {
    const [first] = this.#dispatcher.members
    first?.notify(gap)
    this.report('gap', { gap })
    this.#saver.changed()
  }

  /** Removes a parked event that is done. If that fails, it stays parked and the failure is reported. */
  #removeParked(ref: ParkedRef): void {
    this.#parked.delete(ref).catch((error: unknown) => this.report('parked event not removed', { error }))
  }

  #position(): ConsumerPosition {
    const { unsettled, passed } = this.#dispatcher
    const taken = this.#dispatcher.takenUpTo(this.#subscription?.cursor ?? passed)
    const open = [...unsettled.values()].filter(({ parked }) => parked === undefined)
    return { epoch: this.#epoch, taken, open }
  }

  #restore({ taken, open }: ConsumerPosition): void {
    this.#dispatcher.passed = taken
    const now = this.#host.runtime.monotonic()
    for (const { seq, tries } of open) this.#dispatcher.unsettled.set(seq, waiting(seq, tries, now))
  }

  /** Leaves the position alone if another hub may have written it since. */
  async #write(): Promise<void> {
    if (this.#claims?.mayServe(this) === false)
      throw new TocsinError('TCN_CONSUMER_ELSEWHERE', `this hub does not serve the consumer ${this.name}`)
    const { ahead } = this.#dispatcher
    await this.#bucket.put(this.name, encodeRecord(this.record))
    this.#dispatcher.ahead -= ahead
    if (this.#dispatcher.holds) this.#continue()
  }

  #checkThere(): void {
    if (this.#over !== undefined) throw this.#over
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}
