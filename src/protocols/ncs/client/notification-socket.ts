import { TocsinError } from '../../../errors/tocsin-error.js'
import { Event } from '../../../event/event.js'
import { asFields } from '../../../event/json/object.js'
import type { TypePatterns } from '../../../types/registry.js'
import type { ControlRecord } from '../../native/codec.js'
import type { Welcome } from '../../native/protocol.js'
import { NOTIF_STREAM_EVENT } from '../constants/events.js'
import { typeFor } from '../constants/mask.js'
import { kindOf } from '../notifications/kinds.js'
import type { NcsNotification } from '../notifications/notification.js'
import { type FlatNotification, flatten, type NcsModule, notificationOf } from '../notifications/read.js'
import { StreamEvents } from '../notifications/stream-events.js'
import {
  type AddressFamily,
  argumentError,
  checkAddress,
  checkFamily,
  checkLag,
  type HubAddress,
  type SubscriptionOptions,
} from './arguments.js'
import type { NotificationsData } from './notifications-data.js'
import { type Gated, idOf, OwedAnswers } from './owed-answers.js'
import { RecordStream } from './record-stream.js'

/** Notifications that are read ahead of the program. */
const READ_AHEAD = 256

export interface SocketOptions {
  /** True if notifications have all keys beside their type instead of in a dictionary of their own. */
  flat?: boolean
}

/** A socket for notifications. Made by `socket`, connected once by `notificationsConnect`. */
export class NotificationSocket<N extends NcsNotification | FlatNotification = NcsNotification>
  implements AsyncIterable<N>, AsyncDisposable
{
  readonly family: AddressFamily
  readonly #module: NcsModule
  readonly #flat: boolean
  readonly #waiting: Event[] = []
  #stream: RecordStream | undefined
  #address: HubAddress | undefined
  #mask = 0
  #owed = new OwedAnswers(0)
  #streamed = new StreamEvents(0)
  #isConnected = false
  #end: { error: TocsinError | undefined } | undefined
  #wakes: (() => void)[] = []

  /** Throws TCN_NCS_ARGUMENT. */
  constructor(family: number, module: NcsModule, options: SocketOptions = {}) {
    this.family = checkFamily(family)
    this.#module = module
    this.#flat = options.flat ?? false
  }

  /** Where it is connected to. */
  get address(): HubAddress {
    if (this.#address === undefined) throw argumentError('the socket is not connected')
    return this.#address
  }

  /** Resolves when the subscription has begun. A socket connects once: after a failure, make a new one. */
  async connect(
    mask: number,
    address: HubAddress,
    { data, lag }: { data?: NotificationsData; lag?: SubscriptionOptions['lag'] } = {},
  ): Promise<void> {
    if (this.#stream !== undefined) throw argumentError('the socket was used before: make a new one')
    checkAddress(this.family, address)
    checkLag(lag)
    this.#address = address
    this.#mask = mask
    this.#owed = new OwedAnswers(mask)
    const ncs = { mask, module: this.#module, ...(lag && { lag }), ...(data && requestOf(data)) }
    this.#stream = new RecordStream(
      this.family,
      address,
      { features: ['ncs'], ncs },
      {
        onEvents: (bytes, start, end) => this.#receive(bytes, start, end),
        onRecord: (record) => this.#take(record),
        onEnd: (error) => this.#ended(error),
      },
    )
    await this.#until(() => this.#isConnected)
    if (!this.#isConnected) throw this.#endError()
  }

  /**
   * Resolves with true if something can be read: a notification, or the end. With -1 it waits without a limit. Rejects
   * with TCN_NCS_ARGUMENT if the socket was never connected.
   *
   * @example
   * if (await sock.poll(5_000)) console.log(await sock.read())
   */
  async poll(ms = -1): Promise<boolean> {
    if (this.#stream === undefined && this.#end === undefined)
      throw argumentError('the socket is not connected')
    const isReady = () => this.#waiting.length > 0
    if (ms < 0) await this.#until(isReady)
    else if (!isReady() && this.#end === undefined) await this.#within(ms, isReady)
    return isReady() || this.#end !== undefined
  }

  /** Resolves with the next notification. Rejects with TCN_NCS_CLOSED at the end, or with the fault that ended it. */
  async read(): Promise<N> {
    await this.poll()
    const event = this.#waiting.shift()
    if (event === undefined) throw this.#endError()
    if (this.#waiting.length < READ_AHEAD) this.#stream?.resume()
    const streamed = this.#streamed.bodyOf(event)
    const type = streamed === undefined ? typeFor(event.kind, this.#mask) : NOTIF_STREAM_EVENT
    this.#owed.read(type, event)
    const body = asFields(streamed ?? event.data)
    const notification = notificationOf(type, body, this.#module)
    if (notification === undefined)
      throw new TocsinError('TCN_NCS_NOTIFICATION', `the hub sent a notification of the type ${type}`)
    return (this.#flat ? flatten(notification) : notification) as N
  }

  /** Ends when the hub stops; throws the fault if there was one. */
  async *[Symbol.asyncIterator](): AsyncIterator<N> {
    try {
      while (await this.poll()) {
        if (this.#waiting.length === 0 && this.#end !== undefined && this.#end.error === undefined) return
        yield await this.read()
      }
    } finally {
      this.close()
    }
  }

  /** Answers the oldest notification of this type and id that was read. Throws TCN_NCS_ACK. */
  answer(...which: Parameters<OwedAnswers['answer']>): void {
    const answer = this.#owed.answer(...which)
    if (answer === undefined) return
    if (this.#end !== undefined) throw this.#endError()
    this.#stream?.send('gateDone', answer)
  }

  /** Returns whether the publisher of a notification that was read waits for an answer from this socket. */
  owes(notification: N): boolean {
    return this.#owed.owes(notification.type, bodyOf(notification))
  }

  /**
   * Answers a notification that was read, whatever its type is. Returns whether its publisher has waited for that.
   *
   * @example
   * for await (const n of sock) {
   *   await handle(n)
   *   sock.acknowledge(n)
   * }
   */
  acknowledge(notification: N): boolean {
    if (!this.owes(notification)) return false
    const type = notification.type as Gated
    this.answer(type, idOf(type, bodyOf(notification)))
    return true
  }

  /** Drops everything that is not read yet, and does not wait for answers that are owed. */
  close(): void {
    this.#stream?.close()
    this.#ended(undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  // ---- what comes from the hub

  #receive(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const event = new Event(bytes, at)
      this.#waiting.push(event)
      at = event.end
    }
    if (this.#waiting.length >= READ_AHEAD) this.#stream?.pause()
    this.#wake()
  }

  #take({ name, body }: ControlRecord): void {
    if (name === 'welcome') this.#welcome(body)
    else if (name === 'error')
      this.#ended(new TocsinError(body.code as 'TCN_INTERNAL', body.message, { details: body.details }))
    else if (name === 'goodbye') this.#ended(undefined)
    this.#wake()
  }

  #welcome({ features, ncs }: Welcome): void {
    this.#isConnected = features.includes('ncs')
    this.#streamed = new StreamEvents(this.#mask, ncs?.types as readonly TypePatterns[] | undefined)
    if (this.#isConnected) return
    this.#stream?.close(new TocsinError('TCN_NCS_CONNECT', 'this hub has no notification sockets'))
  }

  #ended(error: TocsinError | undefined): void {
    this.#end ??= { error }
    this.#wake()
  }

  #endError(): TocsinError {
    return this.#end?.error ?? new TocsinError('TCN_NCS_CLOSED')
  }

  // ---- waiting

  async #until(condition: () => boolean): Promise<void> {
    while (!condition() && this.#end === undefined) await new Promise<void>((wake) => this.#wakes.push(wake))
  }

  async #within(ms: number, condition: () => boolean): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    let isOver = false
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        isOver = true
        resolve()
        this.#wake()
      }, ms)
    })
    await Promise.race([this.#until(() => isOver || condition()), over])
    clearTimeout(timer)
  }

  #wake(): void {
    const wakes = this.#wakes
    if (wakes.length === 0) return
    this.#wakes = []
    for (const wake of wakes) wake()
  }
}

/** The keys of a notification: in a dictionary of its own, or beside the type if it is flat. */
function bodyOf(notification: NcsNotification | FlatNotification): unknown {
  const key = kindOf(notification.type)?.key ?? ''
  return asFields(notification)[key] ?? notification
}

/** The keys of hello that say what a subscriber to beats and streams wants. */
function requestOf(data: NotificationsData): Record<string, unknown> {
  const { heartbeatInterval, healthCheckInterval, streamName, startTime, stopTime } = data
  const wanted = {
    heartbeat: heartbeatInterval,
    health: healthCheckInterval,
    stream: streamName,
    start: startTime,
    stop: stopTime,
    xpath: data.xpathFilter,
    usid: data.usid,
    verbosity: data.verbosity,
  }
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
}
