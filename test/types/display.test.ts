import { describe, expect, it } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { compileDisplay, displaysOf, faultOfDisplay } from '../../src/types/display.js'
import { defineType } from '../../src/types/event-type.js'

const shown = (template: string, data: unknown, room = 80) => compileDisplay(template)(data, room)

describe('a display', () => {
  it.each<[string, unknown, string | undefined]>([
    ['{line}', { line: 'GET /' }, 'GET /'],
    ['{used|percent} of {total|bytes}', { used: 37.04, total: 2 ** 34 }, '37% of 16.0 GiB'],
    ['up {uptime|seconds}', { uptime: 7500 }, 'up 2h 5m'],
    ['took {a|micros}, {b|micros}, {c|micros}', { a: 850, b: 4200, c: 42_000 }, 'took 850µs, 4.2ms, 42ms'],
    ['{count|count} lost', { count: 12345 }, '12,345 lost'],
    ['{user}[ from {host}]', { user: 'root', host: '10.0.0.1' }, 'root from 10.0.0.1'],
    ['{user}[ from {host}]', { user: 'root', host: '' }, 'root'],
    ['{user}[ in {groups}]', { user: 'root', groups: [] }, 'root'],
    ['{fun}[ failed with {retcode|nonzero}]', { fun: 'a', retcode: 0 }, 'a'],
    ['{fun}[ failed with {retcode|nonzero}]', { fun: 'a', retcode: 2 }, 'a failed with 2'],
    ['{return|states}', { return: { 'pkg_|-a_|-a_|-installed': { result: false } } }, '1 failed'],
    ['{return|states}', { return: 'pong' }, 'pong'],
    ['{minions}', { minions: ['a', 'b'] }, 'a, b'],
    ['{error.message}', { error: new Map([['message', 'no']]) }, 'no'],
    ['{line}', { other: 1 }, undefined],
    ['{line}', null, undefined],
    ['[{a}]', {}, undefined],
  ])('%s of %j is %j', (template, data, text) => {
    expect(shown(template, data)).toBe(text)
  })

  it('costs no more than there is room for, however large a value is', () => {
    expect(shown('{line}', { line: 'x'.repeat(1e6) })!.length).toBeLessThan(100)
    expect(shown('{list}', { list: Array(1e6).fill('abc') })!.length).toBeLessThan(100)
  })

  it.each([
    ['{a', 'a bracket has no counterpart'],
    ['[{a}', 'a bracket has no counterpart'],
    ['{a|nonsense}', 'there is no style nonsense'],
  ])('%s is refused: %s', (template, fault) => {
    expect(() => compileDisplay(template)).toThrow(fault)
    expect(faultOfDisplay(template, undefined)).toContain(fault)
  })

  it('names fields that the schema has, and outside brackets only those that it requires', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'object', properties: { b: {} }, required: ['b'] }, c: {} },
      required: ['a'],
    }
    expect(faultOfDisplay('{a.b}[ {c}]', schema)).toBeUndefined()
    expect(faultOfDisplay('{a.x}', schema)).toBe('the schema has no field a.x')
    expect(faultOfDisplay('{c}', schema)).toContain('c is not required')
    const define = () => defineType({ type: 'test.door', tags: ['door'], display: '{c}', schema })
    expect(define).toThrow(TocsinError)
  })

  it('of a newer hub that cannot be read is left out', () => {
    const known = displaysOf([
      { type: 'a.b', display: '{x|newer}' },
      { type: 'c.d', display: '{x}' },
      { type: 'e.f' },
    ])
    expect([...known.keys()]).toEqual(['c.d'])
  })
})
