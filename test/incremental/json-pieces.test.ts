import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toCloudEvent } from '../../src/event/cloudevents.js'
import { Event } from '../../src/event/event.js'
import { encodeFrame } from '../../src/event/frame.js'
import { jsonView } from '../../src/event/json/view.js'
import { decode } from '../../src/event/msgpack/decoder.js'
import { encode } from '../../src/event/msgpack/encoder.js'
import { Ext } from '../../src/event/msgpack/values.js'
import { jsonPieces } from '../../src/incremental/json-pieces.js'
import { cloudEventPieces, isLong, KEPT_PIECES, LongText } from '../../src/incremental/long-text.js'
import { plainValue, scalar } from '../event/msgpack/arbitrary.js'

const view = { epoch: 'e', typeOf: () => 'tocsin.event' }
const piecesOf = (bytes: Uint8Array) => [...jsonPieces(bytes, 0, bytes.length)]
const shown = (bytes: Uint8Array) => JSON.parse(JSON.stringify(jsonView(decode(bytes))))
const eventOf = (body: Uint8Array) =>
  new Event(encodeFrame({ tag: 'a/b', source: 'host/a', body, seq: 7, time: 1e15 }))

const MAX_PIECE = 64 * 1024

/** A list that is written item by item. */
const list = (count: number, item: unknown) => encode(new Array(count).fill(item))

describe('msgpack as JSON in pieces', () => {
  it('is what it is at once, whatever it contains', () => {
    const long = fc
      .tuple(fc.array(fc.oneof(plainValue, scalar), { maxLength: 3 }), fc.constantFrom(0, 1, 2000))
      .map(
        // The filler makes all containers around it long.
        ([values, filler]) =>
          encode([values, new Map<unknown, unknown>([[1, [values, 'ä\u{1f514}'.repeat(filler)]]])]),
      )
    fc.assert(
      fc.property(long, (bytes) => {
        expect(JSON.parse(piecesOf(bytes).join(''))).toEqual(shown(bytes))
      }),
    )
  })

  it.each([
    ['many values', list(100_000, null)],
    ['many small maps', list(20_000, { a: 1, b: [] })],
    ['a long text', encode('\u0000ä\u{1f514}x'.repeat(100_000))],
    ['a long key', encode({ ['\u{1f514}x'.repeat(50_000)]: 1 })],
    ['a very long key', encode({ ['\u0001x'.repeat(500_000)]: 1 })],
    ['a long key of bytes', encode(new Map([[new Uint8Array(300_000).fill(7), 1]]))],
    ['a long key that is a list', encode(new Map([[Array(50_000).fill('"\u{1f514}'), 1]]))],
    ['a long key that is an ext', encode(new Map([[new Ext(5, new Uint8Array(300_000)), 1]]))],
    ['long bytes', encode(new Uint8Array(500_001).fill(7))],
    ['a long ext', encode([new Ext(5, new Uint8Array(100_000))])],
    ['many keys', encode(Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`k${n}`, n])))],
    ['keys that are no text', encode(new Map(Array.from({ length: 5000 }, (_, n) => [n, 'x'])))],
    ['maps in each other', nested(400)],
    ['a list as a key', encode(new Map([[new Array(60_000).fill(1), 1]]))],
    ['much behind a key', encode({ a: { b: [new Array(600_000).fill(null), { c: 1 }] }, d: 'x' })],
  ])('has short pieces: %s', (_what, bytes) => {
    const pieces = piecesOf(bytes)
    expect(JSON.parse(pieces.join(''))).toEqual(shown(bytes))
    expect(pieces.length).toBeGreaterThan(bytes.length / MAX_PIECE)
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(MAX_PIECE)
  })

  it('looks at few values for a piece, even if nothing is written', () => {
    const pieces = piecesOf(encode(new Map(Array.from({ length: 60_000 }, (_, n) => [n, null]))))
    expect(pieces.filter((piece) => piece === '').length).toBeGreaterThan(200)
  })

  it('walks through few bytes for a piece, however many are behind a key', () => {
    const pieces = jsonPieces(encode({ a: [new Array(5_000_000).fill(null)] }), 0, 5_000_008)
    let before = 0
    for (let piece = pieces.next(); piece.value === ''; piece = pieces.next()) before++
    expect(before).toBeGreaterThan(15)
  })

  it('looks at a long key in steps', () => {
    const pieces = piecesOf(encode({ a: 1, ['k'.repeat(1_000_000)]: 2 }))
    expect(pieces.findIndex((piece) => piece !== '')).toBeGreaterThanOrEqual(
      Math.floor(1_000_000 / MAX_PIECE),
    )
    expect(pieces.join('')).toBe(`{"a":1,"${'k'.repeat(1_000_000)}":2}`)
  })

  it('replaces bytes that are not UTF-8 as the platform does, wherever they are', () => {
    for (const odd of [[0x80, 0x80, 0x80, 0x80, 0x80], [0xf0, 0x9f], [0xed, 0xa0, 0x80], [0xc3]]) {
      const text = Buffer.from(Array.from({ length: 9000 }, (_, n) => odd[n % odd.length]))
      const bytes = Buffer.concat([Uint8Array.of(0xda, text.length >> 8, text.length & 0xff), text])
      expect(JSON.parse(piecesOf(bytes).join(''))).toBe(text.toString())
    }
  })

  it('has the last of several values of a key, as an object has', () => {
    const key = encode('same')
    const bytes = Buffer.concat([Uint8Array.of(0x82), key, encode('x'.repeat(9000)), key, Uint8Array.of(7)])
    expect(piecesOf(bytes).join('')).toBe('{"same":7}')
    const long = 'k'.repeat(50_000)
    const pairs = [long, 1, 'other', 2, `${long}l`, 3, long, 4].map((value) => encode(value))
    expect(piecesOf(Buffer.concat([Uint8Array.of(0x84), ...pairs])).join('')).toBe(
      `{"${long}":4,"other":2,"${long}l":3}`,
    )
  })
})

function nested(depth: number): Uint8Array {
  let value: unknown = 'x'.repeat(5000)
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? { level: value } : [value]
  return encode(value)
}

describe('a long event as JSON', () => {
  it.each([
    ['text', encode('x'.repeat(200_000))],
    ['bytes', encode(new Uint8Array(200_000))],
    ['many values', list(20_000, 1)],
    ['too many values for JSON', list(200_000, null)],
  ])('is the CloudEvent that it is at once: %s', (_what, body) => {
    const event = eventOf(body)
    expect(isLong(event)).toBe(true)
    expect(JSON.parse([...cloudEventPieces(event, view)].join(''))).toEqual(
      JSON.parse(JSON.stringify(toCloudEvent(event, view))),
    )
  })

  it.each([
    ['a body with few values', list(5000, 'a usual word')],
    ['a short body', list(16_000, null)],
  ])('is not one with %s', (_what, body) => {
    expect(isLong(eventOf(body))).toBe(false)
  })
})

describe('the text of a long event', () => {
  function counted(pieces: number) {
    let made = 0
    function* make(): Generator<string, void> {
      for (let index = 0; index < pieces; index++) {
        made++
        yield `${index} `
      }
    }
    return { text: new LongText(make), made: () => made }
  }
  const textOf = (pieces: Iterable<Uint8Array>) => Buffer.concat([...pieces]).toString()

  it('is made once for readers at about the same place', () => {
    const { text, made } = counted(100)
    const readers = Array.from({ length: 5 }, () => text.read())
    const seen = readers.map(() => '')
    for (let step = 0; step < 100; step++)
      for (const [nth, reader] of readers.entries()) seen[nth] += Buffer.from(reader.next().value!).toString()
    expect(made()).toBe(100)
    expect(new Set(seen).size).toBe(1)
  })

  it('is made step by step, as it is read', () => {
    const { text, made } = counted(100)
    const reader = text.read()
    reader.next()
    reader.next()
    expect(made()).toBe(2)
  })

  it('is made again for a reader that is far behind, in steps of one piece', () => {
    const { text, made } = counted(100)
    const slow = text.read()
    let seen = Buffer.from(slow.next().value!).toString()
    const whole = textOf(text.read())
    expect(made()).toBe(100)
    for (let step = slow.next(); !step.done; step = slow.next()) {
      seen += Buffer.from(step.value).toString()
      expect(made()).toBeLessThanOrEqual(200)
    }
    expect(seen).toBe(whole)
    expect(made()).toBe(200)
  })

  it('is not kept but for its last pieces', () => {
    const { text, made } = counted(KEPT_PIECES * 2)
    textOf(text.read())
    // None of the first half is there any more, so all is made again.
    textOf(text.read())
    expect(made()).toBe(KEPT_PIECES * 4)
  })
})
