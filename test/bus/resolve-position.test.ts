import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backFromEnd, resolveStart } from '../../src/bus/resolve-position.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
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

const EPOCH = 'a'.repeat(13)

/** A hub that has received a log up to its fifth event. `caughtUp` lets it receive the others. */
function hubBehind(caughtUp: (receive: (last: number) => void) => Promise<void>) {
  const hub = { last: 5 }
  const log = {
    epoch: EPOCH,
    first: 1,
    lost: [],
    get last() {
      return hub.last
    },
    caughtUp: () =>
      caughtUp((last) => {
        hub.last = last
      }),
  } as unknown as LogReader
  return () => ({ log, dispatched: hub.last, now: 0, otherwise: 'now' as const })
}

it('a cursor of another hub that shares the log is looked for until this one has as much', async () => {
  const received = hubBehind(async (receive) => receive(9))
  expect(await resolveStart(`${EPOCH}-7`, received)).toEqual({ cursor: 7 })
  const short = hubBehind(async (receive) => receive(6))
  const gap = { type: 'gap', from: 0, to: 0, reason: 'ahead', next: 6 }
  expect(await resolveStart(`${EPOCH}-7`, short)).toEqual({ cursor: 6, gap })
})

it('a cursor is not called ahead of a shared log of which the end is not known', async () => {
  const apart = hubBehind(() => Promise.reject(new TocsinError('TCN_CLUSTER_BEHIND')))
  await expect(resolveStart(`${EPOCH}-7`, apart)).rejects.toMatchObject({ code: 'TCN_CLUSTER_BEHIND' })
  expect(await resolveStart(`${EPOCH}-5`, apart)).toEqual({ cursor: 5 })
})
