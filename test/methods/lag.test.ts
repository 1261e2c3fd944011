import { expect, it } from 'vitest'
import { eventsBehind } from '../../src/methods/lag.js'

it('expired events and seqs lost in a crash do not count as lag', () => {
  const log = {
    first: 11,
    lost: [
      { from: 21, to: 30 },
      { from: 41, to: 45 },
    ],
  }
  expect(eventsBehind(log, 15, 20)).toBe(5)
  expect(eventsBehind(log, 15, 50)).toBe(20)
  expect(eventsBehind(log, 25, 50)).toBe(15)
  expect(eventsBehind(log, 2, 20)).toBe(10)
  expect(eventsBehind(log, 50, 50)).toBe(0)
  expect(eventsBehind(log, 60, 50)).toBe(0)
  expect(eventsBehind({ first: 1, lost: [] }, 0, 7)).toBe(7)
})
