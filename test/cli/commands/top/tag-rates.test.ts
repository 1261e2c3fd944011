import { describe, expect, it } from 'vitest'
import { TagRates } from '../../../../src/cli/commands/top/tag-rates.js'
import { sampleEvent } from '../../output/sample.js'

function count(rates: TagRates, tag: string, times = 1): void {
  const { bytes } = sampleEvent({ tag })
  for (let n = 0; n < times; n++) rates.count(bytes, 0)
}

describe('TagRates', () => {
  it('counts by the first two segments, the busiest first', () => {
    const rates = new TagRates()
    count(rates, 'salt/auth', 2)
    count(rates, 'salt/job/1/ret/a', 5)
    count(rates, 'salt/job/2/new', 5)
    count(rates, 'short')
    rates.tick(2)
    expect(rates.list()).toEqual([
      { prefix: 'salt/job', perSecond: 5, total: 10 },
      { prefix: 'salt/auth', perSecond: 1, total: 2 },
      { prefix: 'short', perSecond: 0.5, total: 1 },
    ])
  })

  it('lets a rate decay when no more events arrive', () => {
    const rates = new TagRates()
    count(rates, 'a/b', 10)
    rates.tick(1)
    rates.tick(1)
    expect(rates.list()[0].perSecond).toBeCloseTo(5)
    for (let n = 0; n < 100; n++) rates.tick(1)
    expect(rates.list()).toEqual([{ prefix: 'a/b', perSecond: 0, total: 10 }])
  })

  it('counts prefixes above its limit together', () => {
    const rates = new TagRates()
    for (let n = 0; n < 1500; n++) count(rates, `t/${n}/x`)
    rates.tick(1)
    expect(rates.list()).toHaveLength(1001)
    expect(rates.list()[0]).toEqual({ prefix: '(others)', perSecond: 500, total: 500 })
    rates.clear()
    expect(rates.list()).toEqual([])
  })
})
