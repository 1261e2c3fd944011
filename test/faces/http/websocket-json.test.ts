import { describeFace, type FaceHub, type FaceItem, type FaceOptions } from '../behaviour.js'
import { startHttpFixture } from './fixture.js'
import {
  eventItem,
  JsonPublisher,
  type Messages,
  openWebSocket,
  WebSocketSubscriber,
} from './websocket-driver.js'

describeFace({ name: 'WebSocket, tocsin.v1+json', start })

async function start(options: FaceOptions): Promise<FaceHub> {
  const fixture = await startHttpFixture(options)
  const open: Messages[] = []
  const dial = async (as: string, producer?: string) => {
    const messages = await openWebSocket(`${fixture.url}/v1/ws`, 'tocsin.v1+json')
    open.push(messages)
    messages.socket.send(JSON.stringify({ op: 'hello', version: 1, token: as, producer }))
    const welcome = await messages.json()
    if (welcome?.op !== 'welcome') throw new Error(JSON.stringify(welcome))
    return { messages, welcome }
  }
  return {
    bus: fixture.bus,
    async publisher(as, { producer } = {}) {
      const { messages, welcome } = await dial(as, producer)
      return new JsonPublisher(messages, welcome.lastCounter as number)
    },
    async subscriber(as, request = {}) {
      const { messages } = await dial(as)
      messages.socket.send(JSON.stringify({ op: 'subscribe', ...request }))
      return new WebSocketSubscriber(messages, toItem)
    },
    async close() {
      await fixture.close()
      for (const { socket } of open) socket.terminate()
    },
  }
}

function toItem(record: Record<string, unknown>): FaceItem | undefined {
  switch (record.op) {
    case 'event':
      return eventItem(record.event as Record<string, unknown>)
    case 'live':
    case 'position':
      return { type: record.op, cursor: record.cursor as string }
    case 'gap': {
      const { op: type, from, to, reason, cursor } = record
      return { type, from, to, reason, cursor } as FaceItem
    }
    case 'error':
    case 'goodbye':
      return { type: 'end', code: record.code as string }
    default:
      return undefined
  }
}
