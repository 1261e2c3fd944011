import { describe, expect, it } from 'vitest'
import { filterText } from '../../console/pages/bus/filter-text.js'
import { storedEvents } from '../../console/pages/bus/retention.js'
import {
  HISTORY_MS,
  joined,
  PERIOD_MS,
  Rate,
  SampleHistory,
  Series,
} from '../../console/pages/bus/samples.js'
import { hubNow, moment, setClock, since } from '../../console/pages/bus/times.js'
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
    expect(joined(stored, seen.points).map(({ value }) => value)).toEqual([1, 1, 2, 2, 2, 1, 1])
    expect(joined([], seen.points)).toEqual(seen.points)
  })
})

describe('the history of the hub', () => {
  const sample = (time: number, memory: number) => ({
    time: time * 1000,
    accepted: 0,
    delivered: 0,
    flushMicros: 0,
    memory,
  })
  const values = (history: SampleHistory) => history.points('memory').map(({ value }) => value)

  it('is kept for an hour, and each sample once', () => {
    const history = new SampleHistory()
    expect(history.since).toBe(0)
    history.add([sample(1e9, 1), sample(1e9 + HISTORY_MS, 2)])
    expect(history.since).toBe((1e9 + HISTORY_MS) * 1000)
    history.add([sample(1e9 + HISTORY_MS, 2), sample(1e9 + 2 * HISTORY_MS, 3)])
    expect(values(history)).toEqual([undefined, 1, 2, 3])
    history.add([sample(1e9 + PERIOD_MS + HISTORY_MS, 4)])
    expect(values(history)).toEqual([undefined, 3, undefined, 4])
  })

  it('is interrupted while the hub did not run, and goes on when it does again', () => {
    const history = new SampleHistory()
    history.add([sample(1e9, 1)])
    history.add([sample(1e9 + 6 * HISTORY_MS, 2)])
    expect(values(history)).toEqual([undefined, 1, undefined, 2])
  })
})

describe('a time of the hub', () => {
  it('is compared with the clock of the hub', () => {
    const now = Date.now() * 1000
    setClock(now + 600e6)
    expect(hubNow() - now).toBeGreaterThanOrEqual(600e6)
    expect(since(now)).toBeGreaterThanOrEqual(600e6)
    setClock(Date.now() * 1000)
  })

  it('has its year if that is another one', () => {
    const { time } = { time: new Date() }
    expect(moment(time.getTime() * 1000)).toMatch(/^\d+ \w{3} \d\d:\d\d$/)
    time.setFullYear(time.getFullYear() + 1)
    expect(moment(time.getTime() * 1000)).toMatch(
      new RegExp(`^\\d+ \\w{3} ${time.getFullYear()} \\d\\d:\\d\\d$`),
    )
  })
})

it('the number of events of a log is without the numbers that it has lost', () => {
  const lost = (from: number, to: number) => ({ from, to })
  expect(storedEvents({ first: 1, last: 10, lost: [] })).toBe(10)
  expect(storedEvents({ first: 1, last: 0, lost: [] })).toBe(0)
  expect(storedEvents({ first: 5, last: 100, lost: [lost(1, 2), lost(3, 6), lost(11, 90)] })).toBe(14)
  expect(storedEvents({ first: 1, last: 10, lost: [lost(9, 4096)] })).toBe(8)
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
