import { describeFace, type FaceHub, type FaceOptions } from '../behaviour.js'
import { startHttpFixture } from './fixture.js'
import { HttpPublisher } from './publish-driver.js'
import { openStream, queryOf, type SseReader, SseSubscriber } from './sse-driver.js'

describeFace({ name: 'HTTP, server-sent events', start })

async function start(options: FaceOptions): Promise<FaceHub> {
  const fixture = await startHttpFixture(options)
  const readers: SseReader[] = []
  let publishers = 0
  return {
    bus: fixture.bus,
    async publisher(as) {
      return new HttpPublisher(fixture, as, `p${++publishers}`)
    },
    async subscriber(as, request = {}) {
      const headers = { authorization: `Bearer ${as}` }
      const reader = await openStream(`${fixture.url}/v1/stream?${queryOf(request)}`, headers)
      readers.push(reader)
      return new SseSubscriber(reader)
    },
    async close() {
      // A reader that has stopped reading would keep the hub waiting.
      for (const { response } of readers) response.socket?.resume()
      await fixture.close()
    },
  }
}
