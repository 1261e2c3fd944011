import { describe, expect, it } from 'vitest'
import type { HttpContext } from '../../../src/faces/http/context.js'
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
})
