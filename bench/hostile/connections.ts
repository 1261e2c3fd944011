import { once } from 'node:events'
import { connect } from 'node:net'
import { type Attack, crowd, type Target } from './attack.js'
import { Peer } from './peer.js'

const AT_ONCE = 50

/** Connects many times, and leaves in the middle of everything. */
const connections = (name: string, what: string, visit: (target: Target) => Promise<string>) =>
  crowd({ name, what, atOnce: AT_ONCE }, visit)

/** Sends the head of an upgrade with one byte too many, so that a socket that nobody reads is never closed. */
async function refusedUpgrade({ http }: Target): Promise<string> {
  const socket = connect(http, '127.0.0.1')
  socket.write('GET /v1/ws HTTP/1.1\r\nhost: elsewhere\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.end('x')
  await once(socket, 'close')
  return answer.toString('latin1', 9, 12)
}

/** Subscribes to everything and leaves in the middle of an event. */
async function halfEvent(target: Target): Promise<string> {
  const peer = await Peer.open(target)
  peer.send('subscribe', { filters: ['load/'], from: '-1m' } as never)
  const event = peer.event({ tag: 'load/half', body: new Uint8Array(2000).fill(0xc0) })
  await peer.write(event.subarray(0, 1000))
  peer.close()
  return 'left in the middle'
}

/** Asks for a stream of everything and leaves at its first byte. */
async function leftStream({ http, token }: Target): Promise<string> {
  const socket = connect(http, '127.0.0.1')
  socket.write(
    `GET /v1/stream?from=-1m&filter=load/ HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`,
  )
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString('latin1', 9, 12)
}

/** Attacks after which something remains if the hub forgets to clean up after a peer. */
export const leavers: Attack[] = [
  connections('refused-upgrades', 'upgrades that are refused, with a byte too many', refusedUpgrade),
  connections('half-events', 'subscribers that leave in the middle of an event', halfEvent),
  connections('left-streams', 'readers of streams that leave at once', leftStream),
]
