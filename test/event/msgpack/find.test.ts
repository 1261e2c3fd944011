import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode } from '../../../src/event/msgpack/decoder.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import {
  bytesAt,
  compilePath,
  find,
  findKeys,
  kindAt,
  numberAt,
  scalarAt,
  textLength,
  textStart,
} from '../../../src/event/msgpack/find.js'
import { walkValue } from '../../../src/event/msgpack/walk.js'
import { concat, hex, text } from '../bytes.js'
import { plainValue, scalar } from './arbitrary.js'

function lookUp(value: unknown, ...path: string[]): unknown {
  const bytes = encode(value)
  const at = find(bytes, 0, bytes.length, compilePath(path))
  return at < 0 ? undefined : decode(bytes, at, walkValue(bytes, at, bytes.length))
}

describe('find', () => {
  const value = { id: 'web1', return: { a: [1, { b: 'x' }], '0': 'zero' }, 7: 'seven', list: ['p', 'q'] }

  it.each<[string[], unknown]>([
    [[], value],
    [['id'], 'web1'],
    [
      ['return', 'a'],
      [1, { b: 'x' }],
    ],
    [['return', 'a', '1', 'b'], 'x'],
    [['return', '0'], 'zero'],
    [['7'], 'seven'],
    [['list', '0'], 'p'],
    [['list', '1'], 'q'],
    [['list', '2'], undefined],
    [['list', '-1'], undefined],
    [['list', '01'], undefined],
    [['list', 'length'], undefined],
    [['i'], undefined],
    [['idd'], undefined],
    [['id', 'x'], undefined],
    [['id', '0'], undefined],
    [['missing', 'x'], undefined],
  ])('reads %j', (path, expected) => {
    expect(lookUp(value, ...path)).toEqual(expected)
  })

  it('uses the last of equal keys, as decoding does', () => {
    const bytes = hex('82 a161 01 a161 02')
    expect(decode(bytes)).toEqual({ a: 2 })
    expect(numberAt(bytes, find(bytes, 0, bytes.length, compilePath(['a'])))).toBe(2)
  })

  it('finds only text keys, whatever their header', () => {
    const bytes = hex('84 01 0a c40161 0b d90162 0c da000163 0d')
    const at = (name: string) => find(bytes, 0, bytes.length, compilePath([name]))
    expect([at('1'), at('a'), numberAt(bytes, at('b')), numberAt(bytes, at('c'))]).toEqual([-1, -1, 12, 13])
  })

  it('finds in large maps and arrays', () => {
    const many = Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [`k${index}`, index]))
    expect(lookUp(many, 'k69999')).toBe(69_999)
    expect(lookUp({ few: Object.fromEntries(Object.entries(many).slice(0, 20)) }, 'few', 'k19')).toBe(19)
    expect(lookUp(Array(70_000).fill('x').with(69_999, 'last'), '69999')).toBe('last')
    expect(lookUp(Array(20).fill('x').with(19, 'last'), '19')).toBe('last')
  })

  it('agrees with decoding everywhere', () => {
    const own = (value: unknown, key: string) =>
      typeof value === 'object' &&
      value !== null &&
      !(value instanceof Uint8Array) &&
      Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined
    fc.assert(
      fc.property(
        plainValue,
        fc.array(fc.oneof(fc.nat(5).map(String), fc.constantFrom('id', 'fun', 'return'))),
        (value, path) => {
          expect(lookUp(value, ...path)).toEqual(path.reduce<unknown>((inner, key) => own(inner, key), value))
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('readers of single values', () => {
  it('read the same values as decoding', () => {
    fc.assert(
      fc.property(scalar, (value) => {
        const bytes = concat(hex('c1'), encode(value), hex('c1'))
        expect(scalarAt(bytes, 1)).toEqual(value)
        expect(numberAt(bytes, 1)).toEqual(['number', 'bigint'].includes(typeof value) ? value : undefined)
      }),
      { numRuns: 500 },
    )
  })

  it('read numbers with unnecessarily long headers', () => {
    for (const [bytes, value] of [
      ['cc05', 5],
      ['cf0000000000000005', 5],
      ['d3fffffffffffffffb', -5],
      ['d0fb', -5],
      ['ca3fc00000', 1.5],
    ] as const) {
      expect(numberAt(hex(bytes), 0)).toBe(value)
    }
  })

  it('find the bytes of text and binary', () => {
    for (const head of ['a2', 'd902', 'da0002', 'db00000002']) {
      const bytes = concat(hex('c1'), hex(head), hex('ff61'))
      expect(textLength(bytes, 1)).toBe(2)
      expect(textStart(bytes, 1)).toBe(bytes.length - 2)
      expect(bytesAt(bytes, 1)).toEqual(hex('ff61'))
      expect(scalarAt(bytes, 1)).toBe('\ufffda')
    }
    for (const head of ['c402', 'c50002', 'c600000002']) {
      const bytes = concat(hex(head), hex('ff61'))
      expect(textLength(bytes, 0)).toBe(-1)
      expect(bytesAt(bytes, 0)).toEqual(hex('ff61'))
    }
    expect(bytesAt(hex('05'), 0)).toBeUndefined()
  })

  it('distinguish kinds', () => {
    const kinds = [null, true, 1, 2n ** 60n, -1, 1.5, 'a', text('a'), [], {}, new Date(0)].map((value) =>
      kindAt(encode(value), 0),
    )
    expect(kinds.join(' ')).toBe('nil boolean integer integer integer float text bytes array map ext')
    for (const container of [encode([]), encode({}), encode(new Date(0))])
      expect(scalarAt(container, 0)).toBeUndefined()
  })
})

describe('findKeys', () => {
  it('finds what find does for each key, also of equal and long keys, and of values that are no maps', () => {
    const keys = ['id', '', 'x'.repeat(31), 'x'.repeat(32), 'y'.repeat(300), 'level']
    const anyKey = fc.oneof(fc.constantFrom(...keys), fc.string())
    const maps = fc
      .array(fc.tuple(anyKey, plainValue), { maxLength: 40 })
      .map((pairs) =>
        concat(mapOf(pairs.length), ...pairs.flatMap(([key, value]) => [encode(key), encode(value)])),
      )
    const steps = compilePath(keys)
    const found = new Int32Array(keys.length)
    fc.assert(
      fc.property(fc.oneof(maps, plainValue.map(encode)), (bytes) => {
        findKeys(bytes, 0, bytes.length, steps, found)
        const each = steps.map((step) => find(bytes, 0, bytes.length, [{ ...step, index: -1 }]))
        expect([...found]).toEqual(each)
      }),
    )
  })
})

function mapOf(count: number): Uint8Array {
  return count < 16 ? hex((0x80 + count).toString(16)) : hex(`de00${count.toString(16).padStart(2, '0')}`)
}
