import { describe, expect, test } from 'vitest'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { PythonDatetime } from '../../../../src/protocols/salt/codec/values.js'
import { concat, hex } from '../../../event/bytes.js'
import { droppedOnSalt } from '../../../helpers/open-face.js'
import { type SaltHub, saltFrame, startSaltHub, subscribed } from './fixture.js'
import { dial, RawSubscriber, write } from './raw-salt.js'

const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n)
const large = 'x'.repeat(4000)
const bulk = (count: number, from = 0) =>
  concat(...upTo(count, from).map((n) => saltFrame(`n/${n}`, { n, large })))
const numbers = (events: { data: unknown }[]) => events.map(({ data }) => (data as { n: number }).n)

/** Waits until everything written so far is stored. */
async function stored(salt: SaltHub, last: number): Promise<void> {
  while (salt.hub.bus.log.last < last) await new Promise((go) => setImmediate(go))
}

test('connections are not limited by the number of filters, since they share one', async () => {
  await using salt = await startSaltHub({}, { limits: { unanchoredFilters: 1 } })
  const subscribers = await Promise.all(upTo(50).map(() => RawSubscriber.open(salt.sockets.pub)))
  await subscribed(salt, subscribers.length)
  await write(await dial(salt.sockets.pull), bulk(1))
  for (const subscriber of subscribers) expect(numbers(await subscriber.until(1))).toEqual([0])
})

describe('a subscriber that stops reading', () => {
  const limits = { queue: '64KiB' }

  test('affects no one else, and receives everything in order when it reads again', async () => {
    await using salt = await startSaltHub({}, { limits })
    const slow = await RawSubscriber.open(salt.sockets.pub)
    const quick = await RawSubscriber.open(salt.sockets.pub)
    await subscribed(salt, 2)
    slow.socket.pause()
    const publisher = await dial(salt.sockets.pull)
    for (let block = 0; block < 20; block++) await write(publisher, bulk(100, block * 100))
    await quick.until(2000)
    expect(numbers(quick.events)).toEqual(upTo(2000))
    expect([...salt.hub.bus.subscriptions].map(({ state }) => state).sort()).toEqual(['catching', 'live'])
    slow.socket.resume()
    await slow.until(2000)
    expect(numbers(slow.events)).toEqual(upTo(2000))
    await write(publisher, bulk(1, 2000))
    await slow.until(2001)
    expect(numbers(slow.events).at(-1)).toBe(2000)
  })

  test('is closed when it is further behind than allowed, and an event reports why', async () => {
    const maxLag = { bytes: '1MiB', age: '1h' }
    await using salt = await startSaltHub({ maxLag }, { limits })
    await using client = await salt.hub.connect()
    const told = client.subscribe('hub/refused', { from: 'now' })
    await told.ready
    const slow = await RawSubscriber.open(salt.sockets.pub)
    await subscribed(salt, 1)
    slow.socket.pause()
    const publisher = await dial(salt.sockets.pull)
    for (let block = 0; block < 10; block++) await write(publisher, bulk(100, block * 100))
    const { value } = await told.events()[Symbol.asyncIterator]().next()
    expect(value?.data).toMatchObject({
      code: 'TCN_BUS_LAG',
      principal: 'salt/master',
      listener: `unix:${salt.sockets.pub}`,
    })
    slow.socket.resume()
    await slow.untilClosed()
    const seen = numbers(slow.events)
    expect(seen).toEqual(upTo(seen.length))
  })

  test('is closed when it stops for longer than allowed', async () => {
    await using salt = await startSaltHub({ maxLag: { bytes: '1GiB', age: '1s' } }, { limits })
    const slow = await RawSubscriber.open(salt.sockets.pub)
    await subscribed(salt, 1)
    slow.socket.pause()
    await write(await dial(salt.sockets.pull), bulk(300))
    while ([...salt.hub.bus.subscriptions].some(({ label }) => label.includes('_pub'))) {
      await new Promise((go) => setTimeout(go, 20))
    }
    slow.socket.resume()
    await slow.untilClosed()
  })
})

describe('subscribers', () => {
  test('see only events published after they have connected, and each event once', async () => {
    await using salt = await startSaltHub()
    const publisher = await dial(salt.sockets.pull)
    await write(publisher, bulk(10))
    await stored(salt, 10)
    const late = await RawSubscriber.open(salt.sockets.pub)
    await subscribed(salt, 1)
    await write(publisher, bulk(3, 10))
    await late.until(3)
    expect(numbers(late.events)).toEqual([10, 11, 12])
  })

  test('may send anything', async () => {
    await using salt = await startSaltHub()
    const subscriber = await RawSubscriber.open(salt.sockets.pub)
    await subscribed(salt, 1)
    await write(subscriber.socket, concat(saltFrame('a', {}), new Uint8Array(1_000_000).fill(0xc1)))
    await write(await dial(salt.sockets.pull), saltFrame('b', {}))
    expect((await subscriber.until(1)).map(({ tag }) => tag)).toEqual(['b'])
    expect(salt.hub.bus.log.last).toBe(1)
  })

  test('are listed by the hub, and leave nothing behind', async () => {
    await using salt = await startSaltHub()
    const subscriber = await RawSubscriber.open(salt.sockets.pub)
    await subscribed(salt, 1)
    await using client = await salt.hub.connect()
    expect(await client.request('subscribers.list', {})).toMatchObject({
      subscribers: [
        { label: `unix:${salt.sockets.pub}`, principal: 'salt/master', state: 'live', lag: 'catch-up' },
      ],
    })
    const connections = () =>
      salt.hub.hub.listeners.find(({ address }) => address.endsWith('pub.ipc'))?.connections
    expect(connections()).toBe(1)
    subscriber.socket.destroy()
    while ([...salt.hub.bus.subscriptions].length > 0) await new Promise((go) => setImmediate(go))
    while (connections() !== 0) await new Promise((go) => setImmediate(go))
  })

  test('receive events published before the hub stops, and then the end of the connection', async () => {
    const salt = await startSaltHub()
    const subscriber = await RawSubscriber.open(salt.sockets.pub)
    await subscribed(salt, 1)
    await write(await dial(salt.sockets.pull), bulk(50))
    await salt.hub.close()
    await subscriber.untilClosed()
    expect(numbers(subscriber.events)).toEqual(upTo(50))
  })

  test('over the limit of connections are closed', async () => {
    await using salt = await startSaltHub({}, { limits: { connections: 2 } })
    const subscribers = [
      await RawSubscriber.open(salt.sockets.pub),
      await RawSubscriber.open(salt.sockets.pub),
    ]
    await subscribed(salt, 2)
    await (await RawSubscriber.open(salt.sockets.pub)).untilClosed()
    expect(subscribers.some(({ closed }) => closed)).toBe(false)
  })
})

describe('events from other sources', () => {
  test('are not shown by default', async () => {
    await using salt = await startSaltHub()
    await using client = await salt.hub.connect()
    const subscriber = await RawSubscriber.open(salt.sockets.pub)
    await subscribed(salt, 1)
    await client.publish('host/x/disk', { full: true })
    await write(await dial(salt.sockets.pull), saltFrame('own', {}))
    expect((await subscriber.until(1)).map(({ tag }) => tag)).toEqual(['own'])
  })

  test("are converted to Salt's form if the configuration shows them", async () => {
    await using salt = await startSaltHub({ show: ['host/', '!host/secret'] })
    await using client = await salt.hub.connect()
    const subscriber = await RawSubscriber.open(salt.sockets.pub)
    await subscribed(salt, 1)
    const wide = Object.fromEntries(upTo(15).map((n) => [`k${n}`, n]))
    await client.publish('host/secret', {})
    await client.publish('other', {})
    await client.publish('host/map', { full: true })
    await client.publish('host/list', [1, hex('00ff')])
    await client.publish('host/stamped', { _stamp: 'mine' })
    await client.publish('host/wide', wide)
    await client.publish('host/time', { at: new Date(1_700_000_000_123) })
    await write(await dial(salt.sockets.pull), saltFrame('own', [7]))
    const stamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$/)
    expect(await subscriber.until(6)).toEqual([
      { tag: 'host/map', data: { full: true, _stamp: stamp } },
      { tag: 'host/list', data: { data: [1, hex('00ff')], _stamp: stamp } },
      { tag: 'host/stamped', data: { _stamp: 'mine' } },
      { tag: 'host/wide', data: { ...wide, _stamp: stamp } },
      { tag: 'host/time', data: { at: new PythonDatetime(1_700_000_000_123_000), _stamp: stamp } },
      { tag: 'own', data: [7] },
    ])
  })
})

test('an event of 20 MB is delivered', async () => {
  await using salt = await startSaltHub({}, { log: { ring: '128MiB' } })
  const subscriber = await RawSubscriber.open(salt.sockets.pub)
  await subscribed(salt, 1)
  const blob = new Uint8Array(20_000_000).fill(7)
  await write(await dial(salt.sockets.pull), saltFrame('big', { blob }))
  const [event] = await subscriber.until(1)
  expect((event.data as { blob: Uint8Array }).blob.length).toBe(blob.length)
})

test('an event over the limit closes only its own stream, and is counted', async () => {
  await using salt = await startSaltHub({ maxFrame: '1KiB' })
  const subscriber = await RawSubscriber.open(salt.sockets.pub)
  await subscribed(salt, 1)
  const publisher = await RawSubscriber.open(salt.sockets.pull)
  const neighbour = await dial(salt.sockets.pull)
  publisher.socket.write(encode({ head: {}, body: new Uint8Array(1100) }))
  await publisher.untilClosed()
  await write(neighbour, saltFrame('a', {}))
  expect((await subscriber.until(1))[0].tag).toBe('a')
  expect(droppedOnSalt(salt.hub)).toEqual([{ source: 'salt/master', code: 'TCN_FRAME_TOO_LARGE', count: 1 }])
  await using client = await salt.hub.connect()
  const { text } = (await client.request('metrics.read', {})) as { text: string }
  expect(text).toContain(
    'tocsin_salt_dropped_events_total{source="salt/master",code="TCN_FRAME_TOO_LARGE"} 1',
  )
})
