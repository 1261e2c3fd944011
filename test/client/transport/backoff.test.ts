import { describe, expect, it } from 'vitest'
import { Backoff } from '../../../src/client/transport/backoff.js'

describe('the pauses between attempts', () => {
  it('grow to five seconds, vary by half of each pause, and start again after a reset', () => {
    const longest = new Backoff(() => 1)
    const delays = Array.from({ length: 10 }, () => longest.next())
    expect(delays).toEqual([50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
    longest.reset()
    expect(longest.next()).toBe(50)
    expect(new Backoff(() => 0).next()).toBe(25)
  })

  it('start again after a connection that lasted, and not after one that ended soon', () => {
    const longest = new Backoff(() => 1)
    const delays = [0, 100, 4999].map((lasted) => longest.next(lasted))
    expect(delays).toEqual([50, 100, 200])
    expect(longest.next(5000)).toBe(50)
  })
})
