import { describeFace, type FaceHub, type FaceOptions } from '../behaviour.js'
import { drive } from './drive.js'
import { startFixture } from './fixture.js'
import { RawPeer } from './raw-peer.js'

describeFace({ name: 'native', start })

async function start(options: FaceOptions): Promise<FaceHub> {
  const fixture = await startFixture(options)
  const sockets = new Map([['admin', fixture.path]])
  return drive(fixture, async (as) => {
    const path = sockets.get(as) ?? (await fixture.listenFor(as))
    sockets.set(as, path)
    return { peer: new RawPeer(path) }
  })
}
