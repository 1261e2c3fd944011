import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import type { TocsinError } from '../../../src/errors/tocsin-error.js'
import { decode } from '../../../src/event/msgpack/decoder.js'
import { Encoder, encode, encodedLength, SPARE_BYTES } from '../../../src/event/msgpack/encoder.js'
import { Ext, SaltConstant, Timestamp } from '../../../src/event/msgpack/values.js'
import { hex, toHex } from '../bytes.js'

function codeOf(run: () => void): string {
  try {
    run()
  } catch (error) {
    return (error as TocsinError).code
  }
  return 'nothing thrown'
}

const compact = (text: string) => text.replace(/\s+/g, '')

describe('encoding', () => {
  it.each<[unknown, string]>([
    [null, 'c0'],
    [undefined, 'c0'],
    [true, 'c3'],
    [false, 'c2'],
    [0, '00'],
    [-0, '00'],
    [127, '7f'],
    [128, 'cc 80'],
    [255, 'cc ff'],
    [256, 'cd 0100'],
    [65535, 'cd ffff'],
    [65536, 'ce 00010000'],
    [2 ** 31, 'ce 80000000'],
    [2 ** 32 - 1, 'ce ffffffff'],
    [2 ** 32, 'cf 0000000100000000'],
    [2 ** 53 - 1, 'cf 001fffffffffffff'],
    [-1, 'ff'],
    [-32, 'e0'],
    [-33, 'd0 df'],
    [-128, 'd0 80'],
    [-129, 'd1 ff7f'],
    [-32768, 'd1 8000'],
    [-32769, 'd2 ffff7fff'],
    [-(2 ** 31), 'd2 80000000'],
    [-(2 ** 31) - 1, 'd3 ffffffff7fffffff'],
    [-(2 ** 53) + 1, 'd3 ffe0000000000001'],
    [2 ** 53, 'cb 4340000000000000'],
    [1.5, 'cb 3ff8000000000000'],
    [Number.NaN, 'cb 7ff8000000000000'],
    [Number.NEGATIVE_INFINITY, 'cb fff0000000000000'],
    [5n, '05'],
    [-(2n ** 53n), 'd3 ffe0000000000000'],
    [2n ** 64n - 1n, 'cf ffffffffffffffff'],
    [-(2n ** 63n), 'd3 8000000000000000'],
    ['', 'a0'],
    ['abc', 'a3 616263'],
    ['é✓𝄞', 'a9 c3a9 e29c93 f09d849e'],
    ['\ud800a', 'a4 efbfbd 61'],
    [hex('0102'), 'c4 02 0102'],
    [Buffer.from([1]), 'c4 01 01'],
    [new ArrayBuffer(2), 'c4 02 0000'],
    [new DataView(new ArrayBuffer(3), 1), 'c4 02 0000'],
    [new Uint16Array([1, 300]), '92 01 cd 012c'],
    [[], '90'],
    [[undefined, 1], '92 c0 01'],
    [new Set([1]), '91 01'],
    [{}, '80'],
    [{ a: undefined, b: 1 }, '81 a162 01'],
    [Object.assign(Object.create(null), { a: 1 }), '81 a161 01'],
    [
      new Map<unknown, unknown>([
        [1, 'a'],
        [null, undefined],
      ]),
      '82 01 a161 c0 c0',
    ],
    [new Date(1000), 'd6 ff 00000001'],
    [new Date(1016), 'd7 ff 03d09000 00000001'],
    [new Date(-1000), 'c7 0c ff 00000000 ffffffffffffffff'],
    [new Date(-1), 'c7 0c ff 3b8b87c0 ffffffffffffffff'],
    [new Date(8.64e15), 'c7 0c ff 00000000 000007dba8218000'],
    [new Date(Number.NaN), 'c0'],
    [new Timestamp(1, 1), 'd7 ff 00000004 00000001'],
    [new Timestamp(2 ** 33 + 1, 1), 'd7 ff 00000006 00000001'],
    [new Ext(7, hex('')), 'c7 00 07'],
    [new Ext(7, hex('aa')), 'd4 07 aa'],
    [new Ext(-7, hex('aabb')), 'd5 f9 aabb'],
    [new Ext(7, hex('aabbcc')), 'c7 03 07 aabbcc'],
    [new SaltConstant('NOT_SET', null), 'c7 0a 4f 92 a7 4e4f545f534554 c0'],
    [new URL('file:///a'), 'a9 66696c653a2f2f2f61'],
    [
      new (class {
        x = 1
        get y() {
          return 2
        }
      })(),
      '81 a178 01',
    ],
  ])('writes %s as %s', (value, bytes) => {
    expect(toHex(encode(value))).toBe(compact(bytes))
  })

  it.each([
    [
      'text',
      (size: number) => 'x'.repeat(size),
      [
        [31, 'bf'],
        [32, 'd920'],
        [255, 'd9ff'],
        [256, 'da0100'],
        [65535, 'daffff'],
        [65536, 'db00010000'],
      ],
    ],
    [
      'bytes',
      (size: number) => new Uint8Array(size),
      [
        [255, 'c4ff'],
        [256, 'c50100'],
        [65535, 'c5ffff'],
        [65536, 'c600010000'],
      ],
    ],
    [
      'an array',
      (size: number) => Array(size).fill(0),
      [
        [15, '9f'],
        [16, 'dc0010'],
        [65535, 'dcffff'],
        [65536, 'dd00010000'],
      ],
    ],
    [
      'a map',
      (size: number) => Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, i])),
      [
        [15, '8f'],
        [16, 'de0010'],
        [65535, 'deffff'],
        [65536, 'df00010000'],
      ],
    ],
    [
      'a Map',
      (size: number) => new Map(Array.from({ length: size }, (_, i) => [i, i])),
      [
        [15, '8f'],
        [16, 'de0010'],
        [65535, 'deffff'],
      ],
    ],
    [
      'an ext',
      (size: number) => new Ext(1, new Uint8Array(size)),
      [
        [1, 'd401'],
        [2, 'd501'],
        [4, 'd601'],
        [8, 'd701'],
        [16, 'd801'],
        [5, 'c70501'],
        [255, 'c7ff01'],
        [256, 'c8010001'],
        [65536, 'c90001000001'],
      ],
    ],
  ] as [string, (size: number) => unknown, [number, string][]][])(
    'writes %s with the shortest header',
    (_, make, heads) => {
      for (const [size, head] of heads) {
        const value = make(size)
        const bytes = encode(value)
        expect(toHex(bytes.subarray(0, head.length / 2))).toBe(head)
        // toEqual takes seconds for this many entries.
        expect(isDeepStrictEqual(decode(bytes), value)).toBe(true)
      }
    },
  )

  it('writes text of any mix of widths', () => {
    for (const length of [10, 30, 31, 32, 63, 64, 65, 84, 85, 86, 128, 255, 256, 21845, 21846, 65536]) {
      for (const unit of ['a', 'é', '✓', '𝄞', 'aé', '✓a']) {
        const text = unit.repeat(length)
        expect(decode(encode(text))).toBe(text)
      }
    }
  })

  it('calls toJSON of objects that are not plain', () => {
    class Celsius {
      toJSON() {
        return { degrees: 20 }
      }
    }
    expect(decode(encode([new Celsius()]))).toEqual([{ degrees: 20 }])
  })

  it('refuses values that msgpack cannot represent', () => {
    for (const value of [() => 1, Symbol('a'), 2n ** 64n, -(2n ** 63n) - 1n]) {
      expect(codeOf(() => encode({ a: [value] }))).toBe('TCN_BODY_UNSUPPORTED')
    }
  })

  it('accepts 512 levels and refuses 513, and thus cycles', () => {
    const nested = (levels: number) =>
      Array.from({ length: levels }).reduce<unknown>((inner) => ({ a: inner }), 1)
    expect(decode(encode(nested(512)))).toEqual(nested(512))
    expect(codeOf(() => encode(nested(513)))).toBe('TCN_BODY_DEPTH')
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(codeOf(() => encode(cycle))).toBe('TCN_BODY_DEPTH')
    const endless = { toJSON: () => endless, hidden: true }
    Object.setPrototypeOf(endless, class {}.prototype)
    expect(codeOf(() => encode(endless))).toBe('TCN_BODY_DEPTH')
  })

  it('distinguishes maps with similar keys', () => {
    for (let round = 0; round < 3; round++) {
      for (const value of [
        { a: 1, b: 2 },
        { a: 1, c: 2 },
        { b: 1, a: 2 },
        { a: { a: 1 }, b: { b: 1, c: 2 } },
        { é: 1 },
      ]) {
        expect(decode(encode(value))).toEqual(value)
      }
    }
  })

  it('writes thousands of maps whose keys are data', () => {
    for (let round = 0; round < 10_000; round++) {
      const value = { id: 1, [`minion-${round}`]: { ok: true } }
      expect(decode(encode(value))).toEqual(value)
    }
  })

  it('accepts prototype names as keys', () => {
    const value = JSON.parse('{"__proto__":{"a":1},"constructor":2}')
    expect(Object.keys(decode(encode(value)) as object)).toEqual(['__proto__', 'constructor'])
  })

  it('survives a getter that encodes', () => {
    const value = {
      a: 1,
      get b() {
        return encode({ c: 'inner' })
      },
      d: 4,
    }
    expect(decode(encode(value))).toEqual({ a: 1, b: encode({ c: 'inner' }), d: 4 })
  })
})

describe('encoding into memory of the caller', () => {
  it('writes at the offset and returns the offset after the value', () => {
    const memory = new Uint8Array(1000).fill(0xee)
    const end = new Encoder().encodeInto({ a: [1, 'x'] }, memory, 10)
    expect(toHex(memory.subarray(10, end))).toBe('81a1619201a178')
    expect(memory.subarray(0, 10)).toEqual(new Uint8Array(10).fill(0xee))
  })

  it('reports that a value does not fit, for every value and every size of memory', () => {
    const encoder = new Encoder()
    const values: unknown[] = [
      'x'.repeat(100),
      'é'.repeat(100),
      new Uint8Array(100),
      { key: [1, 2, { long: 'value' }] },
      new Map([[1, 2]]),
    ]
    values.push(
      new Date(),
      1,
      new Ext(1, new Uint8Array(50)),
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, i])),
    )
    for (const value of values) {
      const expected = encode(value)
      let fits = 0
      for (let size = 0; size < expected.length + SPARE_BYTES + 10; size++) {
        const memory = new Uint8Array(size)
        const end = encoder.encodeInto(value, memory, 0)
        if (end < 0) continue
        fits++
        expect(memory.subarray(0, end)).toEqual(expected)
      }
      expect(fits).toBeGreaterThan(0)
      expect(encoder.encodeInto(value, new Uint8Array(expected.length + SPARE_BYTES), 0)).toBe(
        expected.length,
      )
    }
  })

  it('measures values of any length as they are encoded, one after the other', () => {
    for (const length of [0, 100, 20_000, 200_000, 300_000, 5_000_000, 300_000, 200_000, 100]) {
      const value = { text: 'x'.repeat(length), list: [length] }
      expect(encodedLength(value)).toBe(encode(value).length)
    }
  })

  it('refuses a value over 64 MiB', () => {
    expect(codeOf(() => encode(new Uint8Array(64 * 1024 * 1024 + 1)))).toBe('TCN_FRAME_TOO_LARGE')
  })
})

describe('encoding of events one after the other', () => {
  it('gives the same bytes whether or not texts were seen before', () => {
    const encoder = new Encoder()
    const texts = [
      'ok',
      'ok',
      'ok',
      'failed',
      'ok',
      'é',
      'é',
      'é',
      'x'.repeat(80),
      'x'.repeat(80),
      'x'.repeat(80),
      'x'.repeat(200),
      '',
    ]
    for (let round = 0; round < 50; round++) {
      for (const text of texts) {
        const memory = new Uint8Array(1024)
        const value = { result: text, same: 'same', nested: { result: text }, list: [text] }
        const end = encoder.encodeInto(value, memory, 0)
        expect(memory.subarray(0, end)).toEqual(encode(value))
        expect(decode(memory, 0, end)).toEqual(value)
      }
    }
  })

  it('detects the end of memory for texts seen before too', () => {
    const encoder = new Encoder()
    const value = { a: 'x'.repeat(80), b: 'y'.repeat(80), c: 1 }
    const expected = encode(value)
    for (let round = 0; round < 5; round++) encoder.encodeInto(value, new Uint8Array(1024), 0)
    for (let size = 0; size < expected.length + SPARE_BYTES; size++) {
      const memory = new Uint8Array(size)
      const end = encoder.encodeInto(value, memory, 0)
      if (end >= 0) expect(memory.subarray(0, end)).toEqual(expected)
    }
    expect(encoder.encodeInto(value, new Uint8Array(expected.length + SPARE_BYTES), 0)).toBe(expected.length)
  })

  it('learns few keys of a value, however many it has', () => {
    const encoder = new Encoder()
    const memory = new Uint8Array(1024 * 1024)
    const numbered = (prefix: string) =>
      Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`${prefix}${index}`, index]))
    // The only place that encodes a text on its own is a key that is learned.
    const learned = vi.spyOn(TextEncoder.prototype, 'encode')
    try {
      for (const value of [numbered('a'), Object.keys(numbered('b')).map((key) => ({ [key]: 1 }))]) {
        learned.mockClear()
        const end = encoder.encodeInto(value, memory, 0)
        expect(learned.mock.calls.length).toBeLessThanOrEqual(64)
        expect(decode(memory, 0, end)).toEqual(value)
      }
    } finally {
      learned.mockRestore()
    }
  })

  it('learns few keys of many values whose keys are data', () => {
    const encoder = new Encoder()
    const memory = new Uint8Array(1024)
    const learned = vi.spyOn(TextEncoder.prototype, 'encode')
    try {
      for (let round = 0; round < 50_000; round++) encoder.encodeInto({ [`minion-${round}`]: 1 }, memory, 0)
      expect(learned.mock.calls.length).toBeLessThanOrEqual(4096)
    } finally {
      learned.mockRestore()
    }
  })
})
