import { expect, it } from 'vitest'
import { encodeRecord } from '../../src/protocols/native/codec.js'
import { DEFLATE, packEvents } from '../../src/protocols/native/packed-events.js'
import { frame, RawPeer } from '../faces/native/raw-peer.js'
import { EdgeHub, range } from './fixture.js'

const events = Buffer.concat(range(50).map((n) => frame(n, `demo/${n}`)))
const packed = packEvents(events)
const edge = { producer: 'edge:web1:e', edge: { name: 'web1' } }

it('packed events are taken from an edge hub that has agreed on it', async () => {
  await using core = await EdgeHub.start()
  expect(packed).toHaveLength(1)
  const peer = new RawPeer(core.hub.address.slice('unix:'.length))
  const { features } = await peer.hello({ ...edge, features: ['edge', DEFLATE] })
  expect(features).toEqual(['edge', DEFLATE])
  peer.write(packed[0])
  await core.until(() => core.events.some(({ tag }) => tag === 'demo/50'))
  expect(core.events.filter(({ tag }) => tag.startsWith('demo/'))).toHaveLength(50)
  peer.close()
})

it.each([
  ['a peer that is no edge hub', {}, packed[0], 'TCN_PROTOCOL_ORDER'],
  ['an edge hub that has not agreed on it', { ...edge, features: ['edge'] }, packed[0], 'TCN_PROTOCOL_ORDER'],
  [
    'an edge hub, and not whole',
    { ...edge, features: ['edge', DEFLATE] },
    encodeRecord('packed', { length: 9, deflated: Uint8Array.of(1) }),
    'TCN_PROTOCOL_BODY',
  ],
])('packed events of %s end its connection, and no other', async (_, hello, record, code) => {
  await using core = await EdgeHub.start()
  const peer = new RawPeer(core.hub.address.slice('unix:'.length))
  await peer.hello(hello)
  peer.write(record)
  expect((await peer.skipTo('error')).body).toMatchObject({ code })
  await core.publish(1)
  await core.until(() => core.numbers.length === 1)
  expect(core.events.some(({ tag }) => tag === 'demo/50')).toBe(false)
  peer.close()
})
