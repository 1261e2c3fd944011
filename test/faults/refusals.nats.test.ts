import { expect, onTestFinished, test } from 'vitest'
import { newPrefix } from '../cluster/member.js'
import { HubProcess } from '../e2e/hub-process.js'
import { RawPeer } from '../faces/native/raw-peer.js'
import { startClusterHub } from '../helpers/cluster-hub.js'
import { NatsServer } from '../helpers/nats-server.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** The byte that msgpack never uses. */
const body = Uint8Array.of(0xc1)
const known = { lastCounter: 3, refused: [{ counter: 2, code: 'TCN_BODY_INVALID' }] }

function peerAt(socket: string): RawPeer {
  const peer = new RawPeer(socket)
  onTestFinished(() => peer.close())
  return peer
}

/** Publishes three events, of which the hub refuses the second, and reads no answer. */
async function publishUnread(socket: string): Promise<void> {
  const peer = peerAt(socket)
  await peer.hello({ producer: 'p' })
  peer.socket.pause()
  peer.event(1, 'a').event(2, 'a', { body }).event(3, 'a')
}

test('a hub that was killed says in its welcome what it had refused, though nobody read its answer', async () => {
  const folder = temporaryFolder('refusals')
  {
    await using hub = await HubProcess.start({ folder })
    await publishUnread(hub.socket)
    const follow = hub.startTocsin(['tail', 'a', '--from', 'start', '--count', '2'])
    expect(await follow.ended).toMatchObject({ code: 0 })
    expect(await hub.tocsin(['fire', 'b', '1', '--ack', 'durable'])).toMatchObject({ code: 0 })
    await hub.signal('SIGKILL')
  }
  await using again = await HubProcess.start({ folder })
  expect(await peerAt(again.socket).hello({ producer: 'p', knows: 0 })).toMatchObject(known)
})

test('a hub says in its welcome what another hub of its cluster has refused', async () => {
  const server = await NatsServer.start()
  onTestFinished(() => server.stop())
  const prefix = newPrefix()
  const one = await startClusterHub(server.address, prefix, 'one')
  const two = await startClusterHub(server.address, prefix, 'two')
  const socketOf = ({ address }: typeof one) => address.replace(/^unix:/, '')
  await publishUnread(socketOf(one))
  const welcome = () => peerAt(socketOf(two)).hello({ producer: 'p', knows: 0 })
  await expect.poll(welcome, { timeout: 30_000, interval: 100 }).toMatchObject(known)
})
