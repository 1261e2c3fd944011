import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Count } from '../../../src/methods/counts/count.js'
import { TestBus } from '../../bus/fixture.js'
import { call } from '../call.js'

test('a million different values take the memory of ten thousand, and a frequent one is found', () => {
  const count = new Count()
  for (let nth = 0; nth < 1_000_000; nth++) {
    count.add(`tag/${nth}`)
    if (nth % 100 === 0) count.add('often')
  }
  expect(count.values.size).toBeLessThanOrEqual(10_000)
  expect(count.missed).toBeGreaterThan(0)
  expect(count.total).toBe(1_010_000)
  expect(count.top(1)).toEqual([{ value: 'often', count: 10_000 }])
})

test('numbers of values are exact until values were dropped, and lower bounds after that', () => {
  const count = new Count(4)
  for (const value of ['a', 'a', 'b', 'c', 'c', 'd']) count.add(value)
  expect([...count.values]).toEqual(Object.entries({ a: 2, b: 1, c: 2, d: 1 }))
  expect(count.missed).toBe(0)
  count.add('e')
  count.add('b')
  expect([...count.values]).toEqual(Object.entries({ a: 2, c: 2, e: 1, b: 1 }))
  expect(count).toMatchObject({ missed: 1, total: 8 })
})

test('the most frequent values are the same as after sorting all', () => {
  const values = fc.dictionary(fc.string({ maxLength: 3 }), fc.integer({ min: 1, max: 9 }), { maxKeys: 60 })
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 12 }), (values, most) => {
      const count = new Count()
      const all = Object.entries(values).map(([value, count]) => ({ value, count }))
      for (const { value, count: times } of all) count.add(value, times)
      all.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      expect(count.top(most)).toEqual(all.slice(0, most))
    }),
  )
})

test('answers about more values than can be distinguished say so, and their totals are right', async () => {
  const hub = await TestBus.open({ maxBytes: 1024 ** 3 })
  for (let nth = 0; nth < 11_000; nth++) hub.store({ tag: `tag/${nth}` })
  for (let nth = 0; nth < 50; nth++) hub.store({ tag: 'often/x' })
  hub.runtime.advance(1000)
  const facets = await call(hub, 'events.facets', { field: 'tag' })
  expect(facets).toMatchObject({ exact: false, total: 11_050 })
  expect(facets.missed).toBeGreaterThan(0)
  expect(facets.other).toBeUndefined()
  expect(facets.values[0]).toEqual({ value: 'often/x', count: 50, atLeast: true })
  const histogram = await call(hub, 'events.histogram', { by: 'tag' })
  expect(histogram).toMatchObject({ exact: false, total: 11_050 })
  expect(histogram.series![0]).toMatchObject({ value: 'often/x', total: 50 })
  const tags = await call(hub, 'tags.complete', { prefix: 'tag/' })
  expect(tags.exact).toBe(false)
  expect(tags.tags.length).toBe(100)
})
