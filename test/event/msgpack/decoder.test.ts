import { describe, expect, it } from 'vitest'
import type { TocsinError } from '../../../src/errors/tocsin-error.js'
import { decode } from '../../../src/event/msgpack/decoder.js'
import { Ext, SaltConstant, Timestamp } from '../../../src/event/msgpack/values.js'
import { concat, hex, text } from '../bytes.js'

function codeOf(bytes: Uint8Array): string {
  try {
    decode(bytes)
  } catch (error) {
    return (error as TocsinError).code
  }
  return 'decoded'
}

describe('decoding', () => {
  it.each<[string, unknown]>([
    ['c0', null],
    ['c2', false],
    ['c3', true],
    ['00', 0],
    ['7f', 127],
    ['e0', -32],
    ['ff', -1],
    ['cc ff', 255],
    ['cd 0100', 256],
    ['ce ffffffff', 4294967295],
    ['cf 001fffffffffffff', 2 ** 53 - 1],
    ['cf 0020000000000000', 2n ** 53n],
    ['cf ffffffffffffffff', 2n ** 64n - 1n],
    ['d0 80', -128],
    ['d1 8000', -32768],
    ['d2 80000000', -2147483648],
    ['d3 ffe0000000000001', -(2 ** 53) + 1],
    ['d3 8000000000000000', -(2n ** 63n)],
    ['d3 0000000000000005', 5],
    ['ca 3fc00000', 1.5],
    ['cb 3ff8000000000000', 1.5],
    ['cb 7ff0000000000000', Number.POSITIVE_INFINITY],
    ['a0', ''],
    ['a2 c3a9', 'é'],
    ['d9 01 61', 'a'],
    ['da 0001 61', 'a'],
    ['db 00000001 61', 'a'],
    ['a4 efbbbf61', '\ufeffa'],
    ['c4 02 00ff', hex('00ff')],
    ['c5 0001 01', hex('01')],
    ['c6 00000001 01', hex('01')],
    ['90', []],
    ['dc 0001 01', [1]],
    ['dd 00000001 01', [1]],
    ['80', {}],
    ['de 0001 a161 01', { a: 1 }],
    ['df 00000001 a161 01', { a: 1 }],
    ['82 a161 01 a161 02', { a: 2 }],
  ])('reads %s', (bytes, value) => {
    expect(decode(hex(bytes))).toEqual(value)
  })

  it('reads a range of larger memory', () => {
    expect(decode(hex('ff 92 01 02 ff'), 1, 4)).toEqual([1, 2])
  })

  it.each([
    ['', 'TCN_BODY_INVALID'],
    ['c1', 'TCN_BODY_INVALID'],
    ['a2 61', 'TCN_BODY_INVALID'],
    ['92 01', 'TCN_BODY_INVALID'],
    ['82 a161 01', 'TCN_BODY_INVALID'],
    ['c4 05 00', 'TCN_BODY_INVALID'],
    ['cb 00', 'TCN_BODY_INVALID'],
    ['d8 4e 00', 'TCN_BODY_INVALID'],
    ['df ffffffff', 'TCN_BODY_INVALID'],
    ['dd ffffffff', 'TCN_BODY_INVALID'],
    ['01 02', 'TCN_BODY_TRAILING'],
  ])('refuses %s: %s', (bytes, code) => {
    expect(codeOf(hex(bytes))).toBe(code)
  })

  it('decodes the next value after a refused one', () => {
    expect(codeOf(hex('93 01 82 a161 01'))).toBe('TCN_BODY_INVALID')
    expect(decode(hex('81 a161 92 01 02'))).toEqual({ a: [1, 2] })
  })

  it('accepts 512 levels and refuses 513', () => {
    const nested = (levels: number) => concat(...Array<Uint8Array>(levels).fill(hex('91')), hex('c0'))
    expect(codeOf(nested(512))).toBe('decoded')
    expect(codeOf(nested(513))).toBe('TCN_BODY_DEPTH')
    expect(codeOf(nested(10_000))).toBe('TCN_BODY_DEPTH')
  })

  it('gives bytes their own memory', () => {
    const source = hex('c4 02 0102')
    const value = decode(source) as Uint8Array
    source.fill(0)
    expect(value).toEqual(hex('0102'))
    expect(value.buffer.byteLength).toBe(2)
    expect(Object.getPrototypeOf(decode(Buffer.from(hex('c4 01 01'))))).toBe(Uint8Array.prototype)
  })

  it('replaces invalid UTF-8 with U+FFFD', () => {
    expect(decode(hex('a3 61ff62'))).toBe('a\ufffdb')
    expect(decode(concat(hex('d9 30'), text('x'.repeat(47)), hex('c3')))).toBe(`${'x'.repeat(47)}\ufffd`)
  })
})

describe('decoding of maps', () => {
  const map = (...entries: string[]) => hex(`8${entries.length.toString(16)} ${entries.join(' ')}`)
  const again = (bytes: Uint8Array) => Array.from({ length: 40 }, () => decode(bytes)).at(-1)

  it('gives the same object however often the keys were seen', () => {
    const bytes = map('a161 01', 'a162 a178', 'a163 81 a161 90')
    for (let round = 0; round < 40; round++) expect(decode(bytes)).toEqual({ a: 1, b: 'x', c: { a: [] } })
  })

  it('distinguishes maps that begin alike', () => {
    const first = map('a161 01', 'a162 02', 'a163 03')
    const second = map('a161 01', 'a162 02', 'a164 04')
    const third = map('a161 01', 'a165 05', 'a163 03')
    for (let round = 0; round < 40; round++) {
      expect(decode(first)).toEqual({ a: 1, b: 2, c: 3 })
      expect(decode(second)).toEqual({ a: 1, b: 2, d: 4 })
      expect(decode(third)).toEqual({ a: 1, e: 5, c: 3 })
    }
  })

  it('keeps the order of keys', () => {
    expect(Object.keys(again(map('a162 01', 'a161 02')) as object)).toEqual(['b', 'a'])
  })

  it('reads thousands of maps whose keys are data, and common ones among them', () => {
    for (let round = 0; round < 5000; round++) {
      const key = text(String(round).padStart(5, 'k'))
      expect(decode(concat(hex('81 a5'), key, hex('01')))).toEqual({ [String(round).padStart(5, 'k')]: 1 })
      expect(decode(map('a161 01', 'a162 02'))).toEqual({ a: 1, b: 2 })
    }
  })

  it('detects a familiar map that is truncated at any byte', () => {
    const bytes = map('a161 01', 'a162 02')
    again(bytes)
    for (let end = 0; end < bytes.length; end++)
      expect(codeOf(bytes.subarray(0, end))).toBe('TCN_BODY_INVALID')
  })

  it('treats prototype names as ordinary properties', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__']) {
      const bytes = concat(
        hex('82'),
        Uint8Array.of(0xa0 | name.length),
        text(name),
        hex('81 a161 01 a162 02'),
      )
      const value = again(bytes) as Record<string, unknown>
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
      expect(Object.getOwnPropertyDescriptor(value, name)).toEqual({
        value: { a: 1 },
        enumerable: true,
        configurable: true,
        writable: true,
      })
      expect(Object.keys(value)).toEqual([name, 'b'])
    }
    expect(({} as { a?: number }).a).toBeUndefined()
  })

  it('makes a Map if a key is not text', () => {
    expect(decode(map('01 a161', 'a162 02'))).toEqual(
      new Map<unknown, unknown>([
        [1, 'a'],
        ['b', 2],
      ]),
    )
    // The first key was expected, the second is not text.
    again(map('a161 01', 'a162 02'))
    expect(decode(map('a161 01', 'c0 02'))).toEqual(
      new Map<unknown, unknown>([
        ['a', 1],
        [null, 2],
      ]),
    )
    expect(decode(map('90 01'))).toEqual(new Map([[[], 1]]))
  })

  it('reads keys with unnecessarily long headers', () => {
    const bytes = hex('82 d90161 01 da000162 02')
    expect(again(bytes)).toEqual({ a: 1, b: 2 })
  })

  it('reads maps of many entries and of long keys', () => {
    const entries = Array.from({ length: 40 }, (_, index) =>
      concat(hex('a3'), text(`k${index + 10}`), hex('01')),
    )
    expect(Object.keys(again(concat(hex('de 0028'), ...entries)) as object)).toHaveLength(40)
    const long = 'x'.repeat(100)
    expect(again(concat(hex('81 d9 64'), text(long), hex('01')))).toEqual({ [long]: 1 })
  })
})

describe('decoding of ext', () => {
  it.each<[string, string, Date]>([
    ['32 bits', 'd6 ff 00000001', new Date(1000)],
    ['64 bits', 'd7 ff 03d09000 00000001', new Date(1016)],
    ['96 bits', 'c7 0c ff 00000000 ffffffffffffffff', new Date(-1000)],
    [
      'Salt datetime',
      `c7 18 4e ${Buffer.from('20240102T03:04:05.006000').toString('hex')}`,
      new Date('2024-01-02T03:04:05.006Z'),
    ],
  ])('reads a time of %s as Date', (_, bytes, time) => {
    const value = decode(hex(bytes))
    expect(value).toEqual(time)
    expect(Object.getPrototypeOf(value)).toBe(Date.prototype)
  })

  it('keeps times that are more precise than a millisecond', () => {
    const value = decode(
      hex(`c7 18 4e ${Buffer.from('20240102T03:04:05.000006').toString('hex')}`),
    ) as Timestamp
    expect(value).toBeInstanceOf(Timestamp)
    expect(value.toISOString()).toBe('2024-01-02T03:04:05.000Z')
    expect(value.nanoseconds).toBe(6000)
    const fine = decode(hex('d7 ff 00000004 00000001')) as Timestamp
    expect([fine.getTime(), fine.nanoseconds]).toEqual([1000, 1])
    const early = decode(hex('c7 0c ff 3b9ac9ff ffffffffffffffff')) as Timestamp
    expect([early.getTime(), early.nanoseconds]).toEqual([-1, 999_999_999])
  })

  it("reads a constant of Salt's", () => {
    const bytes = hex('c7 0a 4f 92 a7 4e4f545f534554 c0')
    expect(decode(bytes)).toEqual(new SaltConstant('NOT_SET', null))
  })

  it.each([
    ['an unknown type', 'd4 07 aa', 7, 'aa'],
    ['a negative type', 'd4 80 aa', -128, 'aa'],
    ['no content', 'c7 00 05', 5, ''],
    ['a time of three bytes', 'c7 03 ff 000000', -1, '000000'],
    ['a time with too many nanoseconds', 'd7 ff ffffffff 00000000', -1, 'ffffffff00000000'],
    ['a time beyond all years', 'c7 0c ff 00000000 7fffffffffffffff', -1, '000000007fffffffffffffff'],
    ['a datetime that is none', 'd5 4e 6161', 78, '6161'],
    [
      'a datetime in month 13',
      `c7 11 4e ${Buffer.from('20241302T03:04:05').toString('hex')}`,
      78,
      '3230323431333032543033 3a30343a3035',
    ],
    ['a constant that is no pair', 'd4 4f 01', 79, '01'],
    ['a constant without a name', 'c7 03 4f 92 01 02', 79, '920102'],
    ['a constant that is cut', 'd5 4f 92a1', 79, '92a1'],
    ['a constant with something behind', 'c7 05 4f 92 a161 01 02', 79, '92a1610102'],
  ])('leaves %s unchanged', (_, bytes, type, content) => {
    expect(decode(hex(bytes))).toEqual(new Ext(type, hex(content)))
    expect(decode(concat(hex('92'), hex(bytes), hex('05')))).toEqual([new Ext(type, hex(content)), 5])
  })

  it('goes no deeper than 512 levels through constants', () => {
    let bytes = hex('c0')
    for (let level = 0; level < 1000; level++) {
      const pair = concat(hex('92 a161'), bytes)
      bytes = concat(hex('c8'), Uint8Array.of(pair.length >> 8, pair.length), hex('4f'), pair)
    }
    let value = decode(bytes)
    let levels = 0
    while (value instanceof SaltConstant) {
      value = value.value
      levels++
    }
    expect(levels).toBeLessThanOrEqual(512)
    expect(value).toBeInstanceOf(Ext)
  })
})
