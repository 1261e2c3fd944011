import { afterEach, describe, expect, it } from 'vitest'
import type { Identity } from '../../../src/access/index.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { writeU32 } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { encodeRecord, MAX_CONTROL_BYTES } from '../../../src/protocols/native/codec.js'
import { Op } from '../../../src/protocols/native/protocol.js'
import { concat, hex, text } from '../../event/bytes.js'
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

function record(op: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + body.length)
  writeU32(bytes, 0, 1 + body.length)
  bytes[4] = op
  bytes.set(body, 5)
  return bytes
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

describe('before hello', () => {
  it.each([
    ['an event', frame(1, 'a')],
    ['subscribe', encodeRecord('subscribe', {})],
    ['ping', encodeRecord('ping', {})],
    ['an op that may be skipped', record(200, hex('c0'))],
    ['an op that is not known', record(99, hex('80'))],
  ])('%s is out of order: TCN_PROTOCOL_ORDER', async (_, bytes) => {
    await start()
    expect(await dial().write(bytes).fault()).toBe('TCN_PROTOCOL_ORDER')
  })

  it('a hello over 4 KiB is refused by its length alone: TCN_PROTOCOL_LENGTH', async () => {
    await start()
    const peer = dial()
    const claim = new Uint8Array(5)
    writeU32(claim, 0, 4093)
    claim[4] = Op.hello
    expect(await peer.write(claim).fault()).toBe('TCN_PROTOCOL_LENGTH')
  })

  it('a hello of 4 KiB is accepted', async () => {
    await start()
    const token = 'x'.repeat(4096 - 5 - 1 - 8 - 1 - 6 - 3)
    const bytes = encodeRecord('hello', { version: 1, token })
    expect(bytes.length).toBe(4096)
    const peer = dial()
    for (const byte of bytes) peer.write(Uint8Array.of(byte))
    await peer.take('welcome')
  })

  it('other versions are refused, with the supported one: TCN_PROTOCOL_VERSION', async () => {
    await start()
    for (const version of [0, 2, 4_000_000_000]) {
      const peer = dial().send('hello', { version })
      const { body } = await peer.take('error')
      expect(body).toMatchObject({ code: 'TCN_PROTOCOL_VERSION', details: { version, supported: [1] } })
      await peer.closed()
    }
  })

  it('a name that is empty, too long or not printable is refused: TCN_PROTOCOL_BODY', async () => {
    await start()
    for (const producer of ['', 'x'.repeat(129), 'a\nb', 'a\u0085b']) {
      expect(await dial().send('hello', { version: 1, producer }).fault()).toBe('TCN_PROTOCOL_BODY')
      expect(await dial().send('hello', { version: 1, name: producer }).fault()).toBe('TCN_PROTOCOL_BODY')
    }
  })

  it('no complete hello for 5 seconds ends the connection: TCN_PROTOCOL_HELLO_TIMEOUT', async () => {
    const runtime = new FakeRuntime()
    await start({ runtime })
    const silent = dial()
    const slow = dial().write(encodeRecord('hello', { version: 1 }).subarray(0, 9))
    const quick = await greeted()
    await until(() => fixture.server.connections === 3)
    runtime.advance(4000)
    expect(silent.isClosed).toBe(false)
    runtime.advance(2000)
    expect(await silent.fault()).toBe('TCN_PROTOCOL_HELLO_TIMEOUT')
    expect(await slow.fault()).toBe('TCN_PROTOCOL_HELLO_TIMEOUT')
    await expectUnharmed(quick)
  })

  it('a hello cut at any byte waits for the rest, and is ignored without it', async () => {
    await start()
    const bytes = encodeRecord('hello', { version: 1, producer: 'p' })
    for (let end = 0; end < bytes.length; end++) {
      const peer = dial().write(bytes.subarray(0, end))
      peer.socket.end()
      await peer.closed()
      expect(peer.items).toEqual([])
    }
    await until(() => fixture.server.connections === 0)
  })
})

describe('the principal of a peer', () => {
  it('comes from the listener', async () => {
    await start({ grants: { web: { source: 'app/web', publish: '*' } }, principal: 'web' })
    expect(await dial().hello()).toMatchObject({ principal: 'web', source: 'app/web' })
  })

  it('comes from a token if the listener accepts tokens', async () => {
    const known = { name: 'bot', source: 'bot' }
    await start({
      principal: '',
      listener: {
        identify: ({ token }) => {
          if (token === 'tcn_right') return { principal: known }
          throw new TocsinError('TCN_ACCESS_TOKEN')
        },
      },
    })
    expect(await dial().hello({ token: 'tcn_right' })).toMatchObject({ principal: 'bot', source: 'bot' })
    expect(await dial().send('hello', { version: 1, token: 'tcn_wrong' }).fault()).toBe('TCN_ACCESS_TOKEN')
    expect(await dial().send('hello', { version: 1 }).fault()).toBe('TCN_ACCESS_TOKEN')
  })

  it('is identified asynchronously, and records that arrive meanwhile are refused', async () => {
    const answers: ((identity: Identity) => void)[] = []
    await start({
      principal: '',
      listener: { identify: () => new Promise((resolve) => answers.push(resolve)) },
    })
    const hasty = dial().write(
      concat(encodeRecord('hello', { version: 1, token: 'a' }), encodeRecord('ping', { id: 1 })),
    )
    expect(await hasty.fault()).toBe('TCN_PROTOCOL_ORDER')
    const welcome = dial().hello({ token: 'a' })
    await until(() => answers.length === 2)
    for (const answer of answers) answer({ principal: { name: 'bot', source: 'bot' } })
    expect(await welcome).toMatchObject({ principal: 'bot' })
  })

  it('loses its open connection when its credentials end', async () => {
    const ending = new AbortController()
    const principal = { name: 'bot', source: 'bot' }
    await start({ principal: '', listener: { identify: () => ({ principal, ended: ending.signal }) } })
    const peer = dial()
    await peer.hello({ token: 'a' })
    ending.abort()
    expect(await peer.fault()).toBe('TCN_ACCESS_TOKEN')
    expect(await dial().send('hello', { version: 1, token: 'a' }).fault()).toBe('TCN_ACCESS_TOKEN')
  })
})

describe('after hello', () => {
  it.each<[string, Uint8Array, string]>([
    ['a second hello', encodeRecord('hello', { version: 1 }), 'TCN_PROTOCOL_ORDER'],
    ['a record of the hub', encodeRecord('live', { cursor: 'a-1' }), 'TCN_PROTOCOL_ORDER'],
    ['ack without a subscription', encodeRecord('ack', { seqs: [1], result: 'done' }), 'TCN_PROTOCOL_ORDER'],
    [
      'gateDone without a subscription',
      encodeRecord('gateDone', { name: 'g', seq: 1 }),
      'TCN_PROTOCOL_ORDER',
    ],
    // What only an edge hub may send is not even decoded.
    ...(['reply', 'lag', 'gap', 'packed'] as const).map((name): [string, Uint8Array, string] => [
      `${name} from no edge hub`,
      record(Op[name], hex('c1')),
      'TCN_PROTOCOL_ORDER',
    ]),
    ['a gate for no event', encodeRecord('gate', { name: 'g' }), 'TCN_PROTOCOL_BODY'],
    ['an unknown op', record(25, hex('80')), 'TCN_PROTOCOL_OP'],
    ['forwarding', record(Op.forwarded, hex('80')), 'TCN_PROTOCOL_OP'],
    ['no op at all', hex('00000000 00'), 'TCN_PROTOCOL_LENGTH'],
    ['a body that is no map', record(Op.ping, hex('93010203')), 'TCN_PROTOCOL_BODY'],
    ['a map that announces 2^32 entries', record(Op.ping, hex('dfffffffff')), 'TCN_PROTOCOL_BODY'],
    ['an array that announces 2^32 items', record(Op.ping, hex('ddffffffff')), 'TCN_PROTOCOL_BODY'],
    ['trailing bytes', record(Op.ping, hex('8000')), 'TCN_PROTOCOL_BODY'],
    [
      '__proto__ in place of what is needed',
      record(Op.durable, hex('81a95f5f70726f746f5f5f81a7636f756e74657205')),
      'TCN_PROTOCOL_BODY',
    ],
    [
      'a control record over its limit',
      record(Op.durable, new Uint8Array(MAX_CONTROL_BYTES)),
      'TCN_PROTOCOL_LENGTH',
    ],
    ['a record over all limits', hex('ffffffff 04'), 'TCN_PROTOCOL_LENGTH'],
    ['a frame over the limit', hex('ffffffff 01'), 'TCN_FRAME_TOO_LARGE'],
    ['a frame shorter than its header', hex('1b000000 01 00'.padEnd(64, '0')), 'TCN_FRAME_LENGTH'],
  ])('%s ends that connection: %o', async (_, bytes, code) => {
    await start()
    const other = await greeted()
    const peer = await greeted()
    expect(await peer.write(bytes).fault()).toBe(code)
    await expectUnharmed(other)
  })

  it('ops from 128 on are skipped', async () => {
    await start()
    const peer = await greeted()
    peer.write(concat(record(128, hex('c1c1c1')), record(255, new Uint8Array(0))))
    await expectUnharmed(peer)
  })

  it('goodbye ends the connection', async () => {
    await start()
    const peer = await greeted()
    peer.send('goodbye', { code: 'STOP', message: 'enough' })
    await peer.closed()
  })

  it('events before the fault are stored, events after it are not', async () => {
    await start()
    const peer = await greeted()
    peer.write(concat(frame(1, 'a'), frame(2, 'b'), record(99, hex('80')), frame(3, 'c')))
    await peer.closed()
    expect(fixture.bus.log.last).toBe(2)
  })
})

describe('a faulty event is refused by its counter, and the connection stays open', () => {
  const long = 'x'.repeat(1025)
  const faulty: [string, Uint8Array, string][] = [
    ['empty tag', frame(2, ''), 'TCN_TAG_EMPTY'],
    ['tag too long', frame(2, long), 'TCN_TAG_TOO_LONG'],
    ['control character in the tag', frame(2, 'a\u0007b'), 'TCN_TAG_CONTROL'],
    ['DEL in the tag', frame(2, 'a\u007f'), 'TCN_TAG_CONTROL'],
    ['tag not UTF-8', frame(2, 'a', { tag: hex('61ff') }), 'TCN_TAG_UTF8'],
    ['tag of the hub', frame(2, 'hub/x'), 'TCN_TAG_RESERVED'],
    ['source not UTF-8', frame(2, 'a', { source: hex('c080') }), 'TCN_ORIGIN_UTF8'],
    ['source too long', frame(2, 'a', { source: 'host/test/'.padEnd(256, 'x') }), 'TCN_ORIGIN_TOO_LONG'],
    ['source of somebody else', frame(2, 'a', { source: 'host/other' }), 'TCN_ORIGIN_FOREIGN'],
    ['source that only begins alike', frame(2, 'a', { source: 'host/test2' }), 'TCN_ORIGIN_FOREIGN'],
    ['kind', frame(2, 'a', { kind: 1 }), 'TCN_KIND_RESERVED'],
    ['flag', frame(2, 'a', { flags: 1 }), 'TCN_FRAME_FLAGS'],
    ['unknown flag', frame(2, 'a', { flags: 0x80 }), 'TCN_FRAME_FLAGS'],
    ['attributes that are no map', frame(2, 'a', { attributes: encode([1]) }), 'TCN_ATTRIBUTES_INVALID'],
    ['attributes with a float', frame(2, 'a', { attributes: encode({ x: 1.5 }) }), 'TCN_ATTRIBUTES_INVALID'],
    ['attributes not UTF-8', frame(2, 'a', { attributes: hex('81a178a1ff') }), 'TCN_ATTRIBUTES_INVALID'],
    [
      'attributes too large',
      frame(2, 'a', { attributes: encode({ x: 'x'.repeat(8192) }) }),
      'TCN_ATTRIBUTES_TOO_LARGE',
    ],
    ['no body', frame(2, 'a', { body: new Uint8Array(0) }), 'TCN_BODY_INVALID'],
    ['body cut', frame(2, 'a', { body: hex('82a16101') }), 'TCN_BODY_INVALID'],
    ['body with 2^32 entries', frame(2, 'a', { body: hex('dfffffffff') }), 'TCN_BODY_INVALID'],
    ['body nested 10,000 deep', frame(2, 'a', { body: nested(10_000) }), 'TCN_BODY_DEPTH'],
    ['bytes behind the body', frame(2, 'a', { body: hex('c0c0') }), 'TCN_BODY_TRAILING'],
    ['separator missing', withoutSeparator(frame(2, 'a')), 'TCN_FRAME_SEPARATOR'],
    ['lying length of the tag', withTagLength(frame(2, 'a'), 1000), 'TCN_FRAME_LENGTH'],
  ]

  it.each(faulty)('%s', async (_, bytes, code) => {
    await start({ grants: { somebody: { source: 'host/test', publish: '*' } }, principal: 'somebody' })
    const peer = await greeted()
    peer.write(concat(frame(1, 'before'), bytes, frame(3, 'after')))
    expect((await peer.take('refused')).body).toMatchObject({ counter: 2, code })
    const { body } = await peer.skipTo('accepted')
    expect((body.counter === 3 ? body : (await peer.skipTo('accepted')).body).counter).toBe(3)
    expect(fixture.bus.log.last).toBe(2)
  })

  it('strange values in a body are accepted', async () => {
    await start()
    const peer = await greeted()
    const bodies = [
      'a1ff',
      'd44e00',
      'c703 4e 616263',
      'd40500',
      '81a95f5f70726f746f5f5f01',
      'd7ffffffffffffffffff',
    ]
    for (const [index, body] of bodies.entries()) peer.event(index + 1, 'a', { body: hex(body) })
    while ((await peer.take('accepted')).body.counter < bodies.length);
    expect(fixture.bus.log.last).toBe(bodies.length)
  })

  it('an event with counter 0 or a counter that does not rise is not stored', async () => {
    await start()
    const peer = await greeted()
    peer.event(0, 'a')
    expect((await peer.take('refused')).body).toMatchObject({ counter: 0, code: 'TCN_BUS_COUNTER' })
    peer.event(5, 'a').event(5, 'a').event(4, 'a').event(9, 'a')
    while ((await peer.take('accepted')).body.counter < 9);
    expect(fixture.bus.log.last).toBe(2)
  })
})

function nested(depth: number): Uint8Array {
  return concat(new Uint8Array(depth).fill(0x91), hex('c0'))
}

function withoutSeparator(bytes: Uint8Array): Uint8Array {
  const at = bytes.length - concat(text('\n\n'), encode({ n: 2 })).length
  bytes[at] = 0x20
  return bytes
}

function withTagLength(bytes: Uint8Array, length: number): Uint8Array {
  bytes[6] = length & 0xff
  bytes[7] = length >> 8
  return bytes
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((go) => setImmediate(go))
}
