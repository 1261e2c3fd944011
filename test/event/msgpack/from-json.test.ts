import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson } from '../../../src/event/json/strict.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { FULL, JsonTranscoder, LEFT } from '../../../src/event/msgpack/from-json.js'

const transcoder = new JsonTranscoder()
const place = new Uint8Array(8192)
/** Transcodes a value that is surrounded by other bytes, both in the JSON and in the msgpack. */
const transcoded = (text: string): Uint8Array | undefined => {
  const json = Buffer.from(`x${text}}]9`)
  place.fill(0x77)
  const stop = transcoder.transcode(json, 1, json.length - 3, place, 5)
  expect(place[4]).toBe(0x77)
  return stop === json.length - 3 ? place.slice(5, transcoder.written) : undefined
}
const same = (text: string): boolean => {
  const bytes = transcoded(text)
  if (bytes === undefined) return false
  expect(Buffer.from(bytes)).toEqual(Buffer.from(encode(parseStrictJson(text))))
  return true
}

describe('JSON as msgpack without objects', () => {
  it('writes what the encoder writes, or nothing', () => {
    const plain = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' })
    fc.assert(fc.property(plain, (value) => void same(JSON.stringify(value))))
    fc.assert(fc.property(fc.double(), (value) => void same(JSON.stringify(value))))
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => void same(String(value))))
    const decimals = fc.tuple(fc.integer({ min: -1e8, max: 1e8 }), fc.nat(999_999))
    fc.assert(fc.property(decimals, ([whole, part]) => same(`${whole}.${part}`)))
  })

  it('writes nothing for damaged text, unless it is still valid', () => {
    const event = '{"a":"x é","b":[1,-1.5,true,{"c":null,"d":false}],"e":{"a":12345678901}}'
    expect(same(event)).toBe(true)
    expect(same('{"a": [1, 2], "b": {"c":  3}}')).toBe(true)
    const place = fc.nat(event.length)
    fc.assert(
      fc.property(place, fc.constantFrom(...'{}[],:"\\019.-ea\t\n '), fc.nat(3), (at, piece, gone) => {
        same(event.slice(0, at) + piece + event.slice(at + gone))
      }),
      { numRuns: 2000 },
    )
  })

  it('reports that a value does not fit, however little is missing', () => {
    const json = Buffer.from('{"a":"0123456789012345678901234567890123456789","b":[1.5,-70000,true,"x"]}')
    expect(transcoder.transcode(json, 0, json.length, place, 0)).toBe(json.length)
    const size = transcoder.written
    for (let room = 0; room < size; room++) {
      expect(transcoder.transcode(json, 0, json.length, new Uint8Array(room), 0)).toBe(FULL)
    }
    const enough = new Uint8Array(size + 16)
    expect(transcoder.transcode(json, 0, json.length, enough, 0)).toBe(json.length)
    expect(Buffer.from(enough.subarray(0, size))).toEqual(Buffer.from(encode(JSON.parse(json.toString()))))
  })

  it('stops at the end of the bytes, valid or not', () => {
    const stop = (text: string) => {
      const json = Uint8Array.from(Buffer.from(text))
      return transcoder.transcode(json, 0, json.length, place, 0)
    }
    for (const text of ['12', '-1.5', 'true', '"a"', '{"a":1}', '[1]'])
      expect(stop(text), text).toBe(text.length)
    for (const text of ['1.', '-', 'tru', '"a', '{"a":1', '{"a"', '{"', '{', '[1', '[', '']) {
      expect(stop(text), text).toBe(LEFT)
    }
  })

  it('distinguishes keys that look alike', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.array(key, { maxLength: 14 }), (keys) => {
        const text = `{${keys.map((name) => `"${name}":1`).join()}}`
        expect(same(text)).toBe(new Set(keys).size === keys.length)
      }),
    )
  })

  it('finds repeated keys among those that it has seen in other maps', () => {
    const seen = [
      '{"k1x":1,"k2":2,"k3":{"k1x":3,"k2":4}}',
      '{"k2":1,"k1x":2}',
      '{"k1x":1,"k3":[{"k2":1},{"k2":2}]}',
    ]
    for (const text of [...seen, ...seen]) expect(same(text)).toBe(true)
    const repeated = [
      '{"k1x":1,"k1x":2}',
      '{"k1x":1,"k2":2,"k1x":3}',
      '{"k1x":1,"k2":2,"k3":{"k1x":1,"k1x":2}}',
      '{"k1x":1,"k2":2,"k3":{"k1x":3,"k2":4},"k2":1}',
      '{"k1x":1,"new":2,"k1x":3}',
      '{"k3":[{"k2":1,"k2":2}]}',
    ]
    for (const text of [...repeated, ...seen, ...repeated]) expect(same(text), text).toBe(seen.includes(text))
  })

  it('transcodes maps whose keys are data, however many it has seen', () => {
    for (let n = 0; n < 3000; n++) {
      const keys = [0, 3, 6, 9, 12].map((bits) => `"key${bits}-${(n >> bits) & 7}":${n}`)
      expect(same(`{${keys.join()},"data${n}":1}`)).toBe(true)
    }
    expect(same('{"key0-1":1,"data7":2,"key0-1":3}')).toBe(false)
  })

  it('reads no key beyond the end of the value', () => {
    const json = Buffer.from('{"first":1,"second" : 2, "third":3}')
    for (let end = json.length; end > 0; end--)
      expect(transcoder.transcode(json, 0, end, place, 0)).toBe(end === json.length ? end : LEFT)
  })

  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"1":2}',
    '01',
    '1.',
    '-',
    '.5',
    '',
    '1 2',
    '{"a":1,}',
    '[1',
    'tru',
    '['.repeat(20),
    ' 1',
  ])('does not transcode %s', (text) => {
    expect(transcoded(text)).toBeUndefined()
  })
})
