import { TocsinError } from '../../errors/tocsin-error.js'
import { parseTime } from '../../event/position.js'
import type { Cancel } from '../../event/runtime.js'
import { type DeviceAbilities, streamsOf } from '../../protocols/netconf/client/abilities.js'
import type { NetconfSession } from '../../protocols/netconf/client/session.js'
import { deleteSubscription, readEstablished } from '../../protocols/netconf/codec/dynamic-subscription.js'
import { supports } from '../../protocols/netconf/codec/hello.js'
import type { NetconfStream, StreamProtocol } from '../../protocols/netconf/codec/subscription.js'
import type { SubscriptionChange } from '../../protocols/netconf/codec/subscription-change.js'
import { ReplayPosition } from '../notifications/replay-position.js'
import type { SourceContext } from '../source.js'
import type { NetconfSourceConfig } from './config.js'
import { filterOf } from './device-filter.js'

/** A device that says nothing of the end of the past has none, ms. */
const REPLAY_MS = 10_000
/** µs */
const SECOND = 1_000_000

const AWAY = 'not connected to the device, which keeps no notifications'
const FORGOTTEN = 'the device has not kept all notifications that were missed'
const REFUSED = 'the device does not send again what was missed'
const TIMELESS = 'not connected to the device, whose clock was not known yet'

/** A part of the stream that the device does not send again. */
interface Missed {
  readonly reason: string
  /** By the clock of the hub, µs. */
  readonly since: number | undefined
}

interface Suspension {
  readonly reason: string
  /** The number of the subscription. */
  readonly id: number | undefined
  /** By the clock of the hub, µs. */
  readonly since: number
}

/** The subscription to a stream: what was missed is asked for again, and what has come before is left out. */
export class FollowedStream {
  position = new ReplayPosition()
  hasReplay = false
  repeats = 0
  readonly #config: NetconfSourceConfig
  readonly #context: SourceContext
  readonly #moved: () => void
  #session: NetconfSession | undefined
  #protocol: StreamProtocol | undefined
  #id: number | undefined
  /** Where the source begins, while the past comes, which is not wanted. */
  #beginning: ReplayPosition | undefined
  /** Lost until the source begins, as what comes before that is left out too. */
  #missed: Missed | undefined
  #began!: () => void
  readonly #begun = new Promise<void>((resolve) => {
    this.#began = resolve
  })
  /** Until then, what comes may be of the past, which is not wanted. */
  #pastIsOver: Promise<void> | undefined
  #endPast = () => {}
  /** Something has come, or was asked for, since the last sign of life. */
  #hasCome = false
  /** When the device was asked last, by the clock of the hub, µs. */
  #askedAt = 0
  #replay: Cancel | undefined
  #suspension: Suspension | undefined
  /** Resolves when no suspension is being made up for. */
  #resumed: Promise<void> = Promise.resolve()

  constructor(config: NetconfSourceConfig, context: SourceContext, moved: () => void) {
    this.#config = config
    this.#context = context
    this.#moved = moved
  }

  get protocol(): string | undefined {
    return this.#protocol?.name
  }

  get pastIsOver(): Promise<void> | undefined {
    return this.#pastIsOver
  }

  /** Why the device sends nothing at present. */
  get suspended(): string | undefined {
    return this.#suspension?.reason
  }

  /** All that the device sent until then has come, µs since the epoch. */
  get since(): number | undefined {
    return this.position.since
  }

  /** Returns whether all that was missed until now, if anything was, is reported as lost, or will be. */
  async subscribe(session: NetconfSession, { protocol }: DeviceAbilities): Promise<boolean> {
    if (protocol === undefined) throw unsupported('the device sends no notifications (RFC 5277, RFC 8639)')
    this.#session = session
    this.#protocol = protocol
    return this.#subscribe(session, protocol)
  }

  /** Something has come of it. */
  begin(): void {
    this.#hasCome = true
    this.#began()
  }

  changed({ kind, id, reason = 'without a reason' }: SubscriptionChange, time: number | undefined): void {
    if (this.#isOther(id)) return
    if (kind === 'replayed') this.#endReplay(time)
    else if (kind === 'completed' || kind === 'terminated')
      this.#context.failed(
        new TocsinError(
          'TCN_NETCONF_CLOSED',
          `the device has ended the subscription${kind === 'terminated' ? `: ${reason}` : ''}`,
        ),
      )
    else if (kind === 'suspended') this.#suspend(reason, id)
    else if (kind === 'resumed') this.#resume()
  }

  /** Returns whether it is to be published: it is new, and the past is over or wanted. */
  accepts(time: number | undefined, digest: string): boolean {
    if (this.#beginning !== undefined) {
      this.#beginning.record(time, digest, this.#monotonic)
      return false
    }
    if (this.#comesAgain) return false
    if (!this.position.isRepeat(digest)) return true
    this.repeats++
    return false
  }

  /** After a suspension, until the old subscription is deleted. The next one sends it behind those that were missed. */
  get #comesAgain(): boolean {
    return this.hasReplay && this.#suspension !== undefined && this.#id !== undefined
  }

  record(time: number | undefined, digest: string): void {
    if (time !== undefined && time > this.#askedAt) this.#catchUp()
    this.position.record(time, digest, this.#monotonic)
    this.#moved()
  }

  /** Some devices do not say that the past is over. It is if nothing has come since the last call. */
  beat(): void {
    if (!this.#hasCome) this.#catchUp()
    this.#hasCome = false
  }

  /** Reports as lost what was missed since then, until now. The next gap begins here. */
  lost(reason: string, since: number | undefined): void {
    this.#context.lost(undefined, reason, since)
    const now = this.#context.runtime.now()
    for (const position of [this.position, this.#beginning]) position?.reported(now)
    this.#moved()
  }

  /** A notification has come, and waits to be published. */
  wait(): void {
    this.#hasCome = true
    this.position.wait(this.#context.runtime.now())
  }

  /**
   * The position, with which another source continues. While the device sends nothing, or what it sends is left out, it
   * stays where it is.
   */
  write(): unknown {
    if (this.#suspension === undefined && this.#beginning === undefined)
      this.position.connected(this.#context.runtime.now(), this.#monotonic)
    return this.position.write()
  }

  end(): void {
    this.#replay?.()
    this.#endPast()
  }

  /** µs */
  get #monotonic(): number {
    return this.#context.runtime.monotonic() * 1000
  }

  async #subscribe(session: NetconfSession, protocol: StreamProtocol): Promise<boolean> {
    const stream = await this.#find(session, protocol)
    this.hasReplay = stream?.hasReplay === true
    if (stream?.hasReplay !== true) return this.#subscribeWithoutReplay()
    const { since } = this.position
    const hasForgotten = this.position.hasForgotten(stream)
    const { start } = this.position
    if (start === undefined) return this.#subscribeFirst(stream)
    this.position.beginReplay(stream.logAged === undefined)
    if (hasForgotten) this.lost(FORGOTTEN, since)
    try {
      const revised = await this.#request(start)
      if (hasForgotten || revised === undefined) return hasForgotten
      if (!this.position.hasForgotten(agedBefore(stream, revised))) return false
      this.lost(FORGOTTEN, since)
      return true
    } catch (error) {
      if (!TocsinError.is(error, 'TCN_NETCONF_REFUSED')) throw error
      await this.#subscribeNow(stream, { reason: REFUSED, since: this.position.since })
      return true
    }
  }

  /** Undefined if the device does not say what streams it has. */
  async #find(session: NetconfSession, protocol: StreamProtocol): Promise<NetconfStream | undefined> {
    const { stream: wanted, filter } = this.#config
    if (filter?.xpath !== undefined && protocol.name === 'RFC 5277' && !supports(session.hello, 'xpath'))
      throw unsupported('the device knows no filters of XPath: use `subtree`')
    const streams = await streamsOf(session, protocol)
    const found = streams.find(({ name }) => name === wanted)
    if (found === undefined && streams.length > 0)
      throw unsupported(
        `the device has no stream ${wanted}; it has ${streams.map(({ name }) => name).join(', ')}`,
      )
    return found
  }

  async #subscribeWithoutReplay(): Promise<boolean> {
    const { since } = this.position
    await this.#request(undefined)
    if (since !== undefined) this.lost(AWAY, since)
    return true
  }

  async #subscribeFirst(stream: NetconfStream): Promise<boolean> {
    const { from } = this.#config
    if (from === 'now') {
      const missed = this.#missedWithoutTime()
      await this.#subscribeNow(stream, missed)
      return missed !== undefined
    }
    this.position.beginReplay()
    await this.#request(from === 'start' ? (stream.logCreated ?? 0) : parseTime(from))
    return false
  }

  /** Without a time of the device, nothing says from where on it must send again. */
  #missedWithoutTime(): Missed | undefined {
    if (this.#suspension !== undefined) return this.#missedIn(this.#suspension)
    const { since } = this.position
    return since === undefined ? undefined : { reason: TIMELESS, since }
  }

  /**
   * Asks for the past too: its end says what time it is on the device, from which on nothing may be missed. The clock of
   * the hub may be ahead, and devices refuse what is in their future.
   */
  async #subscribeNow({ logCreated = 0 }: NetconfStream, missed: Missed | undefined): Promise<void> {
    this.#replay?.()
    this.#beginning = this.position.afresh()
    this.#missed ??= missed
    const recent = Math.floor(this.#context.runtime.now() / SECOND - 1) * SECOND
    await this.#request(recent).catch((error) => {
      if (!TocsinError.is(error, 'TCN_NETCONF_REFUSED')) throw error
      return this.#request(logCreated)
    })
    if (this.#beginning === undefined) return
    this.#replay = this.#context.runtime.after(REPLAY_MS, () => this.#endReplay(undefined))
    this.#pastIsOver ??= new Promise((resolve) => {
      this.#endPast = resolve
    })
  }

  /**
   * Resolves when the device has agreed, or has sent the first notification, which may come before. Returns where the
   * device has begun instead, µs since the epoch.
   */
  async #request(start: number | undefined): Promise<number | undefined> {
    if (this.#session === undefined || this.#protocol === undefined) return undefined
    const { stream, filter } = this.#config
    this.#askedAt = this.#context.runtime.now()
    this.#hasCome = true
    const operation = this.#protocol.subscribe({ stream, start, ...filterOf(filter) })
    let hasBegun = false
    const answer = this.#session.request('the subscription', operation).then(
      (reply) => {
        const established = readEstablished(reply)
        this.#id = established.id
        return established.start
      },
      (error) => {
        if (!hasBegun) throw error
        this.#context.failed(error)
        return undefined
      },
    )
    // With RFC 8639, the number of the subscription comes first.
    const begun = this.#protocol.name === 'RFC 5277' ? [this.#begun.then(() => undefined)] : []
    const revised = await Promise.race([answer, ...begun])
    hasBegun = true
    return revised
  }

  #catchUp(): void {
    this.#reportForgotten()
    this.position.catchUp()
  }

  /** Some devices do not say that their log has forgotten something: it lacks the newest that has come. */
  #reportForgotten(): boolean {
    if (this.#beginning !== undefined || !this.position.lacksNewest) return false
    this.lost(FORGOTTEN, this.since)
    return true
  }

  #endReplay(time: number | undefined): void {
    this.#replay?.()
    if (this.#reportForgotten()) this.position.forget()
    this.position = this.#beginning ?? this.position
    this.#beginning = undefined
    this.position.endReplay(time, this.#monotonic)
    const missed = this.#missed
    this.#missed = undefined
    if (missed !== undefined) this.lost(missed.reason, missed.since)
    this.#endPast()
    this.#moved()
  }

  /** True if it is about another subscription than the present one, which may not have a number yet. */
  #isOther(id: number | undefined): boolean {
    return id !== undefined && this.#id !== undefined && id !== this.#id
  }

  #suspend(reason: string, id: number | undefined): void {
    const now = this.#context.runtime.now()
    const begun = this.position.hasWaited(now) ? this.since : now
    this.#suspension = { reason, id, since: this.#suspension?.since ?? begun ?? now }
  }

  /** Events that happened meanwhile are in the log of the device only, from which another subscription fetches them. */
  #resume(): void {
    const suspension = this.#suspension
    if (suspension === undefined) return
    if (this.hasReplay)
      this.#resumed = this.#resumed
        .then(() => this.#again(suspension))
        .catch((error) => this.#context.failed(error))
    else this.#endWithoutReplay(suspension)
  }

  async #again(suspension: Suspension): Promise<void> {
    const [session, protocol, id] = [this.#session, this.#protocol, this.#id]
    // A device may say more than once that it continues, or has stopped again.
    if (suspension !== this.#suspension) return
    if (session === undefined || protocol === undefined || id === undefined)
      return this.#endWithoutReplay(suspension)
    await session.request('the end of the subscription', deleteSubscription(id))
    const last = this.#suspension
    this.#id = undefined
    await this.#subscribe(session, protocol)
    if (this.#suspension !== last && !this.#isOther(this.#suspension?.id)) return
    this.#suspension = undefined
    this.#moved()
  }

  #endWithoutReplay(suspension: Suspension): void {
    const { reason, since } = this.#missedIn(suspension)
    this.lost(reason, since)
    this.#suspension = undefined
    this.#moved()
  }

  #missedIn({ reason, since }: Suspension): Missed {
    return {
      reason: `the device had suspended the subscription: ${reason}`,
      since: Math.max(since, this.since ?? 0),
    }
  }
}

function agedBefore(stream: NetconfStream, start: number): NetconfStream {
  return { ...stream, logAged: start - 1 }
}

function unsupported(message: string): TocsinError {
  return new TocsinError('TCN_NETCONF_UNSUPPORTED', message)
}
