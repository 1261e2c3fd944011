import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { MAX_JSON_DEPTH, parseStrictJson } from '../../../src/event/json/strict.js'

const refusal = (text: string): unknown => {
  try {
    return parseStrictJson(text)
  } catch (error) {
    return (error as Error).message
  }
}

describe('strict JSON', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        expect(parseStrictJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('is not misled by quotes, colons and braces in text', () => {
    const tricky = { 'a"': '"{:}\\', '\\': '\\"', b: ['[:', '":"', '\\\\'], __proto__x: ':' }
    expect(parseStrictJson(JSON.stringify(tricky))).toEqual(tricky)
    expect(parseStrictJson('{"__proto__": 1}')).toHaveProperty('__proto__', 1)
  })

  it('refuses and names a repeated key at any level, however it is written', () => {
    expect(refusal('{"a":1,"b":{"c":1,"c":2}}')).toContain('"c"')
    expect(refusal('{"a":1,"\\u0061":2}')).toContain('"a"')
    expect(refusal('[{"x":":"},{"x":1,"x" :1}]')).toContain('"x"')
    expect(refusal('{"__proto__":1,"__proto__":2}')).toContain('__proto__')
    expect(refusal('{"a":{"b":1},"c":{"b":1}}')).toEqual({ a: { b: 1 }, c: { b: 1 } })
  })

  it('refuses numbers that overflow, and unbounded nesting', () => {
    expect(refusal('{"a":[1e999]}')).toBe('a number is too large')
    expect(refusal('NaN')).toContain('NaN')
    expect(refusal('['.repeat(MAX_JSON_DEPTH) + ']'.repeat(MAX_JSON_DEPTH))).toBeTypeOf('object')
    expect(refusal('['.repeat(1e6))).toContain('deeper')
  })

  it('parses a body as a whole only once, and only texts with escapes on their own', () => {
    const parse = vi.spyOn(JSON, 'parse')
    try {
      const items = Array.from(
        { length: 1000 },
        (_, index) => `{"id":"a","n":9007199254740993,"k${index}":[]}`,
      )
      parseStrictJson(`{"text":"ok","items":[${items.map((item) => item.replace('9007199254740993', '1'))}]}`)
      expect(parse).toHaveBeenCalledTimes(1)
      parse.mockClear()
      expect(refusal(`[${items.join()},{"a":1,"\\u0061":2}]`)).toContain('"a"')
      // Once for the whole, once for each long integer, and for the text with an escape: when it is read, and when it
      // is named.
      expect(parse).toHaveBeenCalledTimes(1 + 1000 + 2 + 2)
    } finally {
      parse.mockRestore()
    }
  })
})
