import { expect, it } from 'vitest'
import { TickBudget } from '../../src/bus/tick-budget.js'
import { type StatusContext, statusMethods } from '../../src/methods/hub.js'
import type { Call } from '../../src/methods/method.js'
import { defineTypes, TypeRegistry } from '../../src/types/index.js'

/** Longer than all may work in a turn of the event loop, ms. */
const LONG = 10

it('types.list makes the schemas in several turns of the event loop, and none if they are not wanted', async () => {
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
  const without = await list.run(call as never, { schemas: false } as never)
  expect(without).toMatchObject({ types: [{ type: 'a.a', schema: undefined }, {}, {}] })
  expect(madeIn.size).toBe(0)
  const whole = await list.run(call as never, { schemas: true } as never)
  expect(whole).toMatchObject({ types: [{ type: 'a.a', schema: {} }, {}, {}] })
  expect(madeIn.size).toBeGreaterThan(1)
})
