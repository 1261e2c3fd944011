import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { createWebSocketStream, WebSocket } from 'ws'
import { describeFace, type FaceHub, type FaceOptions } from '../behaviour.js'
import { NativePublisher, NativeSubscriber } from '../native/driver.js'
import { RawPeer } from '../native/raw-peer.js'
import { startHttpFixture } from './fixture.js'

describeFace({ name: 'WebSocket, tocsin.v1', start })

async function start(options: FaceOptions): Promise<FaceHub> {
  const fixture = await startHttpFixture(options)
  const peers: RawPeer[] = []
  const dial = async (as: string, producer?: string) => {
    const socket = new WebSocket(`${fixture.url.replace('http', 'ws')}/v1/ws`, 'tocsin.v1')
    await once(socket, 'open')
    const stream: Duplex = createWebSocketStream(socket)
    const peer = new RawPeer(stream)
    peers.push(peer)
    return { peer, welcome: await peer.hello({ producer, token: as }) }
  }
  return {
    bus: fixture.bus,
    async publisher(as, { producer } = {}) {
      const { peer, welcome } = await dial(as, producer)
      return new NativePublisher(peer, welcome.source, welcome.lastCounter)
    },
    async subscriber(as, request = {}) {
      const { peer, welcome } = await dial(as)
      peer.send('subscribe', request)
      return new NativeSubscriber(peer, welcome.epoch)
    },
    async close() {
      // A peer that has stopped reading would keep the hub waiting.
      for (const peer of peers) peer.socket.resume()
      await fixture.close()
      for (const peer of peers) peer.close()
    },
  }
}
