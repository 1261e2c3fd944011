import { describe, expect, test } from 'vitest'
import { concat, hex, toHex } from '../../../event/bytes.js'
import { frames } from '../../../protocols/salt/codec/vectors.js'
import { saltFrame, startSaltHub, subscribed } from './fixture.js'
import { dial, RawSubscriber, write } from './raw-salt.js'

const good = saltFrame('good', { n: 1 })

describe('the bus of a master', () => {
  test('sends recorded events to every subscriber byte for byte, in order', async () => {
    await using salt = await startSaltHub()
    const subscribers = [
      await RawSubscriber.open(salt.sockets.pub),
      await RawSubscriber.open(salt.sockets.pub),
    ]
    await subscribed(salt, 2)
    const stream = concat(...frames)
    await write(await dial(salt.sockets.pull), stream)
    for (const subscriber of subscribers) {
      await subscriber.until(frames.length)
      expect(toHex(subscriber.bytes)).toBe(toHex(stream))
    }
  })

  test('keeps its events in the log with their sources and tags', async () => {
    await using salt = await startSaltHub()
    await using client = await salt.hub.connect()
    await write(await dial(salt.sockets.pull), concat(good, saltFrame('größe/ß', { b: hex('00ff') })))
    const events = client.subscribe(undefined, { from: 'start' }).events()[Symbol.asyncIterator]()
    expect((await events.next()).value).toMatchObject({ tag: 'good', source: 'salt/master', data: { n: 1 } })
    expect((await events.next()).value).toMatchObject({ tag: 'größe/ß', data: { b: hex('00ff') } })
  })
})
