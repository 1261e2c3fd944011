import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import {
  type ControlName,
  decodeRecord,
  encodeRecord,
  MAX_CONTROL_BYTES,
  MAX_HELLO_BYTES,
  MAX_REPLY_BYTES,
  MAX_REQUEST_BYTES,
  recordLimit,
} from '../../../src/protocols/native/codec.js'
import { Op, type RecordBodies } from '../../../src/protocols/native/protocol.js'
import { hex as fromHex, toHex } from '../../event/bytes.js'

function decodeWhole(record: Uint8Array) {
  return decodeRecord(record[4], record, 5, record.length)
}

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return TocsinError.is(error) ? error.code : String(error)
  }
  return 'nothing thrown'
}

/** One example of every record. Records with many keys have all of them. */
const examples: { [N in ControlName]: [RecordBodies[N], string] } = {
  hello: [
    { version: 1, producer: 'web1', name: 'demo' },
    '23000000 02 83 a7 76657273696f6e 01 a8 70726f6475636572 a4 77656231 a4 6e616d65 a4 64656d6f',
  ],
  welcome: [
    {
      version: 1,
      features: [],
      epoch: 'k3f9',
      source: 'host/web1',
      largestFrame: 16_777_216,
      lastCounter: 0,
      durable: true,
      principal: 'admin',
      hub: { name: 'web1', version: '0.1.0' },
    },
    `86000000 03 89 a7 76657273696f6e 01 a8 6665617475726573 90 a5 65706f6368 a4 6b336639 a6 736f75726365
     a9 686f73742f77656231 ac 6c6172676573744672616d65 ce 01000000 ab 6c617374436f756e746572 00
     a7 64757261626c65 c3 a9 7072696e636970616c a5 61646d696e
     a3 687562 82 a4 6e616d65 a4 77656231 a7 76657273696f6e a5 302e312e30`,
  ],
  subscribe: [
    { filters: ['host/*', '!host/*/load'], from: '-1h' },
    '28000000 04 82 a7 66696c74657273 92 a6 686f73742f2a ac 21686f73742f2a2f6c6f6164 a4 66726f6d a3 2d3168',
  ],
  unsubscribe: [{}, '02000000 05 80'],
  accepted: [
    { counter: 7, cursor: 'k3f9-1042', run: 3 },
    '21000000 06 83 a7 636f756e746572 07 a6 637572736f72 a9 6b3366392d31303432 a3 72756e 03',
  ],
  durable: [{ counter: 300 }, '0d000000 07 81 a7 636f756e746572 cd 012c'],
  refused: [
    { counter: 8, code: 'TCN_TAG_EMPTY', message: 'the tag is empty' },
    `37000000 08 83 a7 636f756e746572 08 a4 636f6465 ad 54434e5f5441475f454d505459
     a7 6d657373616765 b0 7468652074616720697320656d707479`,
  ],
  ack: [
    { seqs: [1, 70_000], result: 'retry', delay: 500 },
    '24000000 09 83 a4 73657173 92 01 ce 00011170 a6 726573756c74 a5 7265747279 a5 64656c6179 cd 01f4',
  ],
  gap: [
    { from: 5, to: 9, reason: 'expired', cursor: 'k3f9-9' },
    '29000000 0a 84 a4 66726f6d 05 a2 746f 09 a6 726561736f6e a7 65787069726564 a6 637572736f72 a6 6b3366392d39',
  ],
  live: [{ cursor: 'k3f9-9' }, '10000000 0b 81 a6 637572736f72 a6 6b3366392d39'],
  position: [{ cursor: 'k3f9-9' }, '10000000 0c 81 a6 637572736f72 a6 6b3366392d39'],
  gate: [
    { name: 'commit', counter: 9, deadline: 5000 },
    '23000000 0d 83 a4 6e616d65 a6 636f6d6d6974 a7 636f756e746572 09 a8 646561646c696e65 cd 1388',
  ],
  gateDone: [
    { name: 'commit', seq: 1043, answer: { ok: true } },
    '21000000 0e 83 a4 6e616d65 a6 636f6d6d6974 a3 736571 cd 0413 a6 616e73776572 81 a2 6f6b c3',
  ],
  request: [
    { id: 1, method: 'hub.status', params: {} },
    '20000000 0f 83 a2 6964 01 a6 6d6574686f64 aa 6875622e737461747573 a6 706172616d73 80',
  ],
  reply: [
    { id: 1, result: 'fine', more: true },
    '18000000 10 83 a2 6964 01 a6 726573756c74 a4 66696e65 a4 6d6f7265 c3',
  ],
  cancel: [{ id: 3 }, '06000000 17 81 a2 6964 03'],
  packed: [
    { length: 3, deflated: Uint8Array.of(1, 2) },
    '17000000 18 82 a6 6c656e677468 03 a8 6465666c61746564 c4 02 0102',
  ],
  ping: [{}, '02000000 11 80'],
  pong: [{ id: 2 }, '06000000 12 81 a2 6964 02'],
  error: [
    { code: 'TCN_PROTOCOL_OP', message: 'op 99 is not known' },
    '32000000 13 82 a4 636f6465 af 54434e5f50524f544f434f4c5f4f50 a7 6d657373616765 b2 6f70203939206973206e6f74206b6e6f776e',
  ],
  lag: [{ waiting: 12, since: 1_800_000 }, '16000000 16 82 a7 77616974696e67 0c a5 73696e6365 ce 001b7740'],
  goodbye: [
    { code: 'END', message: 'all', cursor: 'k3f9-9' },
    '25000000 14 83 a4 636f6465 a3 454e44 a7 6d657373616765 a3 616c6c a6 637572736f72 a6 6b3366392d39',
  ],
}
const names = Object.keys(examples) as ControlName[]

describe('control records', () => {
  it.each(names)('%s has these bytes', (name) => {
    const [body, hex] = examples[name]
    const bytes = fromHex(hex)
    expect(toHex(encodeRecord(name, body))).toBe(toHex(bytes))
    expect(decodeWhole(bytes)).toEqual({ name, body })
  })

  it('are named by ops that never change', () => {
    expect(Op).toEqual({
      event: 1,
      hello: 2,
      welcome: 3,
      subscribe: 4,
      unsubscribe: 5,
      accepted: 6,
      durable: 7,
      refused: 8,
      ack: 9,
      gap: 10,
      live: 11,
      position: 12,
      gate: 13,
      gateDone: 14,
      request: 15,
      reply: 16,
      ping: 17,
      pong: 18,
      error: 19,
      goodbye: 20,
      forwarded: 21,
      lag: 22,
      cancel: 23,
      packed: 24,
    })
  })

  it('omit undefined values, and treat nil as absent', () => {
    expect(toHex(encodeRecord('pong', { id: undefined }))).toBe(toHex(fromHex('02000000 12 80')))
    expect(decodeWhole(fromHex('06000000 12 81 a2 6964 c0'))).toEqual({ name: 'pong', body: {} })
  })

  it('ignore unknown keys, including those that objects inherit', () => {
    const body = encode({ counter: 1, later: 'x', toString: 'y' })
    expect(decodeRecord(Op.durable, body, 0, body.length)?.body).toEqual({ counter: 1 })
    const hostile = fromHex('82 a9 5f5f70726f746f5f5f 81 a7 636f756e746572 05 a1 78 01')
    expect(codeOf(() => decodeRecord(Op.durable, hostile, 0, hostile.length))).toBe('TCN_PROTOCOL_BODY')
  })

  it('with an op of 128 or more are skipped, other unknown ones are refused', () => {
    for (const op of [128, 200, 255]) expect(decodeRecord(op, fromHex('c1'), 0, 1)).toBeUndefined()
    for (const op of [0, 21, 25, 99, 127]) {
      expect(codeOf(() => decodeRecord(op, fromHex('80'), 0, 1))).toBe('TCN_PROTOCOL_OP')
    }
  })

  it.each(names)('%s cut at any byte is refused: TCN_PROTOCOL_BODY', (name) => {
    const record = encodeRecord(name, examples[name][0])
    for (let end = 5; end < record.length; end++) {
      expect(codeOf(() => decodeRecord(record[4], record, 5, end))).toBe('TCN_PROTOCOL_BODY')
    }
  })

  it('are one map, with nothing after it', () => {
    const faulty = ['', '8080', 'c0', '01', '90', 'a0', 'c1', 'dfffffffff', '8101c0', 'd44e00']
    for (const hex of faulty) {
      const bytes = fromHex(hex)
      expect(codeOf(() => decodeRecord(Op.ping, bytes, 0, bytes.length))).toBe('TCN_PROTOCOL_BODY')
    }
  })

  it('nested 10,000 deep are refused without a stack overflow', () => {
    const deep = new Uint8Array(10_002).fill(0x91)
    deep.set(fromHex('81 a2 6964'))
    deep[10_001] = 0xc0
    expect(codeOf(() => decodeRecord(Op.ping, deep, 0, deep.length))).toBe('TCN_PROTOCOL_BODY')
  })

  it.each<[ControlName, unknown, string]>([
    ['hello', {}, 'version is not a whole number'],
    ['hello', { version: '1' }, 'version is not a whole number'],
    ['hello', { version: 1.5 }, 'version is not a whole number'],
    ['hello', { version: 1, features: ['a', 1] }, 'features[1] is not text'],
    ['hello', { version: 1, producer: 7 }, 'producer is not text'],
    ['subscribe', { filters: [1] }, 'filters[0] is not text'],
    ['subscribe', { filters: 7 }, 'filters is not a map with text keys'],
    ['subscribe', { lag: 'sometimes' }, 'lag is not one of catch-up, skip, disconnect'],
    ['subscribe', { maxLag: { bytes: -1 } }, 'maxLag.bytes is not a whole number'],
    ['durable', { counter: 2 ** 60 }, 'counter is not a whole number'],
    ['ack', { seqs: 5, result: 'done' }, 'seqs is not a list'],
    ['ack', { seqs: [], result: 'perhaps' }, 'result is not one of done, retry, park'],
    ['gateDone', { name: 'g', seq: 1, answers: [{}] }, 'answers[0].subscriber is not text'],
    ['request', { id: 1, method: 'a', params: [] }, 'params is not a map with text keys'],
    ['reply', { id: 1, more: 1 }, 'more is not true or false'],
  ])('%s %o is refused with the field that does not match', (name, body, what) => {
    const bytes = encode(body)
    const error = (() => {
      try {
        decodeRecord(Op[name], bytes, 0, bytes.length)
      } catch (thrown) {
        return thrown as TocsinError
      }
    })()
    expect(error).toMatchObject({
      code: 'TCN_PROTOCOL_BODY',
      message: `${name}: ${what}`,
      details: { op: name },
    })
  })

  it('are limited by their op, when sent and when received', () => {
    const bounds: [ControlName, number][] = [
      ['hello', MAX_HELLO_BYTES],
      ['durable', MAX_CONTROL_BYTES],
      ['subscribe', MAX_REQUEST_BYTES],
      ['request', MAX_REQUEST_BYTES],
      ['reply', MAX_REPLY_BYTES],
    ]
    for (const [name, limit] of bounds) expect(recordLimit(name)).toBe(limit)
    const long = 'x'.repeat(MAX_CONTROL_BYTES)
    expect(codeOf(() => encodeRecord('error', { code: long, message: '' }))).toBe('TCN_PROTOCOL_LENGTH')
    const body = encode({ code: long, message: '' })
    expect(codeOf(() => decodeRecord(Op.error, body, 0, body.length))).toBe('TCN_PROTOCOL_LENGTH')
    expect(codeOf(() => encodeRecord('reply', { id: 1, result: long }))).toBe('nothing thrown')
  })

  it('of a subscriber have at most 32,768 values', () => {
    const filters = (count: number) => new Array(count).fill('')
    const decoded = (name: 'subscribe' | 'request', body: object) =>
      decodeWhole(encodeRecord(name, body as never))
    expect(decoded('subscribe', { filters: filters(32_765) })?.body).toEqual({ filters: filters(32_765) })
    expect(() => decoded('subscribe', { filters: filters(32_766) })).toThrow('more than 32768 values')
    const long = { method: 'events.read', params: { filters: filters(32_765) } }
    expect(decoded('request', { id: 3, ...long })?.body).toEqual({ id: 3, method: '', tooLong: true })
    expect(() => decoded('request', long)).toThrow('more than 32768 values')
  })

  it('are decoded unchanged, whatever a request contains', () => {
    const params = fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer())),
    )
    fc.assert(
      fc.property(fc.nat(), fc.string(), params, (id, method, values) => {
        const body = { id, method, params: { ...values } }
        expect(decodeWhole(encodeRecord('request', body))).toEqual({ name: 'request', body })
      }),
    )
  })
})
