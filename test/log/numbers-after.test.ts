import { expect, test } from 'vitest'
import { numbersAfter } from '../../src/log/numbers-after.js'

const log = {
  first: 101,
  last: 1_000_010,
  lost: [
    { from: 50, to: 60 },
    { from: 201, to: 300 },
    { from: 401, to: 1_000_000 },
  ],
}

test.each([
  ['everything that is kept', 0, 100 + 100 + 10],
  ['the end of a lost range', 250, 100 + 10],
  ['a place after all lost ranges', 1_000_004, 6],
  ['the newest event', 1_000_010, 0],
  ['a number of a newer log', 2_000_000, 0],
])('after %s only numbers count that may have an event', (_, seq, count) => {
  expect(numbersAfter(log, seq)).toBe(count)
})
