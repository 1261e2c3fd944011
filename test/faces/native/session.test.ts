import { afterEach, expect, it } from 'vitest'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { encodeRecord } from '../../../src/protocols/native/codec.js'
import { concat } from '../../event/bytes.js'
import { type Fixture, type FixtureOptions, startFixture } from './fixture.js'
import { frame, type Item, RawPeer } from './raw-peer.js'

let fixture: Fixture
const peers: RawPeer[] = []

async function start(options: FixtureOptions = {}): Promise<void> {
  fixture = await startFixture(options)
}

async function greeted(hello: Parameters<RawPeer['hello']>[0] = {}): Promise<RawPeer> {
  const peer = new RawPeer(fixture.path)
  peers.push(peer)
  await peer.hello(hello)
  return peer
}

/** Connects a publisher, and stores `count` events of it. */
async function published(count: number, tag = 'a'): Promise<RawPeer> {
  const peer = await greeted()
  for (let n = 1; n <= count; n++) peer.event(n, tag)
  while ((await peer.take('accepted')).body.counter < count);
  return peer
}

const tagOf = (item: Item) => (item.name === 'event' ? item.body.tag : item.name)

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close()
  await fixture.close()
})

it('welcome describes the hub and the peer', async () => {
  await start()
  const peer = new RawPeer(fixture.path)
  peers.push(peer)
  expect(await peer.hello({ features: ['later'] })).toEqual({
    version: 1,
    features: [],
    epoch: fixture.bus.epoch,
    source: 'host/test',
    largestFrame: 16 * 1024 * 1024,
    lastCounter: 0,
    durable: false,
    principal: 'admin',
    hub: { name: 'test', version: '0.0.0' },
  })
})

it('events are acknowledged with their cursor', async () => {
  await start()
  const peer = await greeted()
  peer.write(concat(frame(1, 'a'), frame(2, 'a'), frame(3, 'a')))
  const { body } = await peer.take('accepted')
  expect(body).toEqual({ counter: 3, cursor: `${fixture.bus.epoch}-3`, run: 3 })
})

it('a hole in the counters ends a run', async () => {
  await start()
  const peer = await greeted()
  peer.write(concat(frame(1, 'a'), frame(2, 'a'), frame(2, ''), frame(5, 'a'), frame(6, ''), frame(8, 'a')))
  const runs: unknown[] = []
  for (let counter = 0; counter < 8; ) {
    const item = await peer.next()
    if (item?.name !== 'accepted') continue
    counter = item.body.counter
    runs.push([counter, item.body.cursor?.split('-')[1], item.body.run])
  }
  expect(runs).toEqual([
    [2, '2', 2],
    [5, '3', 1],
    [8, '4', 1],
  ])
})

it('a named producer continues after its last counter; a repeated event is acknowledged, but not stored again', async () => {
  await start()
  const first = await greeted({ producer: 'p' })
  first.event(1, 'a').event(2, 'a')
  while ((await first.take('accepted')).body.counter < 2);
  first.close()
  const second = new RawPeer(fixture.path)
  peers.push(second)
  expect((await second.hello({ producer: 'p' })).lastCounter).toBe(2)
  second.event(2, 'a')
  expect((await second.take('accepted')).body.counter).toBe(2)
  second.event(3, 'a')
  expect((await second.take('accepted')).body).toMatchObject({ counter: 3, cursor: `${fixture.bus.epoch}-3` })
  expect(fixture.bus.log.last).toBe(3)
})

it('a second connection of a producer takes over: TCN_BUS_PRODUCER_TAKEN_OVER', async () => {
  await start()
  const first = await greeted({ producer: 'p' })
  await greeted({ producer: 'p' })
  expect(await first.fault()).toBe('TCN_BUS_PRODUCER_TAKEN_OVER')
})

it('a log in memory refuses durable, and the connection stays open', async () => {
  await start()
  const peer = await greeted()
  peer.event(1, 'a').send('durable', { counter: 1 })
  const { body } = await peer.skipTo('refused')
  expect(body).toMatchObject({ counter: 1, code: 'TCN_LOG_NOT_DURABLE', stage: 'durable' })
  peer.event(2, 'a')
  while ((await peer.skipTo('accepted')).body.counter < 2);
})

it('live is sent between past and new events', async () => {
  await start()
  const publisher = await published(3)
  const subscriber = await greeted()
  subscriber.send('subscribe', { from: 'start' })
  const items = [
    await subscriber.next(),
    await subscriber.next(),
    await subscriber.next(),
    await subscriber.next(),
  ]
  expect(items.map((item) => tagOf(item as Item))).toEqual(['a', 'a', 'a', 'live'])
  expect(items[3]?.body).toEqual({ cursor: `${fixture.bus.epoch}-3` })
  publisher.event(4, 'b')
  expect((await subscriber.take('event')).body).toMatchObject({ tag: 'b', seq: 4 })
})

it('a gap is sent before the events that follow it', async () => {
  await start()
  const publisher = await published(3)
  const subscriber = await greeted()
  subscriber.send('subscribe', { from: 'elsewherehere-7' })
  expect((await subscriber.take('gap')).body).toEqual({
    from: 0,
    to: 0,
    reason: 'unknown-epoch',
    cursor: `${fixture.bus.epoch}-3`,
  })
  await subscriber.take('live')
  publisher.event(4, 'b')
  expect((await subscriber.take('event')).body.seq).toBe(4)
})

it('a bounded subscription ends with goodbye, and the connection with it', async () => {
  await start()
  await published(3)
  const subscriber = await greeted()
  subscriber.send('subscribe', { from: 'start', to: 'end' })
  for (const seq of [1, 2, 3]) expect((await subscriber.take('event')).body.seq).toBe(seq)
  expect((await subscriber.take('goodbye')).body).toMatchObject({
    code: 'END',
    cursor: `${fixture.bus.epoch}-3`,
  })
  await subscriber.closed()
})

it('subscribe with only filters changes the subscription at its position', async () => {
  await start()
  const publisher = await greeted()
  const subscriber = await greeted()
  subscriber.send('subscribe', { filters: 'a/' })
  await subscriber.take('live')
  publisher.event(1, 'a/1').event(2, 'b/1')
  while ((await publisher.take('accepted')).body.counter < 2);
  subscriber.send('subscribe', { filters: ['b/'] }).send('ping', { id: 1 })
  expect((await subscriber.take('event')).body.tag).toBe('a/1')
  await subscriber.take('pong')
  publisher.event(3, 'a/2').event(4, 'b/2')
  expect((await subscriber.take('event')).body.tag).toBe('b/2')
})

it('subscribe with a position replaces the subscription', async () => {
  await start()
  await published(2)
  const subscriber = await greeted()
  subscriber.send('subscribe', { filters: 'b/' })
  await subscriber.take('live')
  subscriber.send('subscribe', { filters: 'a', from: 'start' })
  expect((await subscriber.take('event')).body.seq).toBe(1)
  expect((await subscriber.take('event')).body.seq).toBe(2)
  await subscriber.take('live')
  expect([...fixture.bus.subscriptions]).toHaveLength(1)
})

it('what settles events of the connection before is ignored while a subscription is being opened', async () => {
  await start()
  await published(1)
  const subscriber = await greeted()
  subscriber.write(
    concat(
      encodeRecord('subscribe', { consumer: 'work', from: 'start' }),
      encodeRecord('ack', { seqs: [1], result: 'done' }),
      encodeRecord('gateDone', { name: 'before', seq: 1 }),
    ),
  )
  expect((await subscriber.take('event')).body).toMatchObject({ seq: 1 })
  expect([...fixture.bus.subscriptions]).toHaveLength(1)
})

it('changes requested while a subscription is being opened are applied afterwards, before the pong', async () => {
  await start()
  const publisher = await greeted()
  const subscriber = await greeted()
  subscriber.write(
    concat(
      encodeRecord('subscribe', { filters: 'x/' }),
      encodeRecord('subscribe', { filters: 'y/', from: 'start' }),
      encodeRecord('subscribe', { filters: 'z/' }),
      encodeRecord('ping', { id: 3 }),
    ),
  )
  expect((await subscriber.skipTo('pong')).body).toEqual({ id: 3 })
  publisher.event(1, 'x/').event(2, 'y/').event(3, 'z/')
  expect((await subscriber.skipTo('event')).body.tag).toBe('z/')
  expect([...fixture.bus.subscriptions]).toHaveLength(1)
})

it('unsubscribe ends a subscription, even while it is being opened, and the connection stays open', async () => {
  await start()
  const peer = await greeted()
  peer.write(
    concat(encodeRecord('subscribe', {}), encodeRecord('unsubscribe', {}), encodeRecord('ping', { id: 1 })),
  )
  await peer.skipTo('pong')
  expect([...fixture.bus.subscriptions]).toHaveLength(0)
  peer.send('subscribe', {})
  await peer.take('live')
  peer.send('unsubscribe', {}).send('unsubscribe', {}).event(1, 'a')
  expect((await peer.take('accepted')).body.counter).toBe(1)
  expect([...fixture.bus.subscriptions]).toHaveLength(0)
})

it('one connection may publish, subscribe and send requests', async () => {
  await start()
  const peer = await greeted({ producer: 'p' })
  peer.send('subscribe', { filters: 'a' })
  await peer.take('live')
  peer.event(1, 'a').event(2, 'b')
  const items = [await peer.next(), await peer.next()]
  expect(items.map((item) => item?.name).sort()).toEqual(['accepted', 'event'])
  peer.send('request', { id: 1, method: 'none' })
  expect((await peer.skipTo('reply')).body.error?.code).toBe('TCN_METHOD_UNKNOWN')
})

it.each([
  [{ filters: '['.repeat(300) }, 'TCN_FILTER_PATTERN_TOO_LONG'],
  [{ filters: { sql: 'a = ' } }, 'TCN_FILTER_SYNTAX'],
  [{ filters: { regex: { tag: '(?=a)' } } }, 'TCN_FILTER_REGEX'],
  [{ filters: Array.from({ length: 300 }, (_, n) => `a${n}/`) }, 'TCN_FILTER_TOO_COMPLEX'],
  [{ from: 'tomorrow' }, 'TCN_RANGE_INVALID'],
  [{ to: '@x' }, 'TCN_RANGE_INVALID'],
])('an invalid subscription (%o) ends the connection: %s', async (request, code) => {
  await start()
  const peer = await greeted()
  peer.send('subscribe', request)
  expect(await peer.fault()).toBe(code)
})

it('an invalid change ends the connection with its code', async () => {
  await start()
  const peer = await greeted()
  peer.send('subscribe', {})
  await peer.take('live')
  peer.send('subscribe', { filters: { sql: 'x =' } })
  expect(await peer.fault()).toBe('TCN_FILTER_SYNTAX')
})

it('a publisher receives the answers to its gate, and is closed if they are too large for a record', async () => {
  await start()
  const publisher = await greeted()
  const subscribers = await Promise.all(Array.from({ length: 18 }, () => greeted()))
  for (const subscriber of subscribers) {
    subscriber.send('subscribe', { gates: ['g'] })
    await subscriber.take('live')
  }
  const answerAll = async (counter: number, answer: unknown) => {
    publisher.send('gate', { name: 'g', counter }).event(counter, 'a')
    for (const subscriber of subscribers) {
      const { body } = await subscriber.skipTo('gate')
      subscriber.send('gateDone', { name: 'g', seq: body.seq as number, answer })
    }
  }
  await answerAll(1, 'yes')
  const { body } = await publisher.skipTo('gateDone')
  expect(body).toMatchObject({ name: 'g', counter: 1, seq: 1, missing: [] })
  expect(body.answers).toHaveLength(18)
  await answerAll(2, new Uint8Array(1_000_000))
  expect(await publisher.fault()).toBe('TCN_PROTOCOL_LENGTH')
})

it('all peers are notified when the hub stops, with the position of their subscription', async () => {
  await start()
  const publisher = await published(2)
  const subscriber = await greeted()
  subscriber.send('subscribe', { from: 'start' })
  await subscriber.skipTo('live')
  const idle = await greeted()
  await fixture.close()
  expect((await subscriber.take('goodbye')).body).toMatchObject({
    code: 'STOP',
    cursor: `${fixture.bus.epoch}-2`,
  })
  expect((await publisher.take('goodbye')).body.code).toBe('STOP')
  expect((await idle.take('goodbye')).body.code).toBe('STOP')
  for (const peer of [publisher, subscriber, idle]) await peer.closed()
})

it('a publisher is told that the hub stops when its events are no longer taken', async () => {
  await start()
  const publisher = await published(1)
  await fixture.bus.close()
  expect((await publisher.take('goodbye')).body).toMatchObject({ code: 'STOP', message: 'the hub stops' })
  await publisher.closed()
})

it('a peer that connects while the hub stops is turned away', async () => {
  await start()
  const deaf = await greeted()
  deaf.socket.pause()
  const closing = fixture.close()
  const late = new RawPeer(fixture.path)
  peers.push(late)
  await late.closed()
  deaf.close()
  await closing
})

it('a subscriber that does not read costs no more than its queue, and loses nothing', {
  timeout: 60_000,
}, async () => {
  await start({ busLimits: { queue: 256 * 1024 } })
  const subscriber = await greeted()
  subscriber.send('subscribe', {})
  await subscriber.take('live')
  subscriber.socket.pause()
  const [first] = fixture.server.peers
  const publisher = await greeted()
  const total = 20_000
  let largest = 0
  for (let n = 1; n <= total; n++) {
    publisher.event(n, 'bulk', { body: encode(new Uint8Array(500)) })
    if (n % 500 === 0) {
      while ((await publisher.skipTo('accepted')).body.counter < n);
      largest = Math.max(largest, first.pending)
    }
  }
  expect(largest).toBeGreaterThan(256 * 1024)
  expect(largest).toBeLessThan(1024 * 1024)
  subscriber.socket.resume()
  for (let seq = 1; seq <= total; seq++) expect((await subscriber.skipTo('event')).body.seq).toBe(seq)
})

it('a long event stays in the memory in which its parts were joined', async () => {
  await start()
  const memories: ArrayBufferLike[] = []
  const append = fixture.bus.log.append.bind(fixture.bus.log)
  fixture.bus.log.append = (batch, done) => {
    memories.push(batch.bytes.buffer)
    append(batch, done)
  }
  const peer = await greeted()
  peer.event(1, 'long', { body: encode('x'.repeat(2_000_000)) })
  await peer.take('accepted')
  for await (const { bytes } of fixture.bus.log.read(1, {})) expect(bytes.buffer).toBe(memories[0])
  expect(memories).toHaveLength(1)
})
