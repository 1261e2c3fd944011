import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PageSet } from '../../src/storage/page-set.js'

describe('a set of pages', () => {
  it('accepts runs of pages that do not meet, and names the first page that is used twice', () => {
    const run = fc.record({ first: fc.integer({ min: 0, max: 70 }), pages: fc.integer({ min: 0, max: 30 }) })
    fc.assert(
      fc.property(fc.array(run, { maxLength: 12 }), (runs) => {
        const set = new PageSet(80)
        const used = new Set<number>()
        for (const { first, pages } of runs) {
          const numbers = Array.from({ length: pages }, (_, i) => first + i)
          const exists = first >= 2 && pages >= 1 && first + pages - 1 <= 80
          const twice = numbers.find((number) => used.has(number))
          const add = () => set.add(first, pages)
          if (!exists) expect(add).toThrow(`page ${first} does not exist`)
          else if (twice !== undefined) {
            expect(add).toThrow(`page ${twice} is used twice`)
            return
          } else {
            add()
            for (const number of numbers) used.add(number)
          }
        }
      }),
    )
  })
})
