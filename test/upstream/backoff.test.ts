import { expect, it } from 'vitest'
import { pauseBefore } from '../../src/upstream/backoff.js'

const chances = Array.from({ length: 200 }, (_, n) => n / 200)

it('200 hubs that lose their connection at the same time come back spread over the pause, and within ten seconds', () => {
  for (const attempt of [0, 3, 30]) {
    const pauses = chances.map((chance) => pauseBefore(attempt, 'TCN_CLIENT_UNREACHABLE', chance))
    expect(Math.max(...pauses)).toBeLessThanOrEqual(10_000)
    const longest = attempt === 0 ? 2_000 : 10_000
    const slices = Array.from(
      { length: 10 },
      (_, slice) => pauses.filter((pause) => Math.floor((pause / longest) * 10) === slice).length,
    )
    for (const count of slices) expect(count).toBeLessThanOrEqual(25)
  }
})

it('a refused token is tried again about once a minute', () => {
  for (const chance of [0, 1]) {
    const pause = pauseBefore(10, 'TCN_ACCESS_TOKEN', chance)
    expect(pause).toBeGreaterThanOrEqual(30_000)
    expect(pause).toBeLessThanOrEqual(60_000)
  }
})
