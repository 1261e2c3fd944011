import { expect, test } from 'vitest'
import { aheadText } from '../../../src/cli/output/answers.js'
import type { LogInfo } from '../../../src/methods/contract/index.js'

const now = Date.parse('2026-01-01T00:00:00Z') * 1000
const log = (lastTime?: number) => ({ lastTime }) as LogInfo

test('a log whose last event is in the future says how far it is ahead of the clock, and what follows', () => {
  expect(aheadText(log(now + 3 * 3600e6), now)).toMatch(
    /^the log is ahead of the clock by 3h.*: until then, every event has the time 2026-01-01T03:00:00/,
  )
})

test('a log that is not ahead of the clock says nothing', () => {
  for (const lastTime of [undefined, now - 1e6, now, now + 1000]) {
    expect(aheadText(log(lastTime), now)).toBeUndefined()
  }
})
