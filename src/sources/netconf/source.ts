import { formatAddress } from '../../config/values/address.js'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Cancel } from '../../event/runtime.js'
import { tagSegment } from '../../event/tag.js'
import { finished } from '../../incremental/steps.js'
import { abilitiesOf } from '../../protocols/netconf/client/abilities.js'
import { type DialDevice, dialDevice } from '../../protocols/netconf/client/dial-device.js'
import { NetconfSession } from '../../protocols/netconf/client/session.js'
import {
  type NetconfNotification,
  notificationTime,
  readNotification,
} from '../../protocols/netconf/codec/notification.js'
import { subscriptionChange } from '../../protocols/netconf/codec/subscription-change.js'
import type { XmlElement } from '../../protocols/netconf/codec/xml.js'
import { DeviceFacts } from '../notifications/device-facts.js'
import { dataOfNotification } from '../notifications/event-data.js'
import { digestOf, digestOfText, ReplayPosition } from '../notifications/replay-position.js'
import { faultReason, type Source, type SourceContext, type SourceHealth } from '../source.js'
import type { NetconfSourceConfig } from './config.js'
import { checkSubtree } from './device-filter.js'
import { FollowedStream } from './followed-stream.js'
import { Pushes } from './pushes.js'

/** Pause before a notification is tried again that the hub has not accepted, ms. */
const PAUSE_MS = 200
const HEARTBEAT_MS = 60_000
/** Elements of a notification that is read at once. */
const FEW_ELEMENTS = 500

const NOT_PUSHED = 'not connected to the device, which does not push again what has changed'

/** Subscribes to the notifications of a device, and fetches those that it has missed from the log of the device. */
export class NetconfSource implements Source {
  readonly #config: NetconfSourceConfig
  readonly #facts: DeviceFacts
  readonly #dial: DialDevice
  readonly #stopped = new AbortController()
  #context!: SourceContext
  #session: NetconfSession | undefined
  #stream!: FollowedStream
  #pushes!: Pushes
  #modules: ReadonlyMap<string, string> | undefined
  #heartbeat: Cancel | undefined

  constructor(
    config: NetconfSourceConfig,
    dial: DialDevice = dialDevice,
    facts: DeviceFacts = new DeviceFacts(),
  ) {
    this.#config = config
    this.#facts = facts
    this.#dial = dial
  }

  async start(given: SourceContext): Promise<void> {
    const { filter, push } = this.#config
    const context = this.#facts.counting(given)
    this.#context = context
    this.#pushes = new Pushes(push, context)
    this.#stream = new FollowedStream(this.#config, context, () => this.#moved())
    for (const each of [filter, ...push.map(({ filter }) => filter)]) checkSubtree(each)
    this.#stream.position = (await context.load(ReplayPosition.read)) ?? new ReplayPosition()
    await this.#subscribe(await this.#open())
    await this.#stream.pastIsOver
    this.#beat()
  }

  async stop(): Promise<void> {
    this.#facts.isConnected = false
    this.#stopped.abort(new Error('the source stops'))
    this.#heartbeat?.()
    this.#stream?.end()
    await this.#session?.close()
  }

  health(): SourceHealth {
    const { host, port, callHome, stream } = this.#config
    const session = this.#session
    const { suspended, protocol, hasReplay, repeats } = this.#stream
    const ofStream: [string, string][] = suspended ? [[`the stream ${stream} is suspended`, suspended]] : []
    const reason = faultReason([...ofStream, ...this.#pushes.suspended()])
    return {
      state: reason === undefined ? 'up' : 'degraded',
      ...(reason !== undefined && { reason }),
      details: {
        device: callHome ? 'calls home' : formatAddress({ host, port }),
        stream,
        ...(session && { session: session.hello.sessionId, fingerprint: session.fingerprint }),
        protocol,
        replay: hasReplay,
        repeats,
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
        this.#facts.isConnected = false
        this.#stream.end()
        this.#context.failed(error)
      },
    })
    signal.removeEventListener('abort', destroy)
    this.#session = session
    this.#facts.connected(session.hello.capabilities)
    if (signal.aborted) session.destroy()
    return session
  }

  async #subscribe(session: NetconfSession): Promise<void> {
    const abilities = await abilitiesOf(session)
    this.#modules = abilities.modules
    this.#pushes.check(abilities)
    const { since } = this.#stream
    const isReported = await this.#stream.subscribe(session, abilities)
    await this.#pushes.establish(session)
    if (this.#config.push.length > 0 && since !== undefined && !isReported)
      this.#stream.lost(NOT_PUSHED, since)
  }

  #take(message: XmlElement, bytes: Buffer): Promise<void> | undefined {
    this.#stream.begin()
    const change = subscriptionChange(message)
    if (change !== undefined) {
      if (!this.#pushes.changed(change)) this.#stream.changed(change, notificationTime(message))
      return undefined
    }
    const { longWork } = this.#context
    const steps = readNotification(message, this.#modules ?? new Map())
    try {
      if (message.size <= FEW_ELEMENTS) return this.#publish(finished(steps), message, bytes)
    } catch (error) {
      return this.#leaveOut(error, message, bytes)
    }
    return longWork.run(`netconf/${this.#config.name}`, steps).then(
      (notification) => this.#publish(notification, message, bytes),
      (error) => this.#leaveOut(error, message, bytes),
    )
  }

  /** The session continues, as the replay of another one would bring it again. */
  #leaveOut(error: unknown, message: XmlElement, bytes: Buffer): undefined {
    if (!TocsinError.is(error, 'TCN_NETCONF_MESSAGE')) throw error
    const [time, digest] = [notificationTime(message), digestOfText(bytes)]
    if (!this.#stream.accepts(time, digest)) return
    this.#context.lost(1, messageOf(error))
    this.#stream.record(time, digest)
  }

  #publish(notification: NetconfNotification, message: XmlElement, bytes: Buffer): Promise<void> | undefined {
    const { raw } = this.#config
    const { largestFrame } = this.#context
    const form = { height: message.height, bytes, raw, largestFrame }
    const subscription = this.#pushes.nameOf(message)
    const digest = subscription === undefined ? digestOf(notification, bytes) : undefined
    if (digest !== undefined && !this.#stream.accepts(notification.time, digest)) return undefined
    const data = { ...dataOfNotification(notification, form), ...(subscription && { subscription }) }
    const path = tagSegment(notification.name)
    const take = () => this.#context.publish(path, data)
    const isReplayed = this.#stream.hasReplay && digest !== undefined
    const place = isReplayed ? { place: `${notification.eventTime} ${digest}` } : {}
    const attempt = () => {
      if (!this.#context.attempt(take, () => ({ ...place, raw: bytes }))) return false
      if (digest !== undefined) this.#stream.record(notification.time, digest)
      return true
    }
    return attempt() ? undefined : this.#repeat(attempt)
  }

  /** The device waits meanwhile. */
  async #repeat(attempt: () => boolean): Promise<void> {
    const { signal } = this.#stopped
    do {
      this.#stream.wait()
      await new Promise<void>((resolve) => this.#context.runtime.after(PAUSE_MS, resolve))
    } while (!signal.aborted && !attempt())
  }

  #beat(): void {
    if (this.#stopped.signal.aborted) return
    this.#stream.beat()
    this.#moved()
    this.#heartbeat = this.#context.runtime.after(HEARTBEAT_MS, () => this.#beat())
  }

  #moved(): void {
    this.#context.moved(() => this.#stream.write())
  }
}
