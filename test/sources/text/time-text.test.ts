import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatTime } from '../../../src/event/position.js'
import { timeText } from '../../../src/sources/text/time-text.js'

const DAY = 86_400e6

it('a time of a line is written as every other time', () => {
  const near = fc.integer({ min: -3 * DAY, max: 3 * DAY }).map((micros) => 1_764_000_000_000_000 + micros)
  const any = fc.integer({ min: -DAY, max: 4_000_000_000 * 1e6 })
  fc.assert(
    fc.property(fc.array(fc.oneof(near, any)), (all) => {
      for (const micros of all) expect(timeText(micros)).toBe(formatTime(micros))
    }),
  )
})
