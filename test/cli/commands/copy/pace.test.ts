import { describe, expect, it } from 'vitest'
import { Pace, parseSpeed } from '../../../../src/cli/commands/copy/pace.js'

describe('the pace of events', () => {
  it('follows their times, accelerated by the given factor', () => {
    let now = 1000
    const pace = new Pace(10, () => now)
    expect(pace.delay(5_000_000)).toBe(0)
    expect(pace.delay(6_000_000)).toBe(100)
    now = 1100
    expect(pace.delay(6_000_000)).toBe(0)
    now = 1500
    expect(pace.delay(7_000_000)).toBe(0)
    expect(pace.delay(11_000_000)).toBe(100)
  })

  it('does not wait for events without a time, or before the first', () => {
    const pace = new Pace(1, () => 0)
    expect(pace.delay(undefined)).toBe(0)
    pace.delay(10_000_000)
    expect(pace.delay(1)).toBe(0)
    expect(new Pace(Number.POSITIVE_INFINITY).delay(1e15)).toBe(0)
  })

  it('is interrupted when the command ends', async () => {
    const pace = new Pace(1)
    pace.delay(0)
    const ending = new AbortController()
    const waiting = pace.wait(3600e6, ending.signal)
    ending.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})

it.each([
  ['10x', 10],
  ['0.5x', 0.5],
  ['2', 2],
  ['max', Number.POSITIVE_INFINITY],
])('%s is a speed', (text, speed) => {
  expect(parseSpeed(text)).toBe(speed)
})

it.each(['0', '0x', '-1', 'fast', '', '1e9', '99999999'])('%s is not a speed', (text) => {
  expect(() => parseSpeed(text)).toThrow(/no/)
})
