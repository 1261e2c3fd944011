import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Event } from '../../../../src/event/event.js'
import { encodeFrame } from '../../../../src/event/frame.js'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { Ext, SaltConstant } from '../../../../src/event/msgpack/values.js'
import { eventJson, eventPieces } from '../../../../src/faces/salt/rest/event-json.js'
import { oddValues, values } from '../../../protocols/salt/codec/python-values.js'

const seed = Number(process.env.SEED ?? Date.now() % 1e6)
const MAX_PIECE = 64 * 1024

const eventOf = (body: Uint8Array, source = 'host/a') =>
  new Event(encodeFrame({ tag: 'a/"b', source, body, seq: 7, time: 1e15 }))
const bin = (bytes: Uint8Array) => encode(bytes)

/** Makes all containers around it long. */
const fillers = [encode('ä\u{1f514}'.repeat(2000)), bin(new Uint8Array(9000).fill(0xfe))]
const keys = [
  encode('_stamp'),
  encode('a'),
  encode(1),
  Uint8Array.of(0xc3),
  Uint8Array.of(0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0),
]

function mapOf(pairs: (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  return Buffer.concat([Uint8Array.of(0xde, 0, pairs.length), ...pairs.flat()])
}

const bodies: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.oneof(values, oddValues),
    fc.constantFrom(...fillers),
    fc.array(fc.constantFrom(...keys), { maxLength: 6 }),
  )
  .chain(([{ msgpack }, filler, chosen]) => {
    const pairs = chosen.map((key, index) => [key, index % 2 === 0 ? msgpack : filler] as const)
    const map = mapOf([[encode('long'), filler], ...pairs])
    return fc.constantFrom(
      map,
      mapOf([[map, filler]]),
      Buffer.concat([Uint8Array.of(0x93), map, filler, msgpack]),
      filler,
    )
  })

describe(`a long event of salt-api, seed ${seed}`, () => {
  it('is in pieces what it is at once, byte for byte, whatever it contains', () => {
    fc.assert(
      fc.property(bodies, fc.constantFrom('host/a', 'salt/master'), (body, source) => {
        const event = eventOf(body, source)
        expect([...eventPieces(event)].join('')).toBe(eventJson(event))
      }),
      { seed, numRuns: 1000 },
    )
  })

  it.each([
    ['many values', encode(new Array(100_000).fill(null))],
    ['many small maps', encode(new Array(20_000).fill({ a: 1, b: [] }))],
    ['a long text', encode('\u0000ä\u{1f514}x'.repeat(100_000))],
    ['a long text that is not UTF-8', longText(Buffer.alloc(300_000, 0xfe))],
    ['a long key', encode({ ['\u{1f514}x'.repeat(50_000)]: 1 })],
    ['a list as a key', mapOf([[encode(new Array(60_000).fill(1)), encode(1)]])],
    ['long bytes', bin(new Uint8Array(500_001).fill(0xfe))],
    ['long bytes that are text', bin(new Uint8Array(500_001).fill(0x22))],
    ['a long ext', encode([new Ext(5, new Uint8Array(100_000))])],
    ['a long constant', encode([new SaltConstant('ä"'.repeat(50_000), 1)])],
    ['an ext that is no constant', encode([new Ext(79, new Uint8Array(100_000))])],
    ['many keys', encode(Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`k${n}`, n])))],
    ['keys that are no text', encode(new Map(Array.from({ length: 5000 }, (_, n) => [n / 2, 'x'])))],
    ['much behind a key', encode({ a: { b: [new Array(600_000).fill(null), { c: 1 }] }, _stamp: 'x' })],
  ])('has short pieces: %s', (_what, body) => {
    const event = eventOf(body)
    const pieces = [...eventPieces(event)]
    expect(pieces.join('') === eventJson(event)).toBe(true)
    expect(pieces.length).toBeGreaterThan(body.length / MAX_PIECE)
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(MAX_PIECE * 1.1)
  })
})

it('a constant whose value is too long to look through is bytes', () => {
  const content = encode(['NAME', new Array(100_000).fill(null)])
  const text = [...eventPieces(eventOf(encode([new Ext(79, content)])))].join('')
  expect(text.includes(Buffer.from(content).toString('base64'))).toBe(true)
})

function longText(content: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5, 0xdb)
  head.writeUInt32BE(content.length, 1)
  return Buffer.concat([head, content])
}
