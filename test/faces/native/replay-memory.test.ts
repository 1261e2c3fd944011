import { afterEach, expect, it } from 'vitest'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { clockByHand } from '../../helpers/fake-runtime.js'
import { openLmdb } from '../../log/lmdb-folder.js'
import { type Fixture, startFixture } from './fixture.js'
import { RawPeer } from './raw-peer.js'

const EVENTS = 4000
const LENGTH = 4000

let hub: Fixture
afterEach(() => hub.close())

it('peers that read at different speeds receive the stored bytes, though the memory for them is used again', async () => {
  const log = await openLmdb({ runtime: clockByHand(), ringBytes: 1 })
  hub = await startFixture({ log })
  const publisher = new RawPeer(hub.path)
  const { epoch } = await publisher.hello()
  // Each byte of an event tells which event it is.
  for (let counter = 1; counter <= EVENTS; counter++)
    publisher.event(counter, 'test', {
      body: encode(String.fromCharCode(33 + (counter % 90)).repeat(LENGTH)),
    })
  await expect.poll(() => log.last, { timeout: 30_000 }).toBe(EVENTS)
  await log.durable(EVENTS)
  const froms = [0, 0, 1000, 1500, 2500]
  const peers = froms.map(() => new RawPeer(hub.path))
  for (const [nth, peer] of peers.entries()) {
    await peer.hello()
    peer.send('subscribe', { from: `${epoch}-${froms[nth]}`, to: `${epoch}-${EVENTS}` })
  }
  const isReading = ({ items }: RawPeer) => items.at(-1)?.name !== 'goodbye'
  for (let turn = 0; peers.some(isReading); turn++) {
    const [, ...others] = peers
    for (const [nth, peer] of peers.entries()) {
      // The first one takes a little between others that take much.
      const every = nth === 0 && others.some(isReading) ? 40 : nth + 1
      if (turn % every === 0) peer.socket.resume()
      else peer.socket.pause()
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const [nth, { items }] of peers.entries()) {
    const events = items.flatMap((item) => (item.name === 'event' ? [item.body] : []))
    expect(events.map(({ seq }) => seq)).toEqual(
      Array.from({ length: EVENTS - froms[nth] }, (_, at) => froms[nth] + at + 1),
    )
    const wrong = events.filter(
      ({ seq, data }) => data !== String.fromCharCode(33 + (seq % 90)).repeat(LENGTH),
    )
    expect(wrong).toEqual([])
  }
  for (const { socket } of [publisher, ...peers]) socket.destroy()
  await log.close()
})
