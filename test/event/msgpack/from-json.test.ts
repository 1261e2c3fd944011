import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { JsonTranscoder } from '../../../src/event/msgpack/from-json.js'
import { parseStrictJson } from '../../../src/faces/strict-json.js'

const transcoder = new JsonTranscoder()
const transcoded = (text: string): Uint8Array | undefined => {
  const json = Buffer.from(`x${text}}]9`)
  const size = transcoder.transcode(json, 1, json.length - 3)
  return size < 0 ? undefined : transcoder.bytes.slice(0, size)
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

  it('writes nothing for text that is damaged, unless it is still sound', () => {
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
  ])('leaves %s to others', (text) => {
    expect(transcoded(text)).toBeUndefined()
  })
})
