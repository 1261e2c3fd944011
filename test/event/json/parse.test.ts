import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson, parsePlainJson } from '../../../src/event/json/parse.js'

describe('JSON with long integers', () => {
  it('keeps integers up to 64 bits exactly, and others as JSON.parse reads them', () => {
    const text = `{"a": [9007199254740991, 9007199254740993,-9223372036854775808 , 18446744073709551615],
      "b":{"c":18446744073709551616,"d":-9223372036854775809,"e":9007199254740993.0,"f":9007199254740993e0}}`
    expect(parseJson(text)).toEqual({
      a: [9007199254740991, 9007199254740993n, -(2n ** 63n), 2n ** 64n - 1n],
      b: { c: 2 ** 64, d: -(2 ** 63), e: 2 ** 53, f: 2 ** 53 },
    })
    expect(parseJson('[9007199254740992,120000000000000000]')).toEqual([2 ** 53, 1.2e17])
    expect(parseJson('12345678901234567890')).toBe(12345678901234567890n)
    expect(parseJson('9'.repeat(100_000).replace(/^/, '[0.5,').concat(']'))).toEqual([0.5, Infinity])
  })

  it('reads everything else as JSON.parse does, including text with digits, quotes and backslashes', () => {
    const long = fc.string({ unit: fc.constantFrom('"', '\\', ' ', ':', ',', '1234567890123456', '{', ']') })
    const value = fc.jsonValue({ maxDepth: 5 })
    fc.assert(
      fc.property(fc.dictionary(long, value), long, fc.constantFrom(undefined, 1), (map, text, space) => {
        const json = JSON.stringify([map, text, ' 1234567890123456'], null, space)
        // Not JSON.parse, which misreads some keys in newer versions of V8.
        const same = JSON.stringify([map, text, ' 1234567890123456'])
        expect(JSON.stringify(parseJson(json))).toBe(same)
        expect(JSON.stringify(parsePlainJson(json))).toBe(same)
      }),
    )
    expect(parseJson('{"__proto__":12345678901234567890}')).toHaveProperty('__proto__', 12345678901234567890n)
    expect(() => parseJson('{"a":12345678901234567890')).toThrow(SyntaxError)
  })

  it('reads keys with escapes whatever keys were read before', () => {
    const keys = ['\\', '\n', '"', '\t', '\\\\', 'k\\', 'k\n', 'k"']
    for (const read of [parseJson, parsePlainJson])
      for (const before of keys)
        for (const key of keys) {
          read(JSON.stringify({ first: 0, [before]: 1 }))
          expect(Object.keys(read(JSON.stringify({ first: 0, [key]: 1 })) as object)).toEqual(['first', key])
        }
  })
})
