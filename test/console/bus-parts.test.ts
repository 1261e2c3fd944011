import { describe, expect, it } from 'vitest'
import { filterText } from '../../console/pages/bus/filter-text.js'
import { publishBuckets, quantile } from '../../console/pages/bus/latency.js'
import { PERIOD_MS, Rate, Series } from '../../console/pages/bus/samples.js'
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
})

describe('the latency of publishing', () => {
  const metrics = (fast: number, all: number) => `# TYPE tocsin_publish_latency_seconds histogram
tocsin_publish_latency_seconds_bucket{le="0.001"} ${fast}
tocsin_publish_latency_seconds_bucket{le="0.01"} ${all}
tocsin_publish_latency_seconds_bucket{le="+Inf"} ${all}
tocsin_publish_latency_seconds_sum 1
`

  it('is that of the events since the last answer', () => {
    const before = publishBuckets(metrics(1000, 1000))
    const now = publishBuckets(metrics(1000, 1100))
    expect(quantile(0.99, now, before)).toBeCloseTo(9910, 0)
    expect(quantile(0.5, now)).toBeLessThan(1000)
  })

  it('is unknown when nothing was published', () => {
    const same = publishBuckets(metrics(5, 5))
    expect(quantile(0.99, same, same)).toBeUndefined()
    expect(quantile(0.99, [])).toBeUndefined()
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
