import { encodeAttributes } from '../../../../src/event/attributes.js'
import type { Event } from '../../../../src/event/event.js'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { NOTIF_STREAM_EVENT } from '../../../../src/protocols/ncs/constants/events.js'
import { typeFor } from '../../../../src/protocols/ncs/constants/mask.js'
import { eventOf } from '../../../../src/protocols/ncs/notifications/event.js'
import { kindOf } from '../../../../src/protocols/ncs/notifications/kinds.js'
import type { NcsNotification } from '../../../../src/protocols/ncs/notifications/notification.js'
import { notificationOf } from '../../../../src/protocols/ncs/notifications/read.js'
import { StreamEvents } from '../../../../src/protocols/ncs/notifications/stream-events.js'
import type { TypePatterns } from '../../../../src/types/index.js'
import { RawPeer } from '../../native/raw-peer.js'

/** A notification socket on the lowest level, which sees every record that the hub sends. */
export class Subscriber {
  readonly peer: RawPeer
  readonly mask: number
  #streamed: StreamEvents

  constructor(path: string, mask: number) {
    this.peer = new RawPeer(path)
    this.mask = mask
    this.#streamed = new StreamEvents(mask)
  }

  static async open(path: string, mask: number, more: Record<string, unknown> = {}): Promise<Subscriber> {
    const subscriber = new Subscriber(path, mask)
    const { ncs } = await subscriber.peer.hello({ features: ['ncs'], ncs: { mask, ...more } })
    subscriber.#streamed = new StreamEvents(mask, ncs?.types as readonly TypePatterns[])
    return subscriber
  }

  async event(): Promise<Event> {
    return (await this.peer.take('event')).body
  }

  async read(): Promise<NcsNotification> {
    const event = await this.event()
    const streamed = this.#streamed.bodyOf(event)
    if (streamed !== undefined) return notificationOf(NOTIF_STREAM_EVENT, { ...streamed })!
    return notificationOf(typeFor(event.kind, this.mask), event.data as Record<string, unknown>)!
  }

  answer(type: number, seq: number): void {
    this.peer.send('gateDone', { name: kindOf(type)!.gate!.name, seq })
  }
}

/** Publishes notifications over a connection of its own, with the gates of their types. */
export class Producer {
  readonly peer: RawPeer
  #counter = 0

  private constructor(peer: RawPeer) {
    this.peer = peer
  }

  static async open(path: string): Promise<Producer> {
    const peer = new RawPeer(path)
    await peer.hello()
    return new Producer(peer)
  }

  publish(notification: NcsNotification, options: { gated?: boolean; verbosity?: number } = {}): number {
    const { tag, kind, data } = eventOf(notification)
    const counter = ++this.#counter
    const gate = options.gated ? kindOf(notification.type)!.gate!.name : undefined
    if (gate !== undefined) this.peer.send('gate', { name: gate, counter })
    const given = {
      ...(gate && { ncsgate: true }),
      ...(options.verbosity && { ncsverbosity: options.verbosity }),
    }
    const attributes = Object.keys(given).length > 0 ? encodeAttributes(given) : undefined
    this.peer.event(counter, tag, { kind, body: encode(data), attributes })
    return counter
  }

  /** Resolves with the outcome of the next gate. */
  async outcome() {
    return (await this.peer.skipTo('gateDone')).body
  }
}
