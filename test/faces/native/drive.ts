import type { FaceHub, FaceRequest } from '../behaviour.js'
import { NativePublisher, NativeSubscriber } from './driver.js'
import type { Fixture } from './fixture.js'
import type { RawPeer } from './raw-peer.js'

/** A peer that has connected, and the token with which it says who it is. */
export type Connect = (as: string) => Promise<{ peer: RawPeer; token?: string }>

/** The native protocol as the suite of all faces wants it, over whatever carries it. */
export function drive(fixture: Fixture, connect: Connect): FaceHub {
  const peers: RawPeer[] = []
  const dial = async (as: string, producer?: string) => {
    const { peer, token } = await connect(as)
    peers.push(peer)
    return { peer, welcome: await peer.hello({ producer, token }) }
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
