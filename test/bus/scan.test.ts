import { expect, test } from 'vitest'
import { scan } from '../../src/bus/scan.js'
import { TickBudget } from '../../src/bus/tick-budget.js'
import { frameSeq } from '../../src/event/frame.js'
import { encode, encodeFrame } from '../../src/event/index.js'
import { compileFilter, parseFilter } from '../../src/filter/index.js'
import type { LogReader } from '../../src/log/event-log.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
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
  const budget = new Counted(hub.runtime, { catchUpPerTick: 1e9 })
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

test.each([
  [false, [1, 1, 1]],
  [true, [0, 0, 0]],
])(
  'a search gives the memory of each batch back once, unless the bytes are kept: %s',
  async (keepsBytes, released) => {
    const given = [0, 0, 0]
    const log = {
      async *read() {
        for (let nth = 0; nth < 3; nth++) {
          const frame = encodeFrame({ tag: 'a', seq: nth + 1, body: encode(nth) })
          yield { bytes: frame, count: 1, firstSeq: nth + 1, lastSeq: nth + 1, release: () => given[nth]++ }
        }
      },
    } as unknown as LogReader
    const matcher = compileFilter(parseFilter('a'), { typeOf })
    const work = {
      bytes: 1e9,
      budget: new TickBudget(new FakeRuntime(), { catchUpPerTick: 1e9 }),
      principal: 'one',
      keepsBytes,
    }
    // The last batch ends the search.
    const found = await scan(log, { from: 1, to: 4 }, matcher, work, (bytes, at) => frameSeq(bytes, at) < 3)
    expect([found.matched, given]).toEqual([3, released])
  },
)

test('a search asks for its turn many times while it looks for fields in a long event', async () => {
  const hub = await TestBus.open({ maxBytes: 64 * 1024 * 1024 })
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, nth) => [`key${nth}`, nth]))
  hub.store({ tag: 'long/x', body: encode(many) })
  await hub.runtime.settle()
  let asked = 0
  class Counted extends TickBudget {
    override turn(): undefined {
      asked++
    }
  }
  const budget = new Counted(hub.runtime, { catchUpPerTick: 1e9 })
  const filter = { any: [{ exact: { 'data.none': 1 } }, { exact: { 'data.key99999': 99_999 } }] }
  const matcher = compileFilter(parseFilter(filter), { typeOf })
  const work = { bytes: 1e9, budget, principal: 'one' }
  const searching = scan(hub.log, { from: 1, to: 1 }, matcher, work, () => true)
  await hub.runtime.settle()
  expect(await searching).toMatchObject({ seen: 1, matched: 1, exact: true })
  expect(asked).toBeGreaterThan(10)
  await hub.bus.close()
})
