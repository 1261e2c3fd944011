import fc from 'fast-check'
import { expect, it } from 'vitest'
import { grepSpans } from '../../src/filter/grep.js'
import { parseFilter } from '../../src/filter/index.js'
import { offsetsOf } from '../../src/filter/words.js'

it('no words are found nowhere', () => {
  for (const text of ['', 'a', 'a b']) expect(offsetsOf('', text)).toEqual([])
})

it('whole words are found where the filter grep finds them', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '_', '1', '.', ' ', '-'), maxLength: 20 })
  const words = fc
    .string({ unit: fc.constantFrom('a', 'é', '.', ' ', '-'), minLength: 1, maxLength: 4 })
    .filter((each) => each.trim() !== '')
  fc.assert(
    fc.property(words, letters, (wanted, text) => {
      const spans = grepSpans(parseFilter({ grep: wanted }))(text)
      const offsets = offsetsOf(wanted, text)
      // A search that marks text does not mark parts of it twice.
      const apart = offsets.filter((at) => spans.some(([start]) => start === at))
      expect(apart).toEqual(spans.map(([start]) => start))
      if (spans.length === 0) expect(offsets).toEqual([])
    }),
  )
})
