import { compileFilter, type FilterInput, parseFilter } from '../../../src/filter/index.js'
import * as C from '../../../src/protocols/ncs/constants/events.js'
import { maskOf } from '../../../src/protocols/ncs/constants/mask.js'
import { kindOf } from '../../../src/protocols/ncs/notifications/kinds.js'
import {
  describeFace,
  type FaceHub,
  type FaceItem,
  type FaceOptions,
  type FaceRequest,
  type FaceSubscriber,
} from '../behaviour.js'
import { NativePublisher, NativeSubscriber } from '../native/driver.js'
import { startFixture } from '../native/fixture.js'
import { frame, RawPeer } from '../native/raw-peer.js'

/**
 * Notification sockets only read, and choose by type: each tag of the suite has a type of its own, and a filter becomes
 * the mask of the types whose tags match. The matrix of access has what each principal may see.
 */
describeFace({ name: 'ncs', lacks: ['principals', 'producers', 'requests', 'records'], start })

const types = new Map<string, number>([
  ['a/b', C.NOTIF_AUDIT],
  ['a/b/c', C.NOTIF_DAEMON],
  ['a/x/c', C.NOTIF_COMMIT_SIMPLE],
  ['b/c/1', C.NOTIF_USER_SESSION],
  ['c', C.NOTIF_HA_INFO],
  ['n', C.NOTIF_SUBAGENT_INFO],
  ['p0', C.NOTIF_COMMIT_FAILED],
  ['p1', C.NOTIF_SNMPA],
  ['p2', C.NOTIF_SYSTEM_GOING_DOWN],
])

async function start(options: FaceOptions): Promise<FaceHub> {
  const fixture = await startFixture(options)
  const peers: RawPeer[] = []
  const dial = async (as: string) => {
    const peer = new RawPeer(as === 'admin' ? fixture.path : await fixture.listenFor(as))
    peers.push(peer)
    return peer
  }
  let closing: Promise<void> | undefined
  return {
    bus: fixture.bus,
    async publisher(as) {
      const peer = await dial(as)
      const { source, lastCounter } = await peer.hello()
      return new NativePublisher(peer, source, lastCounter, placeOf)
    },
    async subscriber(as, request = {}) {
      const peer = await dial(as)
      const { epoch } = await peer.hello({ features: ['ncs'], ncs: { mask: maskFor(request) } })
      return new NotificationReader(peer, epoch)
    },
    close() {
      // The hub would wait for a peer that does not read.
      for (const peer of peers) peer.socket.resume()
      closing ??= fixture.close().finally(() => {
        for (const peer of peers) peer.close()
      })
      return closing
    },
  }
}

/** Tags that nobody subscribes to here are published as they are. */
function placeOf(tag: string): { tag: string; kind?: number } {
  const kind = types.get(tag)
  return kind === undefined ? { tag } : { tag: `ncs/${kindOf(kind)!.name}/${tag}`, kind }
}

function maskFor({ filters }: FaceRequest): number {
  const matcher = compileFilter(parseFilter(filters as FilterInput | undefined), { typeOf: () => 'x' })
  const wanted = [...types].filter(([tag]) => matcher.matches(frame(1, tag), 0))
  return maskOf(...wanted.map(([, type]) => type))
}

class NotificationReader extends NativeSubscriber implements FaceSubscriber {
  #isLive = false

  override async next(): Promise<FaceItem | undefined> {
    if (!this.#isLive) {
      this.#isLive = true
      return { type: 'live', cursor: '' }
    }
    const item = await super.next()
    if (item?.type === 'end' && item.code === 'STOP') return undefined
    return item?.type === 'event' ? { ...item, tag: item.tag.split('/').slice(2).join('/') } : item
  }
}
