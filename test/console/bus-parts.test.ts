import { describe, expect, it } from 'vitest'
import { filterText } from '../../console/pages/bus/filter-text.js'
import { joined, PERIOD_MS, Rate, Series } from '../../console/pages/bus/samples.js'
import { filterKey } from '../../src/filter/ast.js'
import { parseFilter } from '../../src/filter/index.js'

describe('the rate of a counter', () => {
  it('is what was added in the time between two answers', () => {
    const rate = new Rate()
    rate.add(1000, 500)
    expect(rate.now).toBeUndefined()
    rate.add(3000, 700)
    expect(rate.now).toBe(100)
  })

  it('is unknown over a restart of the hub, where the counter begins again', () => {
    const rate = new Rate()
    rate.add(0, 1000)
    rate.add(10_000, 20)
    expect(rate.series.points).toEqual([{ time: 10_000, value: undefined }])
    rate.add(20_000, 120)
    expect(rate.now).toBe(10)
  })
})

describe('the samples of a plot', () => {
  it('are those of the last hour, and less than a thousand', () => {
    const series = new Series()
    for (let time = 0; time <= 3 * PERIOD_MS; time += 2000) series.add(time, time)
    const { points } = series
    expect(points.at(-1)!.time).toBe(3 * PERIOD_MS)
    expect(points[0].time).toBeGreaterThan(2 * PERIOD_MS)
    expect(points.length).toBeLessThan(1000)
  })

  it('are another list after each one, by which the plot notices', () => {
    const series = new Series()
    series.add(0, 1)
    const before = series.points
    series.add(1, 2)
    expect(series.points).not.toBe(before)
  })

  it('are those that the hub has stored, and those that the page saw before and after them', () => {
    const seen = new Series()
    for (let time = 0; time <= 60_000; time += 10_000) seen.add(time, 1)
    const stored = [20_000, 30_000, 40_000].map((time) => ({ time, value: 2 }))
    expect(joined(stored, seen).map(({ value }) => value)).toEqual([1, 1, 2, 2, 2, 1, 1])
    expect(joined([], seen)).toEqual(seen.points)
  })
})

describe('a filter', () => {
  const shortened = (filter: Parameters<typeof parseFilter>[0]) => filterText(filterKey(parseFilter(filter)))

  it('is shown as people write it', () => {
    expect(shortened('salt/')).toBe('salt/')
    expect(shortened(['work/', 'other/a'])).toMatch(/^\((work\/ \| other\/a|other\/a \| work\/)\)$/)
    expect(filterText('{"all":[]}')).toBe('*')
    expect(filterText('{"any":[]}')).toBe('nothing')
    expect(filterText('{"all":[{"prefix":{"tag":"a/"}},{"not":{"exact":{"source":"b"}}}]}')).toBe(
      'a/ !source=b',
    )
  })

  it('stays as it is where there is no short form, however deep or odd it is', () => {
    expect(filterText('not JSON')).toBe('not JSON')
    expect(filterText('null')).toBe('null')
    expect(filterText('{"kind":3}')).toBe('{"kind":3}')
    const deep = `${'{"not":'.repeat(5000)}{"all":[]}${'}'.repeat(5000)}`
    expect(filterText(deep).length).toBeGreaterThan(5000)
  })
})
