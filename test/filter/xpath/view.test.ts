import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SaltConstant } from '../../../src/event/msgpack/values.js'
import { childrenOf, elementName, keyOf, textOf } from '../../../src/filter/xpath/view.js'

describe('the XML view of an event', () => {
  it('has an element for each key, and one for each member of a list', () => {
    const data = { load: 0.5, disk: [{ name: 'sda' }, 'b'], nested: [[1, 2]], none: [] }
    expect(childrenOf(data)).toEqual([
      ['load', 0.5, false],
      ['disk', { name: 'sda' }, true],
      ['disk', 'b', true],
      ['nested', [1, 2], true],
    ])
    expect(childrenOf([1, 2])).toEqual([
      ['item', 1, true],
      ['item', 2, true],
    ])
  })

  it('has the texts of the JSON view', () => {
    const time = new Date(Date.UTC(2026, 0, 31, 6))
    expect(['a', 7, 2n ** 60n, true, null, Uint8Array.of(1, 2), time].map(textOf)).toEqual([
      'a',
      '7',
      '1152921504606846976',
      'true',
      '',
      'AQI=',
      '2026-01-31T06:00:00.000Z',
    ])
    expect(textOf({ a: 1, b: ['x', { c: 'y' }] })).toBe('1xy')
    expect(childrenOf(new SaltConstant('n', 1))).toEqual([
      ['name', 'n', false],
      ['value', 1, false],
    ])
    expect(childrenOf(new Map([[7, 'seven']]))).toEqual([['_x0037_', 'seven', false]])
  })

  it.each([
    ['name', 'name'],
    ['a-b.c_d', 'a-b.c_d'],
    ['Straße', 'Straße'],
    ['', '_x_'],
    ['1st', '_x0031_st'],
    ['a b', 'a_x0020_b'],
    ['a:b', 'a_x003A_b'],
    ['_x0041_', '_x005F_x0041_'],
    ['😀', '_x1F600_'],
  ])('writes the key %j as the name %s', (key, name) => {
    expect(elementName(key)).toBe(name)
    expect(keyOf(name)).toBe(key)
  })

  it('gives every key a name of its own, from which it comes back', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[_x0-9A-F]{0,12}$/)), (key) => {
        expect(keyOf(elementName(key))).toBe(key)
        expect(elementName(key)).toMatch(/^[\p{L}_][\p{L}\p{N}._-]*$/u)
      }),
    )
  })
})
