import { expect, it } from 'vitest'
import { endOfWork } from '../../src/event/runtime.js'

const clock = { monotonic: () => 100 }

it('a part has all its time in a turn of the event loop in which nobody else has worked', () => {
  expect(endOfWork(clock, 5)).toBe(105)
  expect(endOfWork({ ...clock, inTurn: () => 0 }, 5)).toBe(105)
})

it('a part has less time when others have worked in the turn, and two milliseconds in any case', () => {
  const after = (ms: number) => endOfWork({ ...clock, inTurn: () => ms }, 5)
  expect([2, 3, 4, 7, 8, 50].map(after)).toEqual([105, 105, 104, 102, 102, 102])
})
