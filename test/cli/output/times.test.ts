import { expect, it } from 'vitest'
import { Times } from '../../../src/cli/output/times.js'
import { parseTime } from '../../../src/event/position.js'

const at = (text: string) => parseTime(text)!
const now = at('2026-11-20T12:00:00Z')

it('times are written in UTC, by the clocks here, or as an age', () => {
  const event = at('2026-11-20T06:31:07.123456Z')
  const text = (style: ConstructorParameters<typeof Times>[0]) => new Times(style, () => now).text(event)
  expect(text('utc')).toBe('2026-11-20T06:31:07.123Z')
  expect(text('short')).toMatch(/^\d\d:\d\d:07\.123$/)
  expect(text('local')).toMatch(/^2026-11-\d\dT\d\d:\d\d:07\.123[+-]\d\d:\d\d$/)
  // What is shown is the same time, whatever the zone is.
  expect(at(text('local'))).toBe(at('2026-11-20T06:31:07.123Z'))
  expect(text('relative').trim()).toBe('5h 28m ago')
})

it('the time between events is shown from the second one on', () => {
  const times = new Times('delta', () => now)
  expect([now, now + 1_500_000, now + 1_000_000].map((each) => times.text(each).trim())).toEqual([
    '+0.000000',
    '+1.500000',
    '-0.500000',
  ])
})

it('a day is announced when it changes, and at first if it is not today', () => {
  const times = new Times('short', () => now)
  expect(times.newDay(now)).toBeUndefined()
  expect(times.newDay(now - 86400e6)).toMatch(/^2026-11-19 \(UTC/)
  expect(times.newDay(now - 86400e6)).toBeUndefined()
  expect(times.newDay(now)).toMatch(/^2026-11-20 \(UTC/)
})
