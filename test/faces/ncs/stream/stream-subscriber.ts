import { NOTIF_STREAM_EVENT } from '../../../../src/protocols/ncs/constants/events.js'
import type { NcsPayloads } from '../../../../src/protocols/ncs/notifications/notification.js'
import { Subscriber } from '../socket/subscriber.js'

type StreamPayload = NcsPayloads['stream']

/** Reads the notifications of a stream. */
export class StreamReader {
  readonly subscriber: Subscriber

  private constructor(subscriber: Subscriber) {
    this.subscriber = subscriber
  }

  static async open(path: string, stream: string, more: Record<string, unknown> = {}): Promise<StreamReader> {
    return new StreamReader(await Subscriber.open(path, NOTIF_STREAM_EVENT, { stream, ...more }))
  }

  /** Resolves with the code of the error that comes instead of the welcome. */
  static async refusal(path: string, more: Record<string, unknown>): Promise<string> {
    const subscriber = new Subscriber(path, NOTIF_STREAM_EVENT)
    const ncs = { mask: NOTIF_STREAM_EVENT, ...more }
    subscriber.peer.send('hello', { version: 1, features: ['ncs'], ncs })
    const first = await subscriber.peer.next()
    subscriber.peer.close()
    if (first?.name !== 'error') throw new Error(`${first?.name} came`)
    return first.body.code
  }

  async read(): Promise<StreamPayload> {
    const notification = await this.subscriber.read()
    if (notification.type !== NOTIF_STREAM_EVENT) throw new Error(`type ${notification.type} came`)
    return notification.stream
  }

  /** What comes until a notification of this type, that one included: tags of events, and types of all others. */
  async until(type: number): Promise<(string | number)[]> {
    const found: (string | number)[] = []
    for (;;) {
      const payload = await this.read()
      found.push(tagOf(payload) ?? payload.type)
      if (payload.type === type) return found
    }
  }

  async tag(): Promise<string | undefined> {
    return tagOf(await this.read())
  }

  close(): void {
    this.subscriber.peer.close()
  }
}

/** The tag of an event, which is one of its values. */
export function tagOf({ values }: StreamPayload): string | undefined {
  return values?.find(({ ns, tag }) => ns === 'urn:tocsin:attributes' && tag === 'tag')?.value
}
