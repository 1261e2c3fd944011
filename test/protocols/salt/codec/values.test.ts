import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { Ext } from '../../../../src/event/msgpack/values.js'
import { splitBody } from '../../../../src/protocols/salt/codec/body.js'
import { FrameSplitter } from '../../../../src/protocols/salt/codec/frame.js'
import { isoformat } from '../../../../src/protocols/salt/codec/python-datetime.js'
import {
  PythonDatetime,
  PythonFloat,
  pack,
  SaltConstant,
  unpack,
} from '../../../../src/protocols/salt/codec/values.js'
import { hex, text, toHex } from '../../../event/bytes.js'
import { frames } from './vectors.js'

function dataOf(frame: Uint8Array): Uint8Array {
  let data: Uint8Array | undefined
  const onBody = (bytes: Uint8Array, start: number, end: number) => {
    data = splitBody(bytes.subarray(start, end)).data
  }
  new FrameSplitter({ onBody, onFault: (fault) => expect.fail(fault) }).push(frame)
  return data as Uint8Array
}

describe('unpack', () => {
  test('reads values of all types recorded from a genuine bus', () => {
    expect(unpack(dataOf(frames[2]))).toEqual({
      success: true,
      message: 'It works!',
      n: null,
      f: 1.5,
      l: [1, -2, 300],
      b: hex('00ff'),
      u: 'hé',
      big: '1180591620717411303424',
      dt: new PythonDatetime(Date.UTC(2024, 0, 2, 3, 4, 5) * 1000 + 6),
      nested: { k: { x: 1 } },
      _stamp: '2026-11-20T04:42:33.604407',
    })
  })

  test('reads values that are packed to the same bytes again', () => {
    for (const frame of frames) expect(toHex(pack(unpack(dataOf(frame))))).toBe(toHex(dataOf(frame)))
  })

  test('returns all text as bytes, including keys, if one str is not UTF-8', () => {
    const value = unpack(hex('82 a161 a2 ff fe a162 81 a163 a164'))
    expect(value).toEqual(
      new Map<unknown, unknown>([
        [text('a'), hex('fffe')],
        [text('b'), new Map([[text('c'), text('d')]])],
      ]),
    )
  })

  test('returns a Map for keys other than str, and cannot overwrite properties of an object', () => {
    expect(
      unpack(
        encode(
          new Map<unknown, unknown>([
            [1, 'a'],
            ['b', 2],
          ]),
        ),
      ),
    ).toEqual(
      new Map<unknown, unknown>([
        [1, 'a'],
        ['b', 2],
      ]),
    )
    const hostile = unpack(hex(`81 a9${toHex(text('__proto__'))} 81a16101`)) as object
    expect(Object.getPrototypeOf(hostile)).toBe(Object.prototype)
    expect(Object.entries(hostile)).toEqual([['__proto__', { a: 1 }]])
  })

  test('returns a constant as such, and an unknown ext as its bytes', () => {
    expect(unpack(encode(new SaltConstant('GEN', [1])))).toEqual(new SaltConstant('GEN', [1]))
    expect(unpack(encode(new Ext(5, hex('0102'))))).toEqual(hex('0102'))
    expect(unpack(encode(new Ext(79, hex('c1'))))).toEqual(hex('c1'))
    expect(unpack(encode(new Ext(78, text('20240230T00:00:00.000000'))))).toEqual(
      text('20240230T00:00:00.000000'),
    )
  })

  test('returns exact integers, and can keep floats distinguishable', () => {
    const bytes = encode([2n ** 64n - 1n, -(2n ** 63n), 2 ** 53 - 1])
    expect(unpack(bytes)).toEqual([2n ** 64n - 1n, -(2n ** 63n), 2 ** 53 - 1])
    const float = hex('92 cb3ff0000000000000 cb3ff8000000000000')
    expect(unpack(float)).toEqual([1, 1.5])
    expect(unpack(float, 0, float.length, { floats: 'keep' })).toEqual([new PythonFloat(1), 1.5])
    expect(pack([new PythonFloat(1), 1.5])).toEqual(float)
  })

  test.each([
    ['cut off', '82a16101', 'TCN_BODY_INVALID'],
    ['followed by something', '8000', 'TCN_BODY_TRAILING'],
    ['nested too deeply', `${'91'.repeat(513)}00`, 'TCN_BODY_DEPTH'],
  ])('refuses data that is %s', (_, bytes, code) => {
    expect(() => unpack(hex(bytes))).toThrow(expect.objectContaining({ code }))
  })
})

describe('pack', () => {
  test('writes integers beyond 64 bits as their digits', () => {
    expect(unpack(pack({ big: 2n ** 70n, small: -(2n ** 63n) - 1n, fits: 2n ** 64n - 1n }))).toEqual({
      big: '1180591620717411303424',
      small: '-9223372036854775809',
      fits: 2n ** 64n - 1n,
    })
  })

  test('writes times like Salt, and a Date as UTC', () => {
    expect(toHex(pack(new Date(Date.UTC(2024, 0, 2, 3, 4, 5, 60))))).toBe(
      `c7184e${toHex(text('20240102T03:04:05.060000'))}`,
    )
    expect(toHex(pack(new PythonDatetime(0)))).toBe(`c7184e${toHex(text('19700101T00:00:00.000000'))}`)
  })

  test('writes sets as arrays and values within maps of any key', () => {
    const value = new Map<unknown, unknown>([
      [1, new Set([2n ** 65n])],
      [hex('ff'), new SaltConstant('c', 2n ** 65n)],
    ])
    expect(unpack(pack(value))).toEqual(
      new Map<unknown, unknown>([
        [1, ['36893488147419103232']],
        [hex('ff'), new SaltConstant('c', '36893488147419103232')],
      ]),
    )
  })

  test('refuses a value that contains itself', () => {
    const value: { self?: unknown } = {}
    value.self = value
    expect(() => pack(value)).toThrow(expect.objectContaining({ code: 'TCN_BODY_DEPTH' }))
  })

  test('reads any packed JSON back unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value))
        expect(unpack(pack(plain))).toEqual(plain)
      }),
    )
  })
})

test('a datetime is formatted as in Python', () => {
  const time = new PythonDatetime(1_704_164_645_000_006)
  expect([time.isoformat(), time.text, PythonDatetime.parse(time.text)?.micros]).toEqual([
    '2024-01-02T03:04:05.000006',
    '20240102T03:04:05.000006',
    time.micros,
  ])
})

test('a stamp has microseconds, and no fraction if they are 0', () => {
  const seconds = Date.UTC(2026, 10, 20, 4, 42, 33) * 1000
  expect([0, 1, 603_103, 999_999].map((micros) => isoformat(seconds + micros))).toEqual([
    '2026-11-20T04:42:33',
    '2026-11-20T04:42:33.000001',
    '2026-11-20T04:42:33.603103',
    '2026-11-20T04:42:33.999999',
  ])
})
