import { describeFace, type FaceHub, type FaceOptions } from '../behaviour.js'
import { startHttpFixture } from './fixture.js'
import { openStream, type SseReader, SseSubscriber, streamPath } from './sse-driver.js'
import { JsonPublisher, type Messages, openWebSocket } from './websocket-driver.js'

/** A stream only reads; who publishes beside it speaks `tocsin.v1+json`, since the suite needs named producers. */
describeFace({ name: 'server-sent events', start })

async function start(options: FaceOptions): Promise<FaceHub> {
  const fixture = await startHttpFixture(options)
  const publishers: Messages[] = []
  const readers: SseReader[] = []
  return {
    bus: fixture.bus,
    async publisher(as, { producer } = {}) {
      const messages = await openWebSocket(`${fixture.url}/v1/ws`, 'tocsin.v1+json')
      publishers.push(messages)
      messages.socket.send(JSON.stringify({ op: 'hello', version: 1, token: as, producer }))
      return new JsonPublisher(messages, (await messages.json())?.lastCounter as number)
    },
    async subscriber(as, request = {}) {
      const reader = await openStream(fixture.url + streamPath(request), { authorization: `Bearer ${as}` })
      readers.push(reader)
      return new SseSubscriber(reader)
    },
    async close() {
      // Who does not read would keep the hub waiting.
      for (const { response } of readers) response.socket?.resume()
      await fixture.close()
      for (const { socket } of publishers) socket.terminate()
    },
  }
}
