import { z } from 'zod'
import { formatAddress } from '../../config/values/address.js'
import { messageOf } from '../../errors/thrown.js'
import { checkFrame, WIDEST_LIMITS } from '../../event/check.js'
import { encodeFrame } from '../../event/frame.js'
import { encode } from '../../event/msgpack/encoder.js'
import { sleep } from '../../event/runtime.js'
import { KnownKeys } from '../../protocols/ncs/attached/known-keys.js'
import { ANSWER_WITHIN_MS, type AttachedLine } from '../../protocols/ncs/attached/lines.js'
import {
  type NcsPublication,
  namedNotification,
  publicationOf,
} from '../../protocols/ncs/notifications/publication.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import { type NcsSourceConfig, placeOf } from './config.js'
import { NcsHelper } from './helper.js'
import { endOfStream, NcsStream, type StreamOver } from './stream.js'

/** Pause before something is tried again that the hub has not accepted, ms. */
const PAUSE_MS = 200

const AWAY = 'not connected to NSO, which keeps no notifications'
const FORGOTTEN = 'NSO has not kept all events of the stream that were missed'
const REFUSED = 'NSO does not send again what was missed of the stream'

type NotificationLine = Extract<AttachedLine, { notification: unknown }>

const position = z.object({
  /** Until this time no notification is missing, µs since the epoch. */
  since: z.number().optional(),
  streams: z.record(z.string(), z.unknown()).default({}),
})

/** Publishes the notifications and streams of an NSO or ConfD, and lets it continue when subscribers have answered. */
export class NcsSource implements Source {
  readonly #config: NcsSourceConfig
  readonly #stopped = new AbortController()
  #context!: SourceContext
  #helper: NcsHelper | undefined
  #streams = new Map<string, NcsStream>()
  #since: number | undefined
  #unknown: readonly string[] = []
  readonly #known = new KnownKeys()
  /** Notifications that NSO waits for. */
  #waiting = 0
  #notifications = 0

  constructor(config: NcsSourceConfig) {
    this.#config = config
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    await this.#load()
    const starts = new Map([...this.#streams].map(([name, { start }]) => [name, start]))
    const { runtime, longWork } = context
    if (this.#stopped.signal.aborted) return
    const helper = new NcsHelper({ config: this.#config, runtime, longWork, starts })
    this.#helper = helper
    const lines = helper.lines()
    const { unknown, at } = await helper.connected(lines)
    this.#unknown = unknown
    this.#begin(at)
    void this.#follow(lines)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#helper?.stop()
  }

  health(): SourceHealth {
    const place = placeOf(this.#config)
    const repeats = [...this.#streams.values()].reduce((sum, stream) => sum + stream.repeats, 0)
    return {
      state: 'up',
      details: {
        address: 'path' in place ? place.path : formatAddress(place),
        notifications: this.#notifications,
        waiting: this.#waiting,
        ...(this.#streams.size > 0 && { streams: [...this.#streams.keys()], repeats }),
        ...(this.#unknown.length > 0 && { unknown: this.#unknown }),
        ...(this.#known.leftOut.size > 0 && { leftOut: [...this.#known.leftOut] }),
      },
    }
  }

  async #load(): Promise<void> {
    const { runtime, load } = this.#context
    const read = (stored: unknown) => {
      const { since, streams } = position.parse(stored)
      const followed = this.#config.streams.map((each) => new NcsStream(each, runtime, streams[each.name]))
      return { since, followed }
    }
    const { since, followed } = (await load(read)) ?? read({})
    this.#since = since
    this.#streams = new Map(followed.map((stream) => [stream.name, stream]))
  }

  #begin(at: number): void {
    const { lost } = this.#context
    if (this.#since !== undefined && this.#config.mask.length > 0) lost(undefined, AWAY, this.#since)
    for (const stream of this.#streams.values()) {
      const { since } = stream
      if (stream.begin(at)) lost(undefined, `${REFUSED} ${stream.name}`, since)
    }
    this.#seen({ at })
  }

  // ---- what the helper says

  async #follow(lines: AsyncIterable<AttachedLine>): Promise<void> {
    const { signal } = this.#stopped
    try {
      for await (const line of lines) {
        if (signal.aborted) return
        await this.#take(line)
      }
    } catch (error) {
      if (!signal.aborted) this.#context.failed(error)
    }
  }

  async #take(line: AttachedLine): Promise<void> {
    if ('notification' in line) await this.#takeNotification(line)
    else if ('xml' in line) await this.#takeEvent(line.stream, line.xml)
    else if ('over' in line) this.#endReplay(line)
    else if ('unreadable' in line) this.#context.lost(1, line.unreadable)
    else if ('alive' in line) this.#seen(line)
  }

  /** NSO was connected at this time, and all that came before is published; of the streams, maybe until another time. */
  #seen({ at, streams = at }: { at: number; streams?: number }): void {
    this.#since = at
    for (const stream of this.#streams.values()) stream.seen(streams)
    this.#moved()
  }

  // ---- notifications

  async #takeNotification({ notification, at, streams, answer }: NotificationLine): Promise<void> {
    this.#notifications++
    try {
      const publication = publicationOf(namedNotification(this.#known.of(notification)))
      const { gate } = publication
      const frame = this.#frameOf(publication)
      if (answer !== undefined && gate !== undefined) await this.#publishAtGate(publication, gate, answer)
      else await this.#accepted(() => this.#context.publishFrames(frame, 1), frame)
      if (!this.#stopped.signal.aborted) this.#seen({ at, streams })
    } catch (error) {
      this.#context.lost(1, messageOf(error))
      if (answer !== undefined) this.#helper?.answer(answer)
    }
  }

  /** Throws for one that no event can hold. */
  #frameOf({ tag, kind, data }: NcsPublication): Uint8Array {
    const { origin: source, largestFrame } = this.#context
    const frame = encodeFrame({ tag, kind, source, body: encode(data) })
    const fault = checkFrame(frame, 0, frame.length, { ...WIDEST_LIMITS, frame: largestFrame })
    if (fault === undefined) return frame
    throw new Error(`a notification cannot be an event: ${fault}`)
  }

  /** Resolves when the event is published; the helper learns later that all have answered. */
  async #publishAtGate(publication: NcsPublication, gate: string, answer: number): Promise<void> {
    const { runtime } = this.#context
    const late = runtime.monotonic() + ANSWER_WITHIN_MS
    const { tag, kind, data, attributes } = publication
    const publish = () => {
      const left = Math.max(1, late - runtime.monotonic())
      return this.#context.publishAtGate({ tag, kind, data, attributes }, gate, left)
    }
    let answered = publish()
    while (answered === undefined) {
      await sleep(runtime, PAUSE_MS, this.#stopped.signal)
      if (this.#stopped.signal.aborted) return
      answered = publish()
    }
    this.#waiting++
    void answered.then((isStored) => {
      this.#waiting--
      if (!isStored) this.#context.lost(1, 'a notification could not be stored')
      this.#helper?.answer(answer)
    })
  }

  /** Resolves when the hub has accepted it. Nothing more is read meanwhile. */
  async #accepted(take: () => boolean, raw: Uint8Array, place?: string): Promise<void> {
    const { runtime } = this.#context
    const { signal } = this.#stopped
    const item = () => (place === undefined ? { raw } : { raw, place })
    while (!signal.aborted && !this.#context.attempt(take, item)) await sleep(runtime, PAUSE_MS, signal)
  }

  // ---- streams

  async #takeEvent(name: string, xml: string): Promise<void> {
    const stream = this.#streams.get(name)
    if (stream === undefined) return
    try {
      const event = await stream.read(xml, this.#context)
      if (event === undefined) return
      const { path, data, bytes, place } = event
      await this.#accepted(() => this.#context.publish(path, data), bytes, place)
      if (this.#stopped.signal.aborted) return
      stream.record(event)
      this.#moved()
    } catch (error) {
      this.#context.lost(1, messageOf(error))
    }
  }

  #endReplay(line: StreamOver): void {
    const { stream: name, over, at } = line
    const stream = this.#streams.get(name)
    if (over === 'replay') {
      const { since } = stream ?? {}
      if (stream?.endReplay(at)) this.#context.lost(undefined, `${FORGOTTEN} ${name}`, since)
      this.#moved()
      return
    }
    if (over === 'failed') stream?.refuse()
    this.#moved()
    throw endOfStream(line)
  }

  #moved(): void {
    this.#context.moved(() => ({
      since: this.#since,
      streams: Object.fromEntries(
        [...this.#streams].map(([name, stream]) => [name, stream.write(this.#streams.size)]),
      ),
    }))
  }
}
