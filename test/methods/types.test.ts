import { expect, it } from 'vitest'
import { TickBudget } from '../../src/bus/tick-budget.js'
import { type StatusContext, statusMethods } from '../../src/methods/hub.js'
import type { Call } from '../../src/methods/method.js'
import { defineTypes, TypeRegistry } from '../../src/types/index.js'

/** Longer than all may work in a turn of the event loop, ms. */
const LONG = 10

it('types.list makes the schemas in several turns of the event loop', async () => {
  const clock = { turn: 0, now: 0 }
  const soon = (run: () => void) => {
    setImmediate(() => {
      clock.turn++
      run()
    })
  }
  const madeIn = new Set<number>()
  const schema = () => {
    clock.now += LONG
    madeIn.add(clock.turn)
    return { type: 'object' as const }
  }
  const types = new TypeRegistry(
    defineTypes(['a.a', 'b.b', 'c.c'].map((type) => ({ type, tags: [type], schema }))),
  )
  const runtime = { monotonic: () => clock.now, soon }
  const budget = new TickBudget(runtime, { catchUpPerTick: 1e6 })
  const context = { types, runtime, bus: { budget } } as unknown as StatusContext
  const list = statusMethods(context).find(({ name }) => name === 'types.list')!
  const call = { principal: { name: 'x' }, signal: new AbortController().signal } as unknown as Call
  expect(await list.run(call as never, {} as never)).toMatchObject({ types: [{ type: 'a.a' }, {}, {}] })
  expect(madeIn.size).toBeGreaterThan(1)
})
