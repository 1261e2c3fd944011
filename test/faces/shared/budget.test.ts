import { describe, expect, it } from 'vitest'
import { HeldBytes } from '../../../src/faces/shared/budget.js'

function shared(limit: number) {
  let held = 0
  return {
    get held() {
      return held
    },
    countHalfReceived(change: number) {
      held += change
      return change <= 0 || held <= limit
    },
  }
}

describe('memory for half-received input', () => {
  it('is shared, so that bytes released by one holder are available to others', () => {
    const all = shared(100)
    const [one, other] = [new HeldBytes(all), new HeldBytes(all)]
    expect(one.set(80)).toBe(true)
    expect(one.set(10)).toBe(true)
    expect(other.set(90)).toBe(true)
    expect(all.held).toBe(100)
  })

  it('is released as soon as a holder is refused, so that no other is refused because of it', () => {
    const all = shared(100)
    const [refused, other] = [new HeldBytes(all), new HeldBytes(all)]
    expect(other.set(40)).toBe(true)
    expect(refused.set(50)).toBe(true)
    expect(refused.set(70)).toBe(false)
    expect(all.held).toBe(40)
    expect(other.set(100)).toBe(true)
  })

  it('no longer counts a holder that was refused', () => {
    const all = shared(100)
    const refused = new HeldBytes(all)
    expect(refused.set(101)).toBe(false)
    expect(refused.set(5)).toBe(false)
    refused.set(0)
    expect(all.held).toBe(0)
  })
})
