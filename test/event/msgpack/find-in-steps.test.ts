import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { compilePath, find } from '../../../src/event/msgpack/find.js'
import { findInSteps } from '../../../src/event/msgpack/find-in-steps.js'
import { hex } from '../bytes.js'
import { plainValue } from './arbitrary.js'

/** The offset, and the number of steps that it took. */
function inSteps(bytes: Uint8Array, path: readonly string[]): { at: number; steps: number } {
  const search = findInSteps(bytes, 0, compilePath(path))
  for (let steps = 1; ; steps++) {
    const { done, value } = search.next()
    if (done === true) return { at: value, steps }
  }
}

const found = (bytes: Uint8Array, path: readonly string[]) => find(bytes, 0, bytes.length, compilePath(path))

const step = fc.oneof(
  fc.constantFrom('id', 'fun', 'jid', 'return', 'a', '0', '1', '2', ''),
  fc.string({ maxLength: 40 }),
)

/** The paths to all values within a value. */
function* pathsOf(value: unknown, path: string[] = []): Generator<string[]> {
  yield path
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
  for (const [key, inner] of Object.entries(value)) yield* pathsOf(inner, [...path, key])
}

describe('find in steps', () => {
  it('finds the same as find for every path', () => {
    fc.assert(
      fc.property(plainValue, fc.array(step, { maxLength: 4 }), (value, other) => {
        const bytes = encode(value)
        for (const path of [...pathsOf(value), other])
          expect(inSteps(bytes, path).at).toBe(found(bytes, path))
      }),
    )
  })

  it('finds the same in maps with equal keys, and with keys that are no texts', () => {
    for (const bytes of [
      hex('82 a161 01 a161 02'),
      hex('83 91a161 01 c0 81a16102 a161 03'),
      hex('82 d90161 01 80 90'),
    ])
      for (const path of [['a'], ['a', 'a'], [''], ['b']])
        expect(inSteps(bytes, path).at).toBe(found(bytes, path))
  })

  const many = 100_000
  const list = Array.from({ length: many }, (_, nth) => nth)
  const map = Object.fromEntries(list.map((nth) => [`key${nth}`, nth]))
  const [last] = [`key${many - 1}`]

  it.each<[string, unknown, string[]]>([
    ['the last key of a long map', map, [last]],
    ['a key that a long map does not have', map, ['none']],
    ['the last element of a long list', list, [String(many - 1)]],
    ['a key behind a long list', { list, wanted: 1 }, ['wanted']],
    ['a key behind many short lists', { lists: list.map((nth) => [nth]), wanted: 1 }, ['wanted']],
    ['an element behind many empty lists', [...list.map(() => []), 'wanted'], [String(many)]],
    ['a key behind keys that are maps within maps', { a: { b: { c: map } }, wanted: 1 }, ['wanted']],
  ])('takes several steps for %s', (_, value, path) => {
    const bytes = encode(value)
    const { at, steps } = inSteps(bytes, path)
    expect(at).toBe(found(bytes, path))
    expect(steps).toBeGreaterThan(4)
    expect(steps).toBeLessThan(30)
  })

  it('takes one step for a short value', () => {
    expect(inSteps(encode({ a: [1, 2, { b: 3 }] }), ['a', '2', 'b']).steps).toBe(1)
  })
})
