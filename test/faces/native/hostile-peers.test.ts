import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { writeU32 } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { encodeRecord } from '../../../src/protocols/native/codec.js'
import { Op } from '../../../src/protocols/native/protocol.js'
import { concat, hex } from '../../event/bytes.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { type Fixture, type FixtureOptions, startFixture } from './fixture.js'
import { frame, RawPeer } from './raw-peer.js'

let fixture: Fixture
const peers: RawPeer[] = []

async function start(options: FixtureOptions = {}): Promise<Fixture> {
  fixture = await startFixture(options)
  return fixture
}

function dial(): RawPeer {
  const peer = new RawPeer(fixture.path)
  peers.push(peer)
  return peer
}

/** Connects a peer, which sends hello. */
async function greeted(): Promise<RawPeer> {
  const peer = dial()
  await peer.hello()
  return peer
}

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close()
  await fixture.close()
})

/** Checks that the fault of one peer has not affected another one. */
async function expectUnharmed(other: RawPeer): Promise<void> {
  other.send('ping', { id: 7 })
  expect((await other.skipTo('pong')).body).toEqual({ id: 7 })
}

describe('hostile peers', () => {
  it('a million tiny events are accepted', async () => {
    await start()
    const peer = await greeted()
    const one = frame(0, 'a', { body: hex('c0'), source: '' })
    const block = new Uint8Array(one.length * 10_000)
    for (let from = 0, counter = 1; from < 1_000_000; from += 10_000) {
      for (let at = 0; at < block.length; at += one.length) {
        block.set(one, at)
        writeU32(block, at + 8, counter++)
      }
      if (!peer.socket.write(block.slice())) await new Promise<void>((go) => peer.socket.once('drain', go))
    }
    while ((await peer.take('accepted')).body.counter < 1_000_000);
    expect(fixture.bus.log.last).toBe(1_000_000)
  })

  it('connections over the limit are turned away: TCN_PROTOCOL_TOO_MANY', async () => {
    await start({ budgets: { connections: 2 } })
    const [first] = [await greeted(), await greeted()]
    expect(await dial().fault()).toBe('TCN_PROTOCOL_TOO_MANY')
    first.close()
    await until(() => fixture.server.connections === 1)
    await greeted()
  })

  it('half-received records of all peers share one budget: TCN_PROTOCOL_TOO_MANY', async () => {
    await start({ budgets: { halfReceived: 200_000 } })
    const half = () => {
      const bytes = new Uint8Array(90_000)
      writeU32(bytes, 0, 1_000_000)
      bytes[4] = Op.request
      return bytes
    }
    const first = await greeted()
    first.write(half().subarray(0, 40_000))
    const second = await greeted()
    await expectUnharmed(second)
    expect(await second.write(half()).fault()).toBe('TCN_PROTOCOL_TOO_MANY')
    const third = await greeted()
    third.write(half().subarray(0, 40_000))
    await new Promise((go) => setImmediate(go))
    expect(first.isClosed || third.isClosed).toBe(false)
  })

  it('a silent peer is pinged, and closed after two pings without an answer: TCN_PROTOCOL_IDLE', async () => {
    const runtime = new FakeRuntime()
    await start({ runtime })
    const [dead, alive] = [await greeted(), await greeted()]
    // Hello counts as a sign of life in the first half minute.
    runtime.advance(31_000)
    for (let round = 0; round < 2; round++) {
      runtime.advance(30_000)
      expect((await dead.take('ping')).body).toEqual({})
      await expectUnharmed(alive)
    }
    runtime.advance(30_000)
    expect(await dead.fault()).toBe('TCN_PROTOCOL_IDLE')
    await expectUnharmed(alive)
    await until(() => fixture.server.connections === 1)
  })

  it('a half-open peer, which no longer sends or reads, is closed too', async () => {
    const runtime = new FakeRuntime()
    await start({ runtime })
    const peer = await greeted()
    peer.socket.pause()
    let seconds = 0
    for (; fixture.server.connections > 0; seconds++) {
      runtime.advance(1000)
      await new Promise((go) => setImmediate(go))
    }
    expect(seconds).toBeGreaterThan(90)
  })

  it('a reader of one byte a second delays no other peer, costs only its queue, and is closed as idle', async () => {
    const runtime = new FakeRuntime()
    await start({ runtime, busLimits: { queue: 128 * 1024 } })
    const faults: string[] = []
    const onFault = (message: unknown) => faults.push((message as { error: { code: string } }).error.code)
    subscribe('tocsin:native:fault', onFault)
    const slow = connect(fixture.path)
    slow.write(concat(encodeRecord('hello', { version: 1 }), encodeRecord('subscribe', {})))
    await until(() => [...fixture.bus.subscriptions].length === 1)
    const [connection] = fixture.server.peers
    const quick = await greeted()
    quick.send('subscribe', {})
    await quick.take('live')
    const publisher = await greeted()
    const body = encode('x'.repeat(5000))
    for (let second = 1; fixture.server.connections === 3; second++) {
      publisher.event(second, 'n', { body })
      expect((await quick.skipTo('event')).body.seq).toBe(second)
      await publisher.skipTo('accepted')
      slow.read(1)
      expect(connection.pending).toBeLessThan(256 * 1024)
      runtime.advance(1000)
      if (second % 20 === 0) for (const peer of [quick, publisher]) peer.send('pong', {})
      await new Promise((go) => setImmediate(go))
    }
    expect(faults).toEqual(['TCN_PROTOCOL_IDLE'])
    unsubscribe('tocsin:native:fault', onFault)
    slow.destroy()
    await expectUnharmed(quick)
  })

  it('a peer that closes its side still receives pending output', async () => {
    await start()
    const peer = dial().send('hello', { version: 1 })
    peer.socket.end()
    await peer.take('welcome')
    await peer.closed()
  })

  it('a peer that never reads acknowledgements is no longer read from, and costs little memory', async () => {
    await start({ limits: { replies: 10_000 } })
    const peer = await greeted()
    peer.socket.pause()
    const ping = encodeRecord('ping', { id: 1 })
    const block = concat(...Array.from({ length: 5000 }, () => ping))
    let written = 0
    for (; written < 400 && peer.socket.write(block); written++) await new Promise((go) => setImmediate(go))
    // The system buffers a few hundred KB in each direction; the hub reads no more once they are full.
    expect(peer.socket.writableLength).toBeGreaterThan(0)
    const [connection] = fixture.server.peers
    expect(connection.pending).toBeLessThan(2_000_000)
    peer.socket.resume()
    await until(() => peer.socket.writableLength === 0)
    await until(() => connection.pending === 0)
  })
})

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((go) => setImmediate(go))
}
