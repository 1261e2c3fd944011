import { describeFace, type FaceHub, type FaceOptions, type FaceRequest } from '../behaviour.js'
import { NativePublisher, NativeSubscriber } from './driver.js'
import { startFixture } from './fixture.js'
import { RawPeer } from './raw-peer.js'

describeFace({ name: 'native', start })

async function start(options: FaceOptions): Promise<FaceHub> {
  const fixture = await startFixture(options)
  const peers: RawPeer[] = []
  const sockets = new Map([['admin', fixture.path]])
  const dial = async (as: string, producer?: string) => {
    if (!sockets.has(as)) sockets.set(as, await fixture.listenFor(as))
    const peer = new RawPeer(sockets.get(as) as string)
    peers.push(peer)
    return { peer, welcome: await peer.hello({ producer }) }
  }
  let closing: Promise<void> | undefined
  return {
    bus: fixture.bus,
    async publisher(as, { producer } = {}) {
      const { peer, welcome } = await dial(as, producer)
      return new NativePublisher(peer, welcome.source, welcome.lastCounter)
    },
    async subscriber(as, request: FaceRequest = {}) {
      const { peer, welcome } = await dial(as)
      peer.send('subscribe', request)
      return new NativeSubscriber(peer, welcome.epoch)
    },
    close() {
      closing ??= fixture.close().finally(() => {
        for (const peer of peers) peer.close()
      })
      // Who does not read would keep the hub waiting.
      for (const peer of peers) peer.socket.resume()
      return closing
    },
  }
}
