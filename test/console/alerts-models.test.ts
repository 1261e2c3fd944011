import fc from 'fast-check'
import { expect, it } from 'vitest'
import { matchersIn, matchersText, spanIn } from '../../console/pages/bus/alerts/matchers.js'

it('matches are names with globs, in quotes where there are blanks', () => {
  expect(matchersIn('rule=disk-full  host=web*')).toEqual({ rule: 'disk-full', host: 'web*' })
  expect(matchersIn('site="New \\"York\\""')).toEqual({ site: 'New "York"' })
  for (const text of ['', 'rule', 'rule=a and host=b', '=a']) expect(matchersIn(text)).toBeUndefined()
})

it('matches that are written are read as the same', () => {
  const name = fc.stringMatching(/^[A-Za-z_]\w{0,10}$/)
  fc.assert(
    fc.property(
      fc.dictionary(name, fc.string({ minLength: 1 }), { minKeys: 1, noNullPrototype: true }),
      (matchers) => {
        expect(matchersIn(matchersText(matchers))).toEqual(matchers)
      },
    ),
  )
})

it('a span is a number of minutes, hours or days', () => {
  expect(['30m', ' 2h ', '3d'].map(spanIn)).toEqual([1800e6, 7200e6, 259_200e6])
  expect(['', '0h', '2', '2w', '-1h', '99999h'].map(spanIn)).toEqual(Array(6).fill(undefined))
})
