import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FirstHosts } from '../../src/hosts/host-order.js'

it('the first hosts are those of the whole order, however often it is cut', () => {
  const host = fc.record({ rank: fc.integer({ min: 0, max: 3 }), name: fc.string({ maxLength: 3 }) })
  const hosts = fc.uniqueArray(host, { selector: ({ name }) => name, maxLength: 60 })
  fc.assert(
    fc.property(
      hosts,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 9 }),
      (all, limit, every) => {
        const first = new FirstHosts(limit)
        all.forEach((each, index) => {
          first.add({ ...each, index })
          if (index % every === 0) first.reduce()
        })
        const whole = all
          .map((each, index) => ({ ...each, index }))
          .sort((a, b) => b.rank - a.rank || (a.name < b.name ? -1 : 1))
        expect(first.indexes).toEqual(whole.slice(0, limit).map(({ index }) => index))
      },
    ),
  )
})
