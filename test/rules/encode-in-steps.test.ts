import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decode } from '../../src/event/index.js'
import { finished } from '../../src/incremental/steps.js'
import { encodedInSteps } from '../../src/rules/encode-in-steps.js'

const text = fc.string({ maxLength: 5 })
const values = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, text, fc.integer(), fc.boolean(), tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 200 }),
  map: fc.dictionary(text, tie('value'), { noNullPrototype: true, maxKeys: 5 }),
})).value

it('no part of a long record is longer than a little', () => {
  const value = { groups: Array.from({ length: 20_000 }, (_, nth) => [`group ${nth}`, 'x'.repeat(100)]) }
  const parts = finished(encodedInSteps(value))
  expect(decode(Buffer.concat(parts))).toEqual(value)
  expect(parts.length).toBeGreaterThan(10)
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(200_000)
})

it('what is encoded in steps is decoded as it was', () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(decode(Buffer.concat(finished(encodedInSteps(value))))).toEqual(value)
    }),
  )
})
