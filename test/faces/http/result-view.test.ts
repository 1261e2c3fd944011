import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HttpContext } from '../../../src/faces/http/context.js'
import { longResult } from '../../../src/faces/http/manage/long-result.js'
import { resultView } from '../../../src/faces/http/manage/result-view.js'

const view = (value: unknown) => resultView({} as HttpContext, value)

describe('a result over HTTP', () => {
  it('is not copied where it is JSON already', () => {
    const types = [{ type: 'a', tags: ['a/**'], schema: { type: 'object', minimum: undefined } }]
    const result = { types, token: new Uint8Array([1]) }
    expect(view({ types })).toEqual({ types })
    expect((view(result) as typeof result).types).toBe(types)
  })

  it('has base64 in place of bytes, text in place of large numbers, and its members in their order', () => {
    const result = { a: 1, b: undefined, bytes: new Uint8Array([1, 2]), c: [{ n: 2n ** 60n }], d: Number.NaN }
    expect(JSON.stringify(view(result))).toBe(
      '{"a":1,"bytes":"AQI=","c":[{"n":"1152921504606846976"}],"d":"NaN"}',
    )
  })

  it('keeps a member that is named as the prototype of objects', () => {
    const result = { bytes: new Uint8Array([1]), ...JSON.parse('{"__proto__":0}') }
    expect(JSON.stringify(view(result))).toBe('{"bytes":"AQ==","__proto__":0}')
  })

  it('with a long list is written in steps, and is the same JSON', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.uint8Array({ maxLength: 9 }),
      fc.constant(undefined),
      fc.bigInt(),
    )
    const list = fc.array(value, { minLength: 101, maxLength: 300, size: 'max' })
    const result = fc.tuple(fc.dictionary(fc.string(), value), list, fc.dictionary(fc.string(), value))
    fc.assert(
      fc.property(result, ([first, items, last]) => {
        const whole = { ...first, items, ...last }
        const steps = longResult({} as HttpContext, whole)?.('[', ']') ?? []
        const text = [...steps].map((pieces) => Buffer.concat(pieces).toString()).join('')
        expect(text).toBe(`[${JSON.stringify(view(whole))}]`)
      }),
      { numRuns: 100 },
    )
  })
})
