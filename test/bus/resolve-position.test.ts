import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backFromEnd } from '../../src/bus/resolve-position.js'
import type { LogReader } from '../../src/log/event-log.js'

it('numbers that the log lost do not count as events before the end', () => {
  const log = { first: 3, lost: [{ from: 6, to: 1000 }] } as unknown as LogReader
  const view = { log, dispatched: 1003 }
  // The events are 3, 4, 5, 1001, 1002 and 1003.
  expect([0, 1, 3, 4, 6, 7].map((count) => backFromEnd(count, view))).toEqual([1003, 1002, 1000, 4, 2, 2])
})

it('the place before the last n events has n events behind it, whatever the log lost', () => {
  const holes = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 })), {
    maxLength: 5,
  })
  fc.assert(
    fc.property(holes, fc.nat(5), fc.nat(40), (list, tail, count) => {
      const lost: { from: number; to: number }[] = []
      const events: number[] = []
      let seq = 0
      for (const [stored, missing] of list) {
        for (let n = 0; n < stored; n++) events.push(++seq)
        lost.push({ from: seq + 1, to: seq + missing })
        seq += missing
      }
      for (let n = 0; n < tail; n++) events.push(++seq)
      const log = { first: 1, lost } as unknown as LogReader
      const place = backFromEnd(count, { log, dispatched: seq })
      expect(events.filter((each) => each > place)).toHaveLength(Math.min(count, events.length))
    }),
  )
})
