import type { Socket } from 'node:net'
import * as C from '../../src/protocols/ncs/constants/events.js'
import { MODIFIERS, PER_SUBSCRIBER } from '../../src/protocols/ncs/constants/mask.js'
import { kinds } from '../../src/protocols/ncs/notifications/kinds.js'
import { openNotifications } from './ncs-sockets.js'
import { nativeFrame, nativeLength, openPublisher } from './raw-ends.js'
import { countRaw, RawSender } from './raw-events.js'
import type { Ends, Receiving } from './side.js'

/** Longer than any run. */
const NEVER = 2 ** 31 - 1

/** Each is of one type that is published; events of COMMIT_PROGRESS have two. */
const published = kinds.filter(
  ({ type }) => ((MODIFIERS | PER_SUBSCRIBER | C.NOTIF_COMMIT_PROGRESS) & type) === 0,
)

/** One for each bit; only that of streams is left out, which needs a stream, and AUDIT is there twice instead. */
const masks = Array.from({ length: 32 }, (_, bit) => (1 << bit) >>> 0).map((bit) =>
  bit === C.NOTIF_STREAM_EVENT ? C.NOTIF_AUDIT : bit,
)

/** Notifications of all types in turn, and subscribers with a mask of one bit each, which count as one. */
export const ncsEnds: Ends = {
  async sender(address) {
    const { socket, source } = await openPublisher(address)
    const frames = published.map(({ name, type }) => nativeFrame(source, `ncs/${name}`, type))
    return new RawSender(socket, frames)
  },
  async receive(address, receiving) {
    const opening = masks.map((mask) => openNotifications(address, { mask, heartbeat: NEVER, health: NEVER }))
    for (const socket of await Promise.all(opening)) count(socket, receiving)
  },
  replay: () => Promise.reject(new Error('notifications are not replayed here')),
}

/** The same with notifications of one type, for one subscriber. */
export const auditEnds: Ends = {
  ...ncsEnds,
  async sender(address) {
    const { socket, source } = await openPublisher(address)
    return new RawSender(socket, [nativeFrame(source, 'ncs/audit', C.NOTIF_AUDIT)])
  },
  async receive(address, receiving) {
    count(await openNotifications(address, { mask: C.NOTIF_AUDIT }), receiving)
  },
}

function count(socket: Socket, receiving: Receiving): void {
  countRaw(socket, receiving, nativeLength)
}
