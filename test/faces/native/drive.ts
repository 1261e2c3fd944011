import type { FaceHub, FaceRequest } from '../behaviour.js'
import { NativePublisher, NativeSubscriber } from './driver.js'
import type { Fixture } from './fixture.js'
import type { RawPeer } from './raw-peer.js'

/** Connects as a principal. Resolves with the peer and, if it needs one, the token that identifies it. */
export type Connect = (as: string) => Promise<{ peer: RawPeer; token?: string }>

/** Adapts the native protocol, over any transport, to the suite of faces. */
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
      // The hub would wait for a peer that does not read.
      for (const peer of peers) peer.socket.resume()
      return closing
    },
  }
}
