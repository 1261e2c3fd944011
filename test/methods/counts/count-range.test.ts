import { expect, test } from 'vitest'
import { encode } from '../../../src/event/index.js'
import { formatTime } from '../../../src/event/position.js'
import { compileFilter, everything } from '../../../src/filter/index.js'
import { Count } from '../../../src/methods/counts/count.js'
import { countRange, Reached } from '../../../src/methods/counts/count-range.js'
import { coverageOf } from '../../../src/methods/counts/patience.js'
import { TestBus, typeOf } from '../../bus/fixture.js'

const HOUR = 3600e6

/** Counts all events, and returns what the answer would have said meanwhile, at each event. */
async function watched(happened: boolean): Promise<{ said: (number | undefined)[]; reached: Reached }> {
  const hub = await TestBus.open({ slabBytes: 4096 })
  const past = formatTime(hub.runtime.now() - 24 * HOUR)
  for (let nth = 0; nth < 20; nth++)
    hub.store({ tag: 'a', attributes: encode({ time: past }), body: encode('x'.repeat(3000)) })
  await hub.runtime.settle()
  const to = hub.runtime.now() + HOUR
  const [reached, count] = [new Reached(to), new Count()]
  const said: (number | undefined)[] = []
  const read = () => {
    said.push(coverageOf(reached, count.total, 0, (micros) => micros).share)
    return undefined
  }
  const matcher = compileFilter(everything, { typeOf })
  const question = {
    filter: everything,
    wanted: matcher,
    rights: matcher,
    by: { name: 'x', list: undefined, read },
  }
  const range = { from: 1, to: 20, at: () => count, ...(happened && { happened: { from: 0, to } }) }
  const work = { bytes: Number.POSITIVE_INFINITY, budget: hub.bus.budget, principal: 'admin' }
  const counting = countRange(hub.log, question, range, work, reached)
  await hub.runtime.settle()
  await counting
  expect(count.total).toBe(20)
  return { said, reached }
}

test('a count by the time of the events says how much of the log was read', async () => {
  const { said, reached } = await watched(true)
  const shares = said.flatMap((share) => share ?? [])
  expect(shares.length).toBeGreaterThan(10)
  expect(shares).toEqual([...shares].sort((one, other) => one - other))
  expect(shares.at(-1)).toBeGreaterThan(0.8)
  expect(reached.share).toBe(1)
  reached.after = undefined
  expect(coverageOf(reached, 20, 0, (micros) => micros)).toEqual({ exact: true, total: 20 })
})

test('a count by the time of storing says from when on everything was counted instead', async () => {
  const { said, reached } = await watched(false)
  expect(new Set(said)).toEqual(new Set([undefined]))
  expect(reached.after).toBeGreaterThan(0)
})
