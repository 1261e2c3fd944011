import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode } from '../../../src/event/msgpack/decoder.js'
import { encode } from '../../../src/event/msgpack/plain-encoder.js'
import { toHex } from '../bytes.js'

const compact = (text: string) => text.replace(/\s+/g, '')

describe('the short encoder of pages', () => {
  it.each<[unknown, string]>([
    [null, 'c0'],
    [undefined, 'c0'],
    [true, 'c3'],
    [false, 'c2'],
    [0, '00'],
    [127, '7f'],
    [128, 'ce 00 00 00 80'],
    [2 ** 32 - 1, 'ce ff ff ff ff'],
    [2 ** 32, 'cb 41 f0 00 00 00 00 00 00'],
    [-1, 'cb bf f0 00 00 00 00 00 00'],
    [1.5, 'cb 3f f8 00 00 00 00 00 00'],
    ['', 'a0'],
    ['é', 'a2 c3 a9'],
    [[1, [2]], '92 01 91 02'],
    [{ a: 1, b: undefined, c: {} }, '82 a1 61 01 a1 63 80'],
  ])('writes %j as %s', (value, bytes) => {
    expect(compact(toHex(encode(value)))).toBe(compact(bytes))
  })

  it('writes what reads as the same, also long texts, lists and maps', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // JSON has no negative zero.
        const plain: unknown = JSON.parse(JSON.stringify(value))
        expect(decode(encode(plain))).toEqual(plain)
      }),
    )
    const long = {
      text: '文'.repeat(70_000),
      list: Array.from({ length: 70_000 }, (_, n) => n),
      map: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`key${n}`, n])),
    }
    expect(decode(encode(long))).toEqual(long)
  })
})
