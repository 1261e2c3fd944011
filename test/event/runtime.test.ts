import { expect, it } from 'vitest'
import { endOfWork } from '../../src/event/runtime.js'

const clock = { monotonic: () => 100 }

it('a part has all its time in a turn of the event loop in which nobody else has worked', () => {
  expect(endOfWork(clock, 5)).toBe(105)
  expect(endOfWork({ ...clock, inTurn: () => 0 }, 5)).toBe(105)
})

it('a part has less time when others have worked in the turn, and a millisecond in any case', () => {
  const after = (ms: number) => endOfWork({ ...clock, inTurn: () => ms }, 5)
  expect([0, 2, 3, 4, 5, 50].map(after)).toEqual([105, 103, 102, 101, 101, 101])
})
