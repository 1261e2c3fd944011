import { TocsinError } from '../../../src/errors/tocsin-error.js'
import {
  describeFace,
  type FaceHub,
  type FaceItem,
  type FaceOptions,
  type FacePublisher,
} from '../behaviour.js'
import { startHttpFixture } from './fixture.js'
import { queryOf } from './sse-driver.js'
import { eventItem, type Messages, openWebSocket, plain, WebSocketSubscriber } from './websocket-driver.js'

describeFace({ name: 'WebSocket, cloudevents.json', start })

async function start(options: FaceOptions): Promise<FaceHub> {
  const fixture = await startHttpFixture(options)
  const open: Messages[] = []
  const dial = async (as: string, query: string) => {
    const headers = { authorization: `Bearer ${as}` }
    const messages = await openWebSocket(`${fixture.url}/v1/ws?${query}`, 'cloudevents.json', headers)
    open.push(messages)
    return messages
  }
  return {
    bus: fixture.bus,
    async publisher(as) {
      const { source } = fixture.access.principal(as)
      return new CloudEventsPublisher(await dial(as, 'subscribe=no&ack=accepted'), source)
    },
    async subscriber(as, request = {}) {
      return new WebSocketSubscriber(await dial(as, `${queryOf(request)}`), toItem)
    },
    async close() {
      await fixture.close()
      for (const { socket } of open) socket.terminate()
    },
  }
}

class CloudEventsPublisher implements FacePublisher {
  readonly #messages: Messages
  readonly #source: string
  #count = 0

  constructor(messages: Messages, source: string) {
    this.#messages = messages
    this.#source = source
  }

  async publish(tag: string, data: unknown): Promise<string> {
    this.#send(tag, data)
    return await this.#answer()
  }

  async publishAll(events: { tag: string; data: unknown }[]): Promise<void> {
    for (const { tag, data } of events) this.#send(tag, data)
    for (const _ of events) await this.#answer()
  }

  drop(): void {
    this.#messages.socket.terminate()
  }

  #send(subject: string, data: unknown): void {
    const id = String(++this.#count)
    const event = { specversion: '1.0', id, source: this.#source, type: 'tocsin.event', subject }
    this.#messages.socket.send(JSON.stringify({ ...event, data: plain(data) }))
  }

  async #answer(): Promise<string> {
    const message = await this.#messages.json()
    if (message === undefined) throw new Error('the connection closed')
    const data = message.data as { code: TocsinError['code']; message: string; cursor: string }
    if (message.type !== 'tocsin.accepted') throw new TocsinError(data.code, data.message)
    return data.cursor
  }
}

function toItem(event: Record<string, unknown>): FaceItem | undefined {
  if (event.source !== 'hub') return eventItem(event)
  const { cursor, code, ...data } = event.data as Record<string, unknown>
  const type = String(event.type).replace('tocsin.', '')
  return (type === 'end' ? { type, code } : { type, cursor, ...data }) as FaceItem
}
