import { describe, expect, it } from 'vitest'
import { histogramLines } from '../../../../src/cli/commands/counts/histogram.js'
import { statsLines } from '../../../../src/cli/commands/counts/stats.js'
import { valueLines } from '../../../../src/cli/commands/counts/values.js'
import { noColors } from '../../../../src/cli/terminal/colors.js'
import { displayWidth } from '../../../../src/cli/terminal/text.js'
import type { Histogram } from '../../../../src/methods/contract/index.js'

const start = Date.UTC(2026, 10, 20, 6, 30) * 1000
const histogram: Histogram = {
  from: start,
  to: start + 180e6,
  start,
  step: 60e6,
  counts: [0, 1, 1200],
  total: 1201,
  exact: true,
}

describe('tocsin histogram', () => {
  it('draws each span, the largest as wide as the terminal and no event as nothing', () => {
    const lines = histogramLines(histogram, 60, noColors)
    expect(lines).toEqual([
      '2026-11-20T06:30Z      0',
      '2026-11-20T06:31Z      1  ▏',
      `2026-11-20T06:32Z  1,200  ${'█'.repeat(34)}`,
      '1,201 events, 1m a line',
    ])
    for (let columns = 20; columns < 100; columns++) {
      const widest = Math.max(...histogramLines(histogram, columns, noColors).map(displayWidth))
      expect(widest).toBeLessThanOrEqual(Math.max(columns, 27))
    }
  })
})

describe('tocsin stats', () => {
  const counted: Histogram = {
    ...histogram,
    series: [{ value: 'salt/job', total: 1100, counts: [0, 100, 1000] }],
    other: [0, 0, 101],
  }

  it('shows the share, the rate and the trend of each row, and the rest in one', () => {
    expect(statsLines(counted, 'tag', 80)).toEqual([
      'TAG       EVENTS  SHARE  EVENTS/S  TREND',
      'salt/job   1,100  91.6%       6.1   ▁█',
      '(others)     101   8.4%       0.6    █',
      '1,201 events in all, 6.7 a second',
    ])
  })

  it('says that nothing matches', () => {
    expect(statsLines({ ...histogram, total: 0, series: [], other: [] }, 'tag', 80)).toEqual([
      'no event matches',
    ])
  })
})

describe('tocsin values', () => {
  const facets = { field: 'data.code', from: 0, to: 1, total: 4, exact: true }

  it('shows how often each value occurs, and how many events have none of them', () => {
    const values = [
      { value: 'a\x1b[2J', count: 2 },
      { value: false, count: 1 },
    ]
    expect(valueLines({ ...facets, values, other: 1 }, 80)).toEqual([
      'VALUE     EVENTS  SHARE',
      'a\\x1b[2J       2  50.0%',
      'false          1  25.0%',
      '4 events in all, 1 of them without the field or with another value',
    ])
  })

  it('tells no event from no such field', () => {
    expect(valueLines({ ...facets, values: [], other: 4 }, 80)).toEqual([
      'none of 4 events has the field data.code',
    ])
    expect(valueLines({ ...facets, total: 0, values: [], other: 0 }, 80)).toEqual(['no event matches'])
  })
})
