import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { retryPause, scatteredPause } from '../../src/event/retry-pause.js'

const pauses = { first: 1_000, longest: 60_000 }

describe('the pause before another attempt', () => {
  it('doubles with each failure, up to the longest', () => {
    const found = [1, 2, 3, 6, 7, 8, 5_000].map((failures) => retryPause(failures, pauses))
    expect(found).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000])
  })

  it('is the first one without a failure', () => {
    expect(retryPause(0, pauses)).toBe(1_000)
  })

  it('loses at most a quarter by chance, and grows by none', () => {
    const random = (byte: number) => ({ random: () => new Uint8Array([byte]) })
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(255), (failures, byte) => {
        const usual = retryPause(failures, pauses)
        const found = scatteredPause(failures, pauses, random(byte))
        expect(found).toBeLessThanOrEqual(usual)
        expect(found).toBeGreaterThan(usual * 0.75)
      }),
    )
  })
})
