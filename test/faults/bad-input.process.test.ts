import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FrameParts } from '../../src/event/frame.js'
import { encode } from '../../src/event/msgpack/encoder.js'
import { encodeRecord } from '../../src/protocols/native/codec.js'
import { type FilterInput, Op, type Subscribe } from '../../src/protocols/native/protocol.js'
import { HubProcess, jsonLines } from '../e2e/hub-process.js'
import { concat, hex, text } from '../event/bytes.js'
import { frame, RawPeer } from '../faces/native/raw-peer.js'
import { closed } from '../helpers/closed.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { Pair } from './pair.js'

/** One hub receives all of this input. Clients on the socket `app` may publish and subscribe, and nothing else. */
let hub: HubProcess
let pair: Pair
let app: string
const peers: RawPeer[] = []

beforeAll(async () => {
  const folder = temporaryFolder('bad')
  app = join(folder, 'app.sock')
  const config = `
principals: { app: { publish: '*', see: '*' } }
listen: { unix: [{}, { path: ${app}, principal: app }] }
limits: { unanchoredFilters: 3, frame: 1MiB }
`
  hub = await HubProcess.start({ folder, config })
  pair = await Pair.open(hub.socket)
})

/** Checks that no other client has been affected. */
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close()
  await pair.roundTrip()
})

afterAll(async () => {
  expect(await hub.stop()).toMatchObject({ code: 0 })
})

function dial(): RawPeer {
  const peer = new RawPeer(app)
  peers.push(peer)
  return peer
}

async function greeted(): Promise<RawPeer> {
  const peer = dial()
  await peer.hello()
  return peer
}

function little(bytes: 2 | 4 | 8, value: number): Uint8Array {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntLE(value, 0, Math.min(bytes, 6))
  return buffer
}

/** length · op · body */
function record(op: number, body: Uint8Array): Uint8Array {
  return concat(little(4, 1 + body.length), Uint8Array.of(op), body)
}

function event(tag: string | Uint8Array, parts: Partial<FrameParts> = {}): Uint8Array {
  return frame(2, '', { tag, source: 'app', ...parts })
}

/** Returns a frame with other bytes at an offset. */
function changed(at: number, bytes: Uint8Array): Uint8Array {
  const whole = event('a')
  whole.set(bytes, at)
  return whole
}

describe('an invalid stream ends with an error code', () => {
  test.each<[string, Uint8Array, string]>([
    ['an event', event('a'), 'TCN_PROTOCOL_ORDER'],
    ['a subscription', encodeRecord('subscribe', {}), 'TCN_PROTOCOL_ORDER'],
    ['an op that is not known', record(99, hex('80')), 'TCN_PROTOCOL_ORDER'],
    ['another version', encodeRecord('hello', { version: 2 }), 'TCN_PROTOCOL_VERSION'],
    ['no version', record(Op.hello, hex('80')), 'TCN_PROTOCOL_BODY'],
    ['a hello over 4 KiB', concat(little(4, 4093), Uint8Array.of(Op.hello)), 'TCN_PROTOCOL_LENGTH'],
    ['a request of HTTP', text('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 'TCN_PROTOCOL_LENGTH'],
    ['a length of 0', hex('00000000'), 'TCN_PROTOCOL_LENGTH'],
  ])('$0 before hello: $2', async (_, bytes, code) => {
    expect(await dial().write(bytes).fault()).toBe(code)
  })

  test.each<[string, Uint8Array, string]>([
    ['a frame over the limit', concat(little(4, 2 ** 20), hex('01')), 'TCN_FRAME_TOO_LARGE'],
    ['a frame of 4 GiB', hex('ffffffff 01'), 'TCN_FRAME_TOO_LARGE'],
    ['a frame shorter than its head', concat(little(4, 27), new Uint8Array(27).fill(1)), 'TCN_FRAME_LENGTH'],
    ['a record of 4 GiB', hex('ffffffff 0f'), 'TCN_PROTOCOL_LENGTH'],
    ['a record without an op', hex('00000000 11'), 'TCN_PROTOCOL_LENGTH'],
    ['a control record over its limit', record(Op.ping, new Uint8Array(2 ** 16)), 'TCN_PROTOCOL_LENGTH'],
    ['a second hello', encodeRecord('hello', { version: 1 }), 'TCN_PROTOCOL_ORDER'],
    ['a record that is for the hub to send', encodeRecord('accepted', { counter: 1 }), 'TCN_PROTOCOL_ORDER'],
    ['ack without a subscription', encodeRecord('ack', { seqs: [1], result: 'done' }), 'TCN_PROTOCOL_ORDER'],
    ['an unknown op', record(25, hex('80')), 'TCN_PROTOCOL_OP'],
    [
      'packed events of no edge hub',
      record(Op.packed, encode({ length: 1, deflated: hex('03') })),
      'TCN_PROTOCOL_ORDER',
    ],
    ['op 0', record(0, hex('80')), 'TCN_PROTOCOL_OP'],
    ['forwarding', record(Op.forwarded, hex('80')), 'TCN_PROTOCOL_OP'],
    ['a map that announces 2^32 entries', record(Op.ping, hex('dfffffffff')), 'TCN_PROTOCOL_BODY'],
    ['a list that announces 2^32 items', record(Op.ack, hex('81a473657173ddffffffff')), 'TCN_PROTOCOL_BODY'],
    ['a map nested 10,000 deep', record(Op.request, nested(10_000)), 'TCN_PROTOCOL_BODY'],
    ['a map that is cut', record(Op.ping, hex('81a26964')), 'TCN_PROTOCOL_BODY'],
    ['bytes behind the map', record(Op.ping, hex('80c0')), 'TCN_PROTOCOL_BODY'],
    ['no map', record(Op.subscribe, hex('c0')), 'TCN_PROTOCOL_BODY'],
    ['a text for a number', record(Op.durable, encode({ counter: '1' })), 'TCN_PROTOCOL_BODY'],
    ['a number below 0', record(Op.durable, encode({ counter: -1 })), 'TCN_PROTOCOL_BODY'],
    ['__proto__ for what is needed', record(Op.durable, protoMap()), 'TCN_PROTOCOL_BODY'],
    ['a gate for no event', encodeRecord('gate', { name: 'g' }), 'TCN_PROTOCOL_BODY'],
    ['a counter over 2^53', changed(8, hex('ffffffffffffffff')), 'TCN_BUS_COUNTER'],
    ['a counter over 2^53 on top of another fault', changed(5, overflowing()), 'TCN_BUS_COUNTER'],
    ['noise', new Uint8Array(5000).fill(0xc1), 'TCN_PROTOCOL_LENGTH'],
  ])('$0: $2', async (_, bytes, code) => {
    const peer = await greeted()
    expect(await peer.write(bytes).fault()).toBe(code)
  })
})

describe('an invalid event is refused by its counter, and its neighbours are accepted', () => {
  test.each<[string, Uint8Array, string]>([
    ['an empty tag', event(''), 'TCN_TAG_EMPTY'],
    ['a tag of 1025 bytes', event('x'.repeat(1025)), 'TCN_TAG_TOO_LONG'],
    ['a line feed in the tag', event('a\nb'), 'TCN_TAG_CONTROL'],
    ['NUL in the tag', event('a\0b'), 'TCN_TAG_CONTROL'],
    ['DEL in the tag', event('a\x7f'), 'TCN_TAG_CONTROL'],
    ['a tag cut within a character', event(hex('61e282')), 'TCN_TAG_UTF8'],
    ['an overlong character in the tag', event(hex('c0af')), 'TCN_TAG_UTF8'],
    ['a surrogate in the tag', event(hex('eda080')), 'TCN_TAG_UTF8'],
    ['a tag of the hub', event('hub/started'), 'TCN_TAG_RESERVED'],
    ['a source that is not UTF-8', event('a', { source: hex('617070ff') }), 'TCN_ORIGIN_UTF8'],
    ['a source of 256 bytes', event('a', { source: 'app/'.padEnd(256, 'x') }), 'TCN_ORIGIN_TOO_LONG'],
    ['a source of somebody else', event('a', { source: 'host/web1' }), 'TCN_ORIGIN_FOREIGN'],
    ['a source that only begins alike', event('a', { source: 'apple' }), 'TCN_ORIGIN_FOREIGN'],
    ['a kind', event('a', { kind: 1 }), 'TCN_KIND_RESERVED'],
    ['the flag redelivered', event('a', { flags: 1 }), 'TCN_FRAME_FLAGS'],
    ['an unknown flag', event('a', { flags: 0x80 }), 'TCN_FRAME_FLAGS'],
    ['attributes that are no map', event('a', { attributes: hex('91c0') }), 'TCN_ATTRIBUTES_INVALID'],
    ['attributes of 2^32 entries', event('a', { attributes: hex('dfffffffff') }), 'TCN_ATTRIBUTES_INVALID'],
    [
      'attributes that are not UTF-8',
      event('a', { attributes: hex('81a178a1ff') }),
      'TCN_ATTRIBUTES_INVALID',
    ],
    [
      'attributes over 8 KiB',
      event('a', { attributes: encode({ x: 'x'.repeat(8192) }) }),
      'TCN_ATTRIBUTES_TOO_LARGE',
    ],
    ['no body', event('a', { body: hex('') }), 'TCN_BODY_INVALID'],
    ['a body that is cut', event('a', { body: hex('82a16101') }), 'TCN_BODY_INVALID'],
    ['a body of 2^32 entries', event('a', { body: hex('dfffffffff') }), 'TCN_BODY_INVALID'],
    ['a text of 2^32 bytes', event('a', { body: hex('dbffffffff') }), 'TCN_BODY_INVALID'],
    ['the byte that msgpack never uses', event('a', { body: hex('c1') }), 'TCN_BODY_INVALID'],
    ['a body nested 10,000 deep', event('a', { body: nested(10_000) }), 'TCN_BODY_DEPTH'],
    ['bytes behind the body', event('a', { body: hex('c0c0') }), 'TCN_BODY_TRAILING'],
    ['a tag that is longer than the frame', changed(6, little(2, 1000)), 'TCN_FRAME_LENGTH'],
    ['a source that is longer than the frame', changed(28, little(2, 200)), 'TCN_FRAME_LENGTH'],
    ['attributes that are longer than the frame', changed(30, little(2, 8000)), 'TCN_FRAME_LENGTH'],
    ['a tag that takes the separator', changed(6, little(2, 3)), 'TCN_TAG_CONTROL'],
    ['a separator that is none', changed(32 + 3 + 1, hex('2020')), 'TCN_FRAME_SEPARATOR'],
  ])('$0: $2', async (_, bytes, code) => {
    const peer = await greeted()
    const before = frame(1, 'before', { source: 'app' })
    const after = frame(3, 'after', { source: 'app' })
    peer.write(concat(before, bytes, after))
    expect((await peer.skipTo('refused')).body).toMatchObject({ counter: 2, code })
    while ((await peer.skipTo('accepted')).body.counter < 3);
  })

  test('a counter of 0: TCN_BUS_COUNTER', async () => {
    const peer = await greeted()
    peer.write(frame(0, 'a', { source: 'app' }))
    expect((await peer.take('refused')).body).toMatchObject({ counter: 0, code: 'TCN_BUS_COUNTER' })
    peer.write(event('a'))
    expect((await peer.take('accepted')).body).toMatchObject({ counter: 2 })
  })
})

test('unusual values in a body are valid, and are returned unchanged', async () => {
  const strange = {
    'bytes that are not UTF-8 in a text': 'a1ff',
    'a time of Salt': 'c7034e616263',
    'a time of Salt that is none': 'd44e00',
    'an unknown ext': 'd40500',
    'a key __proto__': '81a95f5f70726f746f5f5f81a161c3',
    'a key constructor': '81ab636f6e7374727563746f7281a970726f746f74797065c3',
    'a time that cannot be': 'd7ffffffffffffffffff',
    'a map with keys that are no text': '8201029091c0',
    'not a number': 'cb7ff8000000000000',
    '2^64 - 1': 'cfffffffffffffffff',
  }
  const peer = await greeted()
  const count = Object.keys(strange).length
  for (const [index, body] of Object.values(strange).entries()) {
    peer.write(frame(index + 1, 'strange', { source: 'app', body: hex(body) }))
  }
  while ((await peer.take('accepted')).body.counter < count);
  const shown = await hub.tocsin(['read', 'strange', '--format', 'json'])
  expect(shown).toMatchObject({ code: 0 })
  expect(jsonLines(shown.stdout)).toHaveLength(count)
  expect((await hub.tocsin(['read', 'strange'])).code).toBe(0)
  expect(await bodies('strange')).toEqual(Object.values(strange))
})

test('an event that is cut at any byte is not accepted', async () => {
  const whole = concat(encodeRecord('hello', { version: 1 }), frame(1, 'cut', { source: 'app' }))
  for (let end = 1; end < whole.length; end++) {
    const socket = connect(app)
    socket.end(whole.subarray(0, end))
    await closed(socket)
  }
  expect(await bodies('cut')).toEqual([])
})

describe('filters', () => {
  const manyParts = { any: Array.from({ length: 300 }, (_, n) => ({ exact: { tag: `t${n}` } })) }
  const deep = Array.from({ length: 20 }).reduce<object>((inner) => ({ not: inner }), { exact: { tag: 'a' } })

  test.each<[string, FilterInput, string]>([
    ['a pattern over 256 bytes', `${'a'.repeat(256)}*`, 'TCN_FILTER_PATTERN_TOO_LONG'],
    ['too many patterns', Array.from({ length: 300 }, (_, n) => `a${n}`), 'TCN_FILTER_TOO_COMPLEX'],
    ['too many parts', manyParts as Record<string, unknown>, 'TCN_FILTER_TOO_COMPLEX'],
    ['nested too deep', deep as Record<string, unknown>, 'TCN_FILTER_TOO_COMPLEX'],
    ['an empty pattern', '', 'TCN_FILTER_SYNTAX'],
    ['a key that is not known', { exakt: { tag: 'a' } }, 'TCN_FILTER_SYNTAX'],
    ['look-ahead', { regex: { tag: 'a(?=b)' } }, 'TCN_FILTER_REGEX'],
    ['a back reference', { regex: { tag: '(a)\\1' } }, 'TCN_FILTER_REGEX'],
    ['a repeat over 100', { regex: { tag: 'a{1000}' } }, 'TCN_FILTER_REGEX'],
    ['SQL', { sql: 'tag = ' }, 'TCN_FILTER_SYNTAX'],
  ])('$0: $2', async (_, filters, code) => {
    const peer = await greeted()
    expect(await peer.send('subscribe', { filters }).fault()).toBe(code)
  })

  test('more filters without a literal prefix than a principal may have: TCN_FILTER_TOO_MANY', async () => {
    for (let n = 0; n < 3; n++) (await greeted()).send('subscribe', { filters: `*${n}` })
    await Promise.all(peers.map((peer) => peer.take('live')))
    const one = await greeted()
    expect(await one.send('subscribe', { filters: '*more' }).fault()).toBe('TCN_FILTER_TOO_MANY')
    const anchored = await greeted()
    await anchored.send('subscribe', { filters: 'a*' }).take('live')
  })

  test('patterns that are designed to take exponential time do not', async () => {
    const hostile: FilterInput[] = ['*a*a*a*a*a*a*a*a*b', { regex: { tag: '^(a+)+$' } }]
    const watchers = await Promise.all(hostile.map(() => greeted()))
    for (const [index, watcher] of watchers.entries()) watcher.send('subscribe', { filters: hostile[index] })
    await Promise.all(watchers.map((watcher) => watcher.take('live')))
    const peer = await greeted()
    const tag = `${'a'.repeat(1023)}!`
    for (let counter = 1; counter <= 1000; counter++) peer.event(counter, tag, { source: 'app' })
    while ((await pair.during(peer.take('accepted'))).body.counter < 1000);
    for (const watcher of watchers) expect(watcher.items.filter(({ name }) => name === 'event')).toEqual([])
  })
})

describe('positions and requests', () => {
  test.each<[string, Subscribe, string]>([
    ['a position that is none', { from: 'someday' }, 'TCN_RANGE_INVALID'],
    ['an end that is none', { to: '@' }, 'TCN_RANGE_INVALID'],
    ['a consumer with a name that is none', { consumer: '../x' }, 'TCN_CONSUMER_INVALID'],
    ['a consumer without the right to it', { consumer: 'other' }, 'TCN_ACCESS_DENIED'],
  ])('$0: $2', async (_, body, code) => {
    const peer = await greeted()
    expect(await peer.send('subscribe', body).fault()).toBe(code)
  })

  test.each<[string, string, Record<string, unknown> | undefined, string]>([
    ['a method that is not known', 'no.such', undefined, 'TCN_METHOD_UNKNOWN'],
    ['a method of JavaScript', 'constructor', undefined, 'TCN_METHOD_UNKNOWN'],
    ['parameters that do not fit', 'tags.complete', { prefix: 1 }, 'TCN_METHOD_PARAMS'],
    ['what one has no right to', 'log.info', {}, 'TCN_ACCESS_DENIED'],
    ['a cursor that is none', 'events.get', { cursor: 'x' }, 'TCN_CURSOR_INVALID'],
    ['a cursor of another log', 'events.get', { cursor: 'abcdefghijklm-1' }, 'TCN_EVENT_UNKNOWN'],
  ])('$0 is answered: $3', async (_, method, params, code) => {
    const peer = await greeted()
    peer.send('request', { id: 1, method, params })
    expect((await peer.take('reply')).body).toMatchObject({ id: 1, error: { code } })
    peer.send('ping', { id: 2 })
    expect((await peer.take('pong')).body).toEqual({ id: 2 })
  })
})

/** Returns the bodies of stored events in hex. */
async function bodies(tag: string): Promise<string[]> {
  const found: string[] = []
  for await (const { body } of pair.client.read(tag).events()) found.push(Buffer.from(body).toString('hex'))
  return found
}

function nested(depth: number): Uint8Array {
  return concat(new Uint8Array(depth).fill(0x91), hex('c0'))
}

/** Bytes from the flags to the counter. */
function overflowing(): Uint8Array {
  return hex('80 0100 00000000000020ff')
}

/** { "__proto__": { "counter": 5 } } */
function protoMap(): Uint8Array {
  return hex('81a95f5f70726f746f5f5f81a7636f756e74657205')
}
