import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { APPEND, formatKey, readKey } from '../../../src/event/json/key-path.js'

const place = fc.oneof(fc.integer({ min: 0, max: 999_999 }), fc.constant(APPEND))
const name = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constant('__proto__'),
)
const path = fc
  .tuple(name, fc.array(fc.oneof(place, name), { maxLength: 10 }))
  .map(([first, rest]): (string | number)[] => [first, ...rest])

describe('a key', () => {
  it('is the path that it was written from, whatever is in the names', () => {
    fc.assert(
      fc.property(path, (each) => {
        const key = formatKey(each)
        expect(readKey(key)).toEqual(key.length > 1024 ? undefined : each)
      }),
    )
  })

  it('keeps long names, which need quotes, whole', () => {
    const long = `a ${'b'.repeat(500)}`
    expect(readKey(formatKey(['rules', long, 'filter']))).toEqual(['rules', long, 'filter'])
  })

  it.each(['', '[0]', 'a.', '.', 'a[x]', 'a"b"', 'a.b c', '"a', `a${'[0]'.repeat(32)}`, 'a'.repeat(1025)])(
    'is not %j',
    (text) => expect(readKey(text)).toBe(undefined),
  )
})
