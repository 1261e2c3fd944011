import type { SubscriptionApi } from '../../../bus/api.js'
import type { EndReason, Piece, Sink, SubscriberStatus } from '../../../bus/sink.js'
import { TocsinError, toTocsinError } from '../../../errors/tocsin-error.js'
import { formatCursor } from '../../../event/cursor.js'
import type { Cancel } from '../../../event/runtime.js'
import type { ControlRecord } from '../../../protocols/native/codec.js'
import {
  NOTIF_DAEMON,
  NOTIF_HEALTH_CHECK,
  NOTIF_HEARTBEAT,
  NOTIF_STREAM_EVENT,
  NOTIF_TAKEOVER_SYSLOG,
} from '../../../protocols/ncs/constants/events.js'
import { loggedIn } from '../../../protocols/ncs/constants/mask.js'
import { checkRight } from '../../shared/check-right.js'
import type { OwnSession, Peer, SessionCaller } from '../../shared/session-kind.js'
import { StreamSubscriber } from '../../shared/streams/stream-subscriber.js'
import { NotificationWriter } from '../stream/notification-writer.js'
import { readStreamRequest } from '../stream/stream-request.js'
import { filterOf, gatesOf } from './filter.js'
import type { NcsHost } from './host.js'
import { MIN_INTERVAL, type NcsRequest } from './request.js'

/** Time in which a program may read nothing of the data that waits for it, ms. */
export const WRITE_BLOCK = 15_000
const CHECK_EVERY = 1000
/** Answers that came before their gates were open. */
const MAX_EARLY_ANSWERS = 1000
/** A program that does not even read its beats gets no more of them. */
const MAX_PENDING_BEATS = 64 * 1024

interface Owed {
  readonly name: string
  readonly seq: number
  /** ms (monotonic) */
  readonly due: number
}

/**
 * A connection that carries notifications. After its welcome the program gets nothing but one event record for each, so
 * that `select` on its socket tells the truth, and at the end one `error` or `goodbye`.
 */
export class NotificationSession implements OwnSession, Sink {
  readonly title = 'a notification socket'
  readonly #host: NcsHost
  readonly #connection: Peer
  readonly #caller: SessionCaller
  readonly #request: NcsRequest
  readonly #gates: string[]
  /** Called at the end. */
  readonly #endings: Cancel[] = []
  /** Answers that gates wait for, oldest first. */
  readonly #owed = new Map<string, Owed>()
  /** Answers to events of a shared log that were delivered before their gates were open. */
  readonly #earlyAnswers = new Set<string>()
  #subscription: SubscriptionApi | undefined
  #stream: StreamSubscriber | undefined
  #reader: NotificationWriter | undefined
  /** The pieces that arrive before the welcome is sent. */
  #early: Piece[] | undefined = []
  #taken = 0
  #stuckSince: number | undefined
  #closed = false

  constructor(host: NcsHost, connection: Peer, caller: SessionCaller, request: NcsRequest) {
    if (connection.format !== undefined)
      throw new TocsinError('TCN_PROTOCOL_BODY', 'hello: `ncs` is not possible with JSON records')
    if ((request.mask & NOTIF_TAKEOVER_SYSLOG) !== 0)
      checkRight(host.authorize, caller.principal, 'admin', 'NOTIF_TAKEOVER_SYSLOG')
    this.#host = host
    this.#connection = connection
    this.#caller = caller
    this.#request = request
    this.#gates = gatesOf(request)
    if (request.lag === 'skip' && this.#gates.length > 0)
      throw new TocsinError('TCN_PROTOCOL_BODY', 'hello: ncs.lag: notifications that wait cannot be skipped')
  }

  open(): void {
    this.#subscribe().then(
      () => this.#opened(),
      (error) => this.#connection.fail(toTocsinError(error, 'TCN_INTERNAL')),
    )
  }

  /** Programs may only answer. An answer that comes too late or twice is harmless. */
  take(record: ControlRecord): void {
    if (record.name === 'goodbye') this.#connection.end()
    if (record.name !== 'gateDone') return
    const { name, seq } = record.body
    if (this.#owed.delete(keyOf(name, seq))) this.#answer(name, seq)
    else if (this.#gates.includes(name)) this.#keepEarly(keyOf(name, seq))
  }

  drained(): void {
    this.#subscription?.drained()
    this.#stream?.drained()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const cancel of this.#endings) cancel()
    this.#subscription?.close()
    this.#subscription = undefined
    this.#stream?.close()
    this.#owed.clear()
    this.#earlyAnswers.clear()
  }

  // ---- for the bus

  get pending(): number {
    const early = this.#early?.reduce((sum, piece) => sum + bytesOf(piece), 0) ?? 0
    return this.#connection.pending + early
  }

  get keepsNothing(): boolean {
    return true
  }

  write(pieces: readonly Piece[]): void {
    if (this.#early === undefined) this.#connection.write(pieces)
    else this.#early.push(...pieces)
  }

  status(status: SubscriberStatus): void {
    if (status.type === 'gate') {
      this.#gateOpened(status)
    } else if (status.type === 'gap' && status.reason !== 'skipped') {
      const message = `the notifications @${status.from} to @${status.to} are missing: ${status.reason}`
      // The bus is in the middle of its work for this subscription.
      this.#host.runtime.soon(() => this.#connection.fail(new TocsinError('TCN_BUS_GAP', message)))
    }
  }

  end({ code, message, seq }: EndReason): void {
    this.#subscription = undefined
    if (code === 'STOP' || code === 'END') {
      this.#connection.send('goodbye', { code, message, cursor: formatCursor(this.#host.bus.epoch, seq) })
      this.#connection.end()
    } else {
      this.#connection.fail(new TocsinError(code, message))
    }
  }

  fail(error: TocsinError): void {
    this.#connection.fail(error)
  }

  // ---- own

  #gateOpened({ name, seq, deadline }: SubscriberStatus & { type: 'gate' }): void {
    const { runtime } = this.#host
    // The bus is in the middle of its work for this subscription.
    if (this.#earlyAnswers.delete(keyOf(name, seq))) runtime.soon(() => this.#answer(name, seq))
    else this.#owed.set(keyOf(name, seq), { name, seq, due: this.#host.now() + deadline })
  }

  #answer(name: string, seq: number): void {
    try {
      this.#subscription?.gateDone(name, seq, undefined)
    } catch (error) {
      if (toTocsinError(error, 'TCN_INTERNAL').code !== 'TCN_GATE_UNKNOWN') throw error
    }
  }

  #keepEarly(key: string): void {
    this.#earlyAnswers.add(key)
    if (this.#earlyAnswers.size <= MAX_EARLY_ANSWERS) return
    for (const oldest of this.#earlyAnswers) if (this.#earlyAnswers.delete(oldest)) return
  }

  async #subscribe(): Promise<void> {
    const { principal, label, peer } = this.#caller
    const stream = await this.#openStream()
    const { lag } = this.#request
    const request = { filters: filterOf(this.#request), gates: this.#gates, label, peer, lag }
    const subscription = await this.#host.bus.subscribe(principal, request, this)
    if (this.#closed) return subscription.close()
    this.#subscription = subscription
    this.#stream = stream
    await stream?.start()
  }

  async #openStream(): Promise<StreamSubscriber | undefined> {
    if ((this.#request.mask & NOTIF_STREAM_EVENT) === 0) return undefined
    const { streams } = this.#host
    const request = await readStreamRequest(this.#request, streams)
    this.#reader = new NotificationWriter(streams, loggedIn(this.#request.mask), this)
    return new StreamSubscriber(streams, request, this.#caller, this.#reader)
  }

  #opened(): void {
    if (this.#closed) return
    this.#announceDemand()
    const ncs = { deadline: this.#host.bus.gateDeadline, types: this.#reader?.types }
    this.#connection.send('welcome', { ...this.#caller.welcome, features: ['ncs'], ncs })
    this.#connection.write(this.#early ?? [])
    this.#early = undefined
    this.#startTimers()
    if (this.pending === 0) this.drained()
  }

  /** Before the welcome: what is reported only on demand is complete from there on. */
  #announceDemand(): void {
    const { mask, verbosity } = this.#request
    const taken = (mask & NOTIF_DAEMON) === 0 ? mask & ~NOTIF_TAKEOVER_SYSLOG : mask
    const end = this.#host.demand?.add(taken, verbosity)
    if (end !== undefined) this.#endings.push(end)
  }

  #startTimers(): void {
    const { mask, heartbeat = 0, health = 0 } = this.#request
    const { wheel } = this.#host
    this.#endings.push(wheel.every(CHECK_EVERY, () => this.#check()))
    if ((mask & NOTIF_HEARTBEAT) !== 0)
      this.#endings.push(wheel.every(Math.max(MIN_INTERVAL, heartbeat), () => this.#beat(NOTIF_HEARTBEAT)))
    if ((mask & NOTIF_HEALTH_CHECK) !== 0)
      this.#endings.push(wheel.every(Math.max(MIN_INTERVAL, health), () => void this.#checkHealth()))
  }

  #beat(type: typeof NOTIF_HEARTBEAT | typeof NOTIF_HEALTH_CHECK): void {
    if (this.#closed || this.pending > MAX_PENDING_BEATS) return
    this.#connection.write([this.#host.beat(type)])
  }

  async #checkHealth(): Promise<void> {
    if (await this.#host.healthy()) this.#beat(NOTIF_HEALTH_CHECK)
  }

  /** Ends the connection of a program that answers too late or does not read. */
  #check(): void {
    const now = this.#host.now()
    const [late] = [...this.#owed.values()].filter(({ due }) => due <= now)
    if (late !== undefined) this.#fail('TCN_NCS_TIMEOUT', `timed out, waiting for ${late.name} @${late.seq}`)
    else if (this.#isStuck(now)) this.#fail('TCN_NCS_WRITE_BLOCK', 'has not read for 15 s')
  }

  #isStuck(now: number): boolean {
    const { lag } = this.#request
    const { taken = 0 } = this.#connection
    const mayStop = lag === 'catch-up' || lag === 'skip'
    if (mayStop || this.pending === 0 || taken > this.#taken) {
      this.#taken = taken
      this.#stuckSince = undefined
      return false
    }
    this.#stuckSince ??= now
    return now - this.#stuckSince >= WRITE_BLOCK
  }

  #fail(code: 'TCN_NCS_TIMEOUT' | 'TCN_NCS_WRITE_BLOCK', what: string): void {
    const { mask } = this.#request
    this.#connection.fail(new TocsinError(code, `the subscriber with the mask ${mask} ${what}`))
  }
}

function keyOf(name: string, seq: number): string {
  return `${seq} ${name}`
}

function bytesOf(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.length : piece.bytes
}
