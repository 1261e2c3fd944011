import { pack } from 'msgpackr'
import { expect, test } from 'vitest'
import { nextInOrder } from '../../src/bus/event-order.js'
import { DEFAULT_BUS_LIMITS } from '../../src/bus/limits.js'
import { TickBudget } from '../../src/bus/tick-budget.js'
import { encodeFrame } from '../../src/event/frame.js'
import { compileFilter, parseFilter } from '../../src/filter/index.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { append } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

const HOUR = 3600e6
const START = Date.parse('2026-01-01T00:00:00Z') * 1000

/** A segment for each of some hours, with an event of each minute. */
async function hoursOf(count: number) {
  const log = await openLmdb({ segment: { bytes: 15_000 } })
  for (let hour = 0; hour < count; hour++) {
    const frames = Array.from({ length: 60 }, (_, minute) =>
      encodeFrame({
        tag: 'a/b',
        body: pack('x'.repeat(200)),
        attributes: pack({ time: new Date((START + hour * HOUR) / 1000 + minute * 60_000).toISOString() }),
      }),
    )
    await log.durable(await append(log, frames))
  }
  return log
}

test('segments without an event of the time that is asked for are passed over, once that is known', async () => {
  const log = await hoursOf(5)
  const span = { from: START + 2 * HOUR, to: START + 3 * HOUR - 1 }
  const ask = async () => {
    const work = {
      bytes: Number.POSITIVE_INFINITY,
      principal: 'me',
      budget: new TickBudget(realRuntime, DEFAULT_BUS_LIMITS),
    }
    const range = { seqs: { from: 1, to: log.last }, from: span.from, to: span.to + 1, backwards: false }
    const matcher = compileFilter(parseFilter(undefined), { typeOf: (tag) => tag })
    return (await nextInOrder(log, range, matcher, work)).events.map(({ seq }) => seq)
  }
  expect(log.without!(span)).toEqual([])
  const first = await ask()
  expect(first).toHaveLength(60)
  expect(log.without!(span)).toEqual([
    { from: 1, to: 60 },
    { from: 61, to: 120 },
    { from: 181, to: 240 },
  ])
  expect(await ask()).toEqual(first)
  expect(log.without!({ from: START, to: START + 5 * HOUR })).toEqual([])
  await log.close()
})
