import { expect, it } from 'vitest'
import { SourceRunner } from '../../src/sources/runner.js'
import type { Source, SourceContext } from '../../src/sources/source.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeHost } from '../helpers/fake-source-host.js'

const fail = () => {
  throw new Error('broken')
}

it.each([
  ['a timer', ({ runtime }: SourceContext) => void runtime.after(1, fail)],
  ['the next turn', ({ runtime }: SourceContext) => runtime.soon(fail)],
])('a source that throws in %s is stopped and started again', async (_, plan) => {
  const runtime = new FakeRuntime()
  let context!: SourceContext
  let stops = 0
  const create = (): Source => ({
    start: async (given) => {
      context = given
    },
    stop: async () => {
      stops++
    },
    health: () => ({ state: 'up', details: {} }),
  })
  const running = new SourceRunner({ name: 'scripted', create }, new FakeHost(runtime))
  running.start()
  await runtime.settle()
  plan(context)
  await runtime.pass(1)
  await runtime.settle()
  expect(running.status()).toMatchObject({ state: 'down', reason: 'broken' })
  expect(stops).toBe(1)
  await runtime.pass(60_000)
  expect(running.status()).toMatchObject({ state: 'up', restarts: 1 })
})
