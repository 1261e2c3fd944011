import { formatAddress } from '../../config/values/address.js'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { parseTime } from '../../event/position.js'
import type { Cancel } from '../../event/runtime.js'
import { tagSegment } from '../../event/tag.js'
import { finished } from '../../incremental/steps.js'
import { NetconfSession } from '../../protocols/netconf/client/session.js'
import { supports } from '../../protocols/netconf/codec/hello.js'
import {
  markOf,
  type NetconfNotification,
  notificationTime,
  readNotification,
  type StreamMark,
} from '../../protocols/netconf/codec/notification.js'
import {
  createSubscription,
  GET_STREAMS,
  type NetconfStream,
  readStreams,
} from '../../protocols/netconf/codec/subscription.js'
import { readXml, type XmlElement } from '../../protocols/netconf/codec/xml.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import type { NetconfSourceConfig } from './config.js'
import { type DialDevice, dialDevice } from './dial.js'
import { dataOfNotification } from './event-data.js'
import { digestOf, ReplayPosition } from './replay-position.js'

/** Pause before a notification is tried again that the hub has not accepted, ms. */
const PAUSE_MS = 200
const HEARTBEAT_MS = 10_000
/** A device that says nothing of the end of the past has none, ms. */
const REPLAY_MS = 10_000
/** µs */
const SECOND = 1_000_000
/** Elements of a notification that is read at once. */
const FEW_ELEMENTS = 500

const AWAY = 'not connected to the device, which keeps no notifications'
const FORGOTTEN = 'the device has not kept all notifications that were missed'
const REFUSED = 'the device does not send again what was missed'

/** Subscribes to the notifications of a device, and fetches those that it has missed from the log of the device. */
export class NetconfSource implements Source {
  readonly #config: NetconfSourceConfig
  readonly #dial: DialDevice
  readonly #stopped = new AbortController()
  #context!: SourceContext
  #session: NetconfSession | undefined
  #position = new ReplayPosition()
  #hasReplay = false
  /** Where the source begins, while the past comes, which is not wanted. */
  #beginning: ReplayPosition | undefined
  #began!: () => void
  readonly #begun = new Promise<void>((resolve) => {
    this.#began = resolve
  })
  /** Until then, what comes may be of the past, which is not wanted. */
  #pastIsOver: Promise<void> | undefined
  #endPast = () => {}
  #timers: { heartbeat?: Cancel; replay?: Cancel } = {}
  #repeats = 0

  constructor(config: NetconfSourceConfig, dial: DialDevice = dialDevice) {
    this.#config = config
    this.#dial = dial
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    checkSubtree(this.#config.filter?.subtree)
    this.#position = (await context.load(ReplayPosition.read)) ?? new ReplayPosition()
    const session = await this.#open()
    await this.#subscribe(session, await this.#findStream(session))
    await this.#pastIsOver
    this.#beat()
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the source stops'))
    this.#timers.heartbeat?.()
    this.#timers.replay?.()
    this.#endPast()
    await this.#session?.close()
  }

  health(): SourceHealth {
    const { host, port, stream } = this.#config
    const session = this.#session
    return {
      state: 'up',
      details: {
        device: formatAddress({ host, port }),
        stream,
        ...(session && { session: session.hello.sessionId, fingerprint: session.fingerprint }),
        replay: this.#hasReplay,
        repeats: this.#repeats,
      },
    }
  }

  async #open(): Promise<NetconfSession> {
    const { runtime, longWork } = this.#context
    const { timeout, maxMessage, name } = this.#config
    const { signal } = this.#stopped
    const transport = await this.#dial(this.#config, { runtime, signal })
    const destroy = () => transport.destroy()
    signal.addEventListener('abort', destroy, { once: true })
    if (signal.aborted) destroy()
    const session = await NetconfSession.open(transport, {
      runtime,
      timeout,
      longest: maxMessage,
      longWork,
      name: `netconf/${name}`,
      notification: (message, bytes) => this.#take(message, bytes),
      leftOut: (reason) => this.#context.lost(1, reason),
      closed: (error) => {
        this.#endPast()
        this.#context.failed(error)
      },
    })
    signal.removeEventListener('abort', destroy)
    this.#session = session
    if (signal.aborted) session.destroy()
    return session
  }

  // ---- subscription

  /** Undefined if the device does not say what streams it has. */
  async #findStream(session: NetconfSession): Promise<NetconfStream | undefined> {
    const { stream: wanted, filter } = this.#config
    const { hello } = session
    if (!supports(hello, 'notification')) throw unsupported('the device sends no notifications (RFC 5277)')
    if (filter?.xpath !== undefined && !supports(hello, 'xpath'))
      throw unsupported('the device knows no filters of XPath: use `subtree`')
    const reply = await session.request('the list of streams', GET_STREAMS).catch((error) => {
      if (TocsinError.is(error, 'TCN_NETCONF_REFUSED')) return undefined
      throw error
    })
    const streams = reply === undefined ? [] : readStreams(reply)
    const found = streams.find(({ name }) => name === wanted)
    if (found === undefined && streams.length > 0)
      throw unsupported(
        `the device has no stream ${wanted}; it has ${streams.map(({ name }) => name).join(', ')}`,
      )
    return found
  }

  async #subscribe(session: NetconfSession, stream: NetconfStream | undefined): Promise<void> {
    this.#hasReplay = stream?.hasReplay === true
    if (stream?.hasReplay !== true) return this.#subscribeWithoutReplay(session)
    const { since } = this.#position
    if (this.#position.hasForgotten(stream)) {
      this.#context.lost(undefined, FORGOTTEN, since)
      this.#moved()
    }
    const { start } = this.#position
    if (start === undefined) return this.#subscribeFirst(session, stream)
    this.#position.beginReplay()
    await this.#request(session, start).catch((error) => {
      if (!TocsinError.is(error, 'TCN_NETCONF_REFUSED')) throw error
      return this.#subscribeAfresh(session, stream, since)
    })
  }

  async #subscribeWithoutReplay(session: NetconfSession): Promise<void> {
    const { since } = this.#position
    await this.#request(session, undefined)
    if (since !== undefined) this.#context.lost(undefined, AWAY, since)
  }

  /** The clock of the device may have been set back. */
  async #subscribeAfresh(
    session: NetconfSession,
    stream: NetconfStream,
    since: number | undefined,
  ): Promise<void> {
    await this.#subscribeNow(session, stream)
    this.#context.lost(undefined, REFUSED, since)
  }

  async #subscribeFirst(session: NetconfSession, stream: NetconfStream): Promise<void> {
    const { from } = this.#config
    if (from === 'now') return this.#subscribeNow(session, stream)
    this.#position.beginReplay()
    await this.#request(session, from === 'start' ? (stream.logCreated ?? 0) : parseTime(from))
  }

  /**
   * Asks for the past too: its end says what time it is on the device, from which on nothing may be missed. The clock of
   * the hub may be ahead, and devices refuse what is in their future.
   */
  async #subscribeNow(session: NetconfSession, { logCreated = 0 }: NetconfStream): Promise<void> {
    this.#beginning = this.#position.afresh()
    const recent = Math.floor(this.#context.runtime.now() / SECOND - 1) * SECOND
    await this.#request(session, recent).catch((error) => {
      if (!TocsinError.is(error, 'TCN_NETCONF_REFUSED')) throw error
      return this.#request(session, logCreated)
    })
    if (this.#beginning === undefined) return
    this.#timers.replay = this.#context.runtime.after(REPLAY_MS, () => this.#endReplay(undefined))
    this.#pastIsOver = new Promise((resolve) => {
      this.#endPast = resolve
    })
  }

  /** Resolves when the device has agreed, or has sent the first notification, which may come before. */
  async #request(session: NetconfSession, start: number | undefined): Promise<void> {
    const { stream, filter } = this.#config
    const { subtree, xpath = '', namespaces = {} } = filter ?? {}
    const operation = createSubscription({
      stream,
      start,
      ...(filter && { filter: subtree === undefined ? { xpath, namespaces } : { subtree } }),
    })
    let hasBegun = false
    const answer = session.request('the subscription', operation).catch((error) => {
      if (!hasBegun) throw error
      this.#context.failed(error)
    })
    await Promise.race([answer, this.#begun])
    hasBegun = true
  }

  // ---- notifications

  #take(message: XmlElement, bytes: Buffer): Promise<void> | undefined {
    this.#began()
    const mark = markOf(message)
    if (mark !== undefined) return this.#takeMark(mark, message)
    const { longWork } = this.#context
    const modules = this.#session?.hello.modules ?? new Map()
    const steps = readNotification(message, modules)
    try {
      if (message.size <= FEW_ELEMENTS) return this.#publish(finished(steps), message, bytes)
    } catch (error) {
      if (!TocsinError.is(error, 'TCN_NETCONF_MESSAGE')) throw error
      this.#context.lost(1, messageOf(error))
      return undefined
    }
    return longWork
      .run(`netconf/${this.#config.name}`, steps)
      .then((notification) => this.#publish(notification, message, bytes))
  }

  #takeMark(mark: StreamMark, message: XmlElement): undefined {
    if (mark === 'replayComplete') this.#endReplay(notificationTime(message))
    else this.#context.failed(new TocsinError('TCN_NETCONF_CLOSED', 'the device has ended the subscription'))
  }

  #endReplay(time: number | undefined): void {
    this.#timers.replay?.()
    this.#position = this.#beginning ?? this.#position
    this.#beginning = undefined
    this.#position.endReplay(time, this.#context.runtime.now())
    this.#endPast()
    this.#moved()
  }

  #publish(notification: NetconfNotification, message: XmlElement, bytes: Buffer): Promise<void> | undefined {
    const digest = digestOf(notification, bytes)
    if (this.#beginning !== undefined) {
      this.#beginning.record(notification.time, digest, this.#context.runtime.now())
      return undefined
    }
    if (this.#position.isRepeat(digest)) {
      this.#repeats++
      return undefined
    }
    const data = dataOfNotification(notification, {
      height: message.height,
      bytes,
      raw: this.#config.raw,
      largestFrame: this.#context.largestFrame,
    })
    const path = tagSegment(notification.name)
    const take = () => this.#context.publish(path, data)
    const attempt = () => {
      const place = this.#hasReplay ? { place: `${notification.eventTime} ${digest}` } : {}
      if (!this.#context.attempt(take, () => ({ ...place, raw: bytes }))) return false
      this.#position.record(notification.time, digest, this.#context.runtime.now())
      this.#moved()
      return true
    }
    return attempt() ? undefined : this.#repeat(attempt)
  }

  /** The device waits meanwhile. */
  async #repeat(attempt: () => boolean): Promise<void> {
    const { signal } = this.#stopped
    do {
      await new Promise<void>((resolve) => this.#context.runtime.after(PAUSE_MS, resolve))
    } while (!signal.aborted && !attempt())
  }

  #beat(): void {
    this.#moved()
    this.#timers.heartbeat = this.#context.runtime.after(HEARTBEAT_MS, () => this.#beat())
  }

  #moved(): void {
    this.#context.moved(() => {
      this.#position.connected(this.#context.runtime.now())
      return this.#position.write()
    })
  }
}

/** Text that is not whole elements would change the request around it. */
function checkSubtree(subtree: string | undefined): void {
  if (subtree === undefined) return
  try {
    finished(readXml(Buffer.from(`<filter>${subtree}</filter>`)))
  } catch (error) {
    throw new TocsinError('TCN_NETCONF_XML', `filter.subtree: ${messageOf(error)}`)
  }
}

function unsupported(message: string): TocsinError {
  return new TocsinError('TCN_NETCONF_UNSUPPORTED', message)
}
