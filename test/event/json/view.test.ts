import { describe, expect, it } from 'vitest'
import { jsonView } from '../../../src/event/json/view.js'
import { decode } from '../../../src/event/msgpack/decoder.js'
import { Ext, SaltConstant, Timestamp } from '../../../src/event/msgpack/values.js'
import { hex } from '../bytes.js'

describe('JSON view', () => {
  it.each<[string, unknown, unknown]>([
    ['text', 'é', 'é'],
    ['a number', 1.5, 1.5],
    ['an integer up to 2^53', 2 ** 53 - 1, 9007199254740991],
    ['a large integer', 2n ** 64n - 1n, '18446744073709551615'],
    ['a small integer', -(2n ** 63n), '-9223372036854775808'],
    ['a bigint that a number can hold', 5n, 5],
    ['NaN', Number.NaN, 'NaN'],
    ['infinity', Number.POSITIVE_INFINITY, 'Infinity'],
    ['minus infinity', Number.NEGATIVE_INFINITY, '-Infinity'],
    ['nothing', null, null],
    ['undefined', undefined, null],
    ['bytes', hex('00ff10'), 'AP8Q'],
    ['a time', new Date(Date.UTC(2026, 10, 20, 6, 0, 0, 5)), '2026-11-20T06:00:00.005Z'],
    ['a time with microseconds', new Timestamp(1_795_154_400, 1_500), '2026-11-20T06:00:00.0000015Z'],
    ['an invalid time', new Date(Number.NaN), null],
    ['an unknown ext', new Ext(7, hex('ff')), { ext: 7, bytes: '/w==' }],
    ['a constant of Salt', new SaltConstant('NOT_SET', [1n]), { name: 'NOT_SET', value: [1] }],
    ['an array', [1, [hex('')]], [1, ['']]],
    ['an object', { a: { b: Number.NaN } }, { a: { b: 'NaN' } }],
  ])('shows %s', (_, value, view) => {
    expect(jsonView(value)).toEqual(view)
  })

  it('shows keys that are not text as their text', () => {
    const map = new Map<unknown, unknown>([
      [1, 'one'],
      [2n ** 60n, 'big'],
      [true, 'yes'],
      [null, 'none'],
      [hex('ff'), 'bytes'],
      [new Date(0), 'time'],
      [[1, 2], 'list'],
      ['text', 'text'],
    ])
    expect(jsonView(map)).toEqual({
      1: 'one',
      '1152921504606846976': 'big',
      true: 'yes',
      null: 'none',
      '/w==': 'bytes',
      '1970-01-01T00:00:00.000Z': 'time',
      '[1,2]': 'list',
      text: 'text',
    })
  })

  it('keeps prototype names as ordinary keys', () => {
    // { "__proto__": { "polluted": true }, "constructor": 1 }
    const bytes = hex('82 a95f5f70726f746f5f5f 81 a8706f6c6c75746564 c3 ab636f6e7374727563746f72 01')
    const view = jsonView(decode(bytes))
    expect(JSON.stringify(view)).toBe('{"__proto__":{"polluted":true},"constructor":1}')
    expect(Object.getPrototypeOf(view)).toBe(Object.prototype)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(JSON.stringify(jsonView(new Map([['__proto__', 1]])))).toBe('{"__proto__":1}')
  })
})
