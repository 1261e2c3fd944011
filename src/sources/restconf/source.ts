import type { IncomingMessage } from 'node:http'
import { messageOf } from '../../errors/thrown.js'
import { parseTime } from '../../event/position.js'
import { type Cancel, endOfWork, nextTurn } from '../../event/runtime.js'
import { tagSegment } from '../../event/tag.js'
import { isLongJson, readJsonObjects } from '../../incremental/read-json.js'
import type { FramedMessage } from '../../protocols/netconf/codec/framing.js'
import { standardModules } from '../../protocols/netconf/codec/namespaces.js'
import { type NetconfNotification, readNotification } from '../../protocols/netconf/codec/notification.js'
import {
  type SubscriptionChange,
  subscriptionChange,
  subscriptionChangeInJson,
} from '../../protocols/netconf/codec/subscription-change.js'
import { isLongXml, readXml } from '../../protocols/netconf/codec/xml.js'
import { EventStreamReader } from '../../protocols/restconf/codec/event-stream.js'
import { heightOf, readJsonNotification } from '../../protocols/restconf/codec/json-notification.js'
import type { Encoding, RestconfStream } from '../../protocols/restconf/codec/streams.js'
import { RefusedRequest } from '../../protocols/transport/http-get.js'
import { DeviceFacts } from '../notifications/device-facts.js'
import { dataOfNotification } from '../notifications/event-data.js'
import { digestOf, ReplayPosition } from '../notifications/replay-position.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import type { RestconfSourceConfig } from './config.js'
import { type OpenedStream, RestconfServer } from './server.js'

/** Pause before a notification is tried again that the hub has not accepted, ms. */
const PAUSE_MS = 200
const HEARTBEAT_MS = 10_000
/** Time that notifications may take in a turn of the event loop, ms. */
const SLICE_MS = 4
const HIGHEST = 64
/** The time of an answer has whole seconds, µs. */
const SECOND = 1_000_000

const AWAY = 'not connected to the server, which keeps no notifications'
const FORGOTTEN = 'the server has not kept all notifications that were missed'
const REFUSED = 'the server does not send again what was missed'

interface ReadNotification {
  readonly notification: NetconfNotification
  readonly height: number
}

/** Reads a stream of a RESTCONF server, and continues from the last event time after a loss (RFC 8040, section 6). */
export class RestconfSource implements Source {
  readonly #config: RestconfSourceConfig
  readonly #facts: DeviceFacts
  readonly #stopped = new AbortController()
  #context!: SourceContext
  #position = new ReplayPosition()
  /** `time`: by the clock of the server, µs since the epoch. */
  #opened: { stream: RestconfStream; encoding: Encoding; time: number } | undefined
  #hasCome = true
  #heartbeat: Cancel | undefined
  #repeats = 0

  constructor(config: RestconfSourceConfig, facts = new DeviceFacts()) {
    this.#config = config
    this.#facts = facts
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = this.#facts.counting(context)
    this.#position = (await context.load(ReplayPosition.read)) ?? new ReplayPosition()
    const server = new RestconfServer(this.#config, context.runtime, this.#stopped.signal)
    const stream = await server.stream()
    const opened = await this.#open(server, stream)
    this.#opened = { stream, encoding: opened.encoding, time: opened.time }
    this.#facts.isConnected = true
    this.#beat()
    void this.#readAll(opened)
  }

  async stop(): Promise<void> {
    this.#facts.isConnected = false
    this.#stopped.abort(new Error('the source stops'))
    this.#heartbeat?.()
  }

  health(): SourceHealth {
    const { url, stream } = this.#config
    const opened = this.#opened
    return {
      state: 'up',
      details: {
        server: url,
        stream,
        ...(opened && { encoding: opened.encoding, replay: opened.stream.hasReplay }),
        repeats: this.#repeats,
      },
    }
  }

  // ---- subscription

  async #open(server: RestconfServer, stream: RestconfStream): Promise<OpenedStream> {
    const { since } = this.#position
    if (!stream.hasReplay) return this.#openNow(server, stream, since === undefined ? undefined : AWAY)
    const { logCreated } = stream
    // A log that was begun again, and one that was cut, may both say when they begin.
    const logAged = logCreated === undefined ? undefined : logCreated - 1
    const hasForgotten = this.#position.hasForgotten({ logAged })
    const start = this.#position.start ?? this.#first(stream)
    if (start !== undefined) this.#position.beginReplay()
    if (hasForgotten) this.#lost(FORGOTTEN, since)
    if (start === undefined) return this.#openNow(server, stream, undefined)
    try {
      return await server.open(stream, start)
    } catch (error) {
      if (!(error instanceof RefusedRequest) || error.status !== 400) throw error
      return this.#openNow(server, stream, REFUSED)
    }
  }

  /** The past is not asked for, and is a gap if there is a reason. */
  async #openNow(
    server: RestconfServer,
    stream: RestconfStream,
    reason: string | undefined,
  ): Promise<OpenedStream> {
    const { since } = this.#position
    const opened = await server.open(stream, undefined)
    if (reason !== undefined) this.#lost(reason, since)
    this.#position = this.#position.afresh()
    // The log may have begun in the same second.
    const begin = Math.max(opened.time, stream.logCreated ?? 0)
    this.#position.endReplay(begin, this.#monotonic)
    return opened
  }

  /** Reports as lost what was missed since then, until now. */
  #lost(reason: string, since: number | undefined): void {
    this.#context.lost(undefined, reason, since)
    this.#position.reported(this.#context.runtime.now())
    this.#moved()
  }

  #first({ logCreated = 0 }: RestconfStream): number | undefined {
    const { from } = this.#config
    if (from === 'now') return undefined
    return from === 'start' ? logCreated : parseTime(from)
  }

  // ---- notifications

  async #readAll({ answer, encoding }: OpenedStream): Promise<void> {
    const { signal } = this.#stopped
    try {
      await this.#readPieces(answer, encoding)
      throw new Error('the server has ended the stream')
    } catch (error) {
      this.#facts.isConnected = false
      if (!signal.aborted) this.#context.failed(error)
    }
  }

  async #readPieces(answer: IncomingMessage, encoding: Encoding): Promise<void> {
    const { runtime } = this.#context
    const reader = new EventStreamReader(this.#config.maxMessage)
    for await (const piece of answer) {
      reader.feed(piece)
      let end = endOfWork(runtime, SLICE_MS)
      for (let message = reader.next(); message !== undefined; message = reader.next()) {
        await this.#take(message, encoding)
        if (this.#stopped.signal.aborted) return
        if (runtime.monotonic() < end) continue
        await nextTurn(runtime)
        end = endOfWork(runtime, SLICE_MS)
      }
    }
  }

  async #take({ bytes, length, isTooLong }: FramedMessage, encoding: Encoding): Promise<void> {
    try {
      if (isTooLong) throw new Error(`a notification of ${length} bytes is too long`)
      const read = encoding === 'json' ? await this.#readJson(bytes) : await this.#readXml(bytes)
      if (read !== undefined) await this.#publish(read, bytes)
    } catch (error) {
      this.#context.lost(1, messageOf(error))
    }
  }

  /** Undefined for what the server says of the stream itself. */
  async #readJson(bytes: Buffer): Promise<ReadNotification | undefined> {
    const { longWork, runtime } = this.#context
    const steps = readJsonObjects(bytes, runtime)
    const value = await longWork.settle(this.#workName, steps, !isLongJson(bytes))
    const notification = readJsonNotification(value)
    if (this.#isOfStream(subscriptionChangeInJson(notification.qualifiedName))) return undefined
    return { notification, height: heightOf(notification.content, HIGHEST) }
  }

  /** Undefined for what the server says of the stream itself. */
  async #readXml(bytes: Buffer): Promise<ReadNotification | undefined> {
    const { longWork } = this.#context
    const isShort = !isLongXml(bytes)
    const message = await longWork.settle(this.#workName, readXml(bytes), isShort)
    if (this.#isOfStream(subscriptionChange(message)?.kind)) return undefined
    const steps = readNotification(message, standardModules)
    return { notification: await longWork.settle(this.#workName, steps, isShort), height: message.height }
  }

  #isOfStream(kind: SubscriptionChange['kind'] | undefined): boolean {
    if (kind === 'replayed') this.#catchUp()
    return kind !== undefined
  }

  get #workName(): string {
    return `restconf/${this.#config.name}`
  }

  async #publish({ notification, height }: ReadNotification, bytes: Buffer): Promise<void> {
    const digest = digestOf(notification, bytes)
    this.#hasCome = true
    if (this.#position.isRepeat(digest)) {
      this.#repeats++
      return
    }
    if ((notification.time ?? 0) >= (this.#opened?.time ?? 0) + SECOND) this.#catchUp()
    const { largestFrame, runtime } = this.#context
    const data = dataOfNotification(notification, { height, bytes, raw: false, largestFrame })
    const path = tagSegment(notification.name)
    const isKept = this.#opened?.stream.hasReplay === true
    const place = isKept ? { place: `${notification.eventTime} ${digest}` } : {}
    const take = () => this.#context.publish(path, data)
    const { signal } = this.#stopped
    while (!this.#context.attempt(take, () => ({ ...place, raw: bytes }))) {
      this.#hasCome = true
      this.#position.wait(runtime.now())
      await new Promise<void>((resolve) => runtime.after(PAUSE_MS, resolve))
      if (signal.aborted) return
    }
    this.#position.record(notification.time, digest, this.#monotonic)
    this.#moved()
  }

  /** The past is over. */
  #catchUp(): void {
    // A log that is full forgets its oldest, and RFC 8040 has nothing that says so.
    if (this.#position.lacksNewest) {
      this.#lost(FORGOTTEN, this.#position.since)
      this.#position.forget()
    }
    this.#position.catchUp()
  }

  #beat(): void {
    if (this.#stopped.signal.aborted) return
    // Not all servers say that the past is over, and while nothing happens, nothing of the present comes.
    if (!this.#hasCome) this.#catchUp()
    this.#hasCome = false
    this.#moved()
    this.#heartbeat = this.#context.runtime.after(HEARTBEAT_MS, () => this.#beat())
  }

  #moved(): void {
    this.#context.moved(() => {
      this.#position.connected(this.#context.runtime.now(), this.#monotonic)
      return this.#position.write()
    })
  }

  /** µs */
  get #monotonic(): number {
    return this.#context.runtime.monotonic() * 1000
  }
}
