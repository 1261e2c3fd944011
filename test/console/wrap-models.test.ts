import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { betterEnd, fitting } from '../../console/pages/events/wrap/fitting.js'

describe('rows of different heights', () => {
  it('fit from the last one up', () => {
    expect(fitting([24, 24, 24], 72)).toBe(3)
    expect(fitting([24, 24, 24], 71)).toBe(2)
    expect(fitting([10, 100, 10], 60)).toBe(1)
    expect(fitting([100], 60)).toBe(0)
    expect(fitting([], 60)).toBe(0)
  })

  const rows = (given: Partial<Parameters<typeof betterEnd>[0]>) =>
    betterEnd({
      heights: [30, 30, 30, 30],
      room: 60,
      top: 10,
      first: 0,
      end: 50,
      wanted: undefined,
      ...given,
    })

  it('stay while the wanted one is seen, and move up until it is', () => {
    expect(rows({})).toBeUndefined()
    expect(rows({ wanted: 13 })).toBeUndefined()
    expect(rows({ wanted: 12 })).toBeUndefined()
    expect(rows({ wanted: 11 })).toBe(13)
    expect(rows({ wanted: 10 })).toBe(12)
    expect(rows({ wanted: 10, heights: [90, 30, 30, 30] })).toBe(11)
    expect(rows({ wanted: 3 })).toBeUndefined()
  })

  it('leave no room while there are more of them', () => {
    expect(rows({ top: 0, heights: [30] })).toBe(50)
    expect(rows({ top: 0, heights: [30], end: 1 })).toBeUndefined()
  })

  it('show the wanted one after one move, whatever their heights are', () => {
    const heights = fc.array(fc.integer({ min: 24, max: 200 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(heights, fc.nat(), (all, pick) => {
        const wanted = pick % all.length
        const given = { heights: all, room: 300, top: 0, first: 0, end: all.length, wanted }
        const end = betterEnd(given)
        const shown = all.slice(0, end ?? all.length)
        expect(wanted).toBeGreaterThanOrEqual(shown.length - fitting(shown, 300))
        expect(betterEnd({ ...given, heights: shown })).toBeUndefined()
      }),
    )
  })
})
