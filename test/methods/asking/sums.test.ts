import { expect, it } from 'vitest'
import { FacetSum, HistogramSum, TagSum } from '../../../src/methods/asking/sums.js'

const span = { from: 0, to: 20, start: 0, step: 10, count: 2 }
const whole = { exact: true, total: 3 }
const histogram = { from: 0, to: 20, start: 0, step: 10, counts: [1, 2], ...whole }

it('histograms are added bucket by bucket, and their most frequent values anew', () => {
  const sum = new HistogramSum(span, 1, 100)
  const series = (value: string, ...counts: number[]) => ({ value, total: counts[0] + counts[1], counts })
  sum.add({ ...histogram, series: [series('a', 1, 0), series('b', 0, 2)], other: [0, 0] })
  sum.add({ ...histogram, counts: [null, 3], series: [series('b', 0, 3)], other: [0, 0] })
  expect(sum.total()).toEqual({
    ...histogram,
    counts: [1, 5],
    total: 6,
    series: [{ value: 'b', total: 5, counts: [0, 5] }],
    other: [1, 0],
  })
})

it('a hub that has counted other spans is refused, and the sum is what it was', () => {
  const sum = new HistogramSum(span, 10, 100)
  sum.add(histogram)
  for (const other of [{ start: 1 }, { step: 5 }, { counts: [1] }])
    expect(() => sum.add({ ...histogram, ...other })).toThrow(
      expect.objectContaining({ code: 'TCN_EDGE_ANSWER' }),
    )
  expect(sum.total()).toEqual(histogram)
})

it('a sum is exact only if every hub has returned all of its values', () => {
  const sum = new HistogramSum(span, 10, 1)
  sum.add({ ...histogram, series: [{ value: 'a', total: 1, counts: [1, 0] }], other: [0, 2] })
  expect(sum.total().exact).toBe(false)
  const facets = { field: 'tag', from: 0, to: 20, ...whole }
  const values = new FacetSum({ field: 'tag', from: 0, to: 20 }, 10, 2)
  values.add({ ...facets, values: [{ value: 'a', count: 3 }], other: 0 })
  expect(values.total()).toMatchObject({ exact: true, other: 0 })
  values.add({
    ...facets,
    total: 2,
    values: [
      { value: 'a', count: 1 },
      { value: 'b', count: 1 },
    ],
  })
  expect(values.total()).toMatchObject({
    exact: false,
    total: 5,
    values: [
      { value: 'a', count: 4, atLeast: true },
      { value: 'b', count: 1, atLeast: true },
    ],
  })
})

it('tags are added, the most frequent first', () => {
  const sum = new TagSum(2)
  const tag = (text: string, count: number) => ({ text, count, complete: true })
  sum.add({ tags: [tag('a', 1), tag('b', 1)], exact: true })
  sum.add({ tags: [tag('b', 3), tag('c', 2)], exact: true })
  expect(sum.total()).toEqual({ tags: [tag('b', 4), tag('c', 2)], exact: false })
})
