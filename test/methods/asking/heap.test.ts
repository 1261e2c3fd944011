import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Heap } from '../../../src/methods/asking/heap.js'

it('items come in their order, also those that are renewed', () => {
  const lists = fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 20 }), { maxLength: 30 })
  fc.assert(
    fc.property(lists, (given) => {
      const sorted = given.filter((list) => list.length > 0).map((list) => list.toSorted((a, b) => a - b))
      const heap = new Heap<number[]>((one, other) => one[0] < other[0])
      for (const list of sorted) heap.add(list)
      const merged: number[] = []
      for (let first = heap.first; first !== undefined; first = heap.first) {
        merged.push(...first.splice(0, 1))
        if (first.length > 0) heap.renewFirst()
        else heap.removeFirst()
      }
      expect(merged).toEqual(given.flat().sort((a, b) => a - b))
    }),
  )
})
