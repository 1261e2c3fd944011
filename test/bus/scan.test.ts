import { expect, test } from 'vitest'
import { scan } from '../../src/bus/scan.js'
import { TickBudget } from '../../src/bus/tick-budget.js'
import { encode } from '../../src/event/index.js'
import { compileFilter, parseFilter } from '../../src/filter/index.js'
import { TestBus, typeOf } from './fixture.js'

test('a search asks for its turn before it loads a batch and before it looks at it, however few events are in it', async () => {
  const hub = await TestBus.open({ maxBytes: 64 * 1024 * 1024 })
  // Each is a batch of its own.
  for (let nth = 0; nth < 20; nth++) hub.store({ tag: 'long/x', body: encode('x'.repeat(1024 * 1024)) })
  const asked: number[] = []
  let seen = 0
  class Counted extends TickBudget {
    override turn(): undefined {
      asked.push(seen)
    }
  }
  const budget = new Counted(hub.runtime, 1e9)
  const matcher = compileFilter(parseFilter('long/'), { typeOf })
  const work = { bytes: 1e9, budget, principal: 'one' }
  const searching = scan(hub.log, { from: 1, to: 20 }, matcher, work, () => {
    seen++
    return true
  })
  while (seen < 20) await hub.runtime.settle()
  await hub.runtime.settle()
  expect(await searching).toMatchObject({ seen: 20, matched: 20, exact: true })
  const beforeLoading = Array.from({ length: 21 }, (_, nth) => nth)
  const beforeLooking = Array.from({ length: 20 }, (_, nth) => nth)
  expect(asked).toEqual([...beforeLoading, ...beforeLooking].sort((a, b) => a - b))
  await hub.bus.close()
})
