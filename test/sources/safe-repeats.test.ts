import { expect, it } from 'vitest'
import { SourceRunner } from '../../src/sources/runner.js'
import type { SourceContext } from '../../src/sources/source.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeHost } from '../helpers/fake-source-host.js'

it('an event is safe only when what stands for its repeats is', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  let context!: SourceContext
  const create = () => ({
    async start(given: SourceContext) {
      context = given
    },
    stop: async () => undefined,
    health: () => ({ state: 'up' as const, details: {} }),
  })
  const policy = { redact: [], collapse: 60_000, volatile: [] }
  new SourceRunner({ name: 'scripted', create, policy }, host).start()
  await runtime.settle()
  for (let i = 0; i < 3; i++) context.publish('load', { load1: 1 })
  host.full = true
  await expect(context.settled()).rejects.toMatchObject({ code: 'TCN_BUS_SUSPENDED' })
  host.full = false
  await context.settled()
  expect(host.data('host/web1/scripted/load')).toEqual([{ load1: 1 }, { load1: 1, repeated: 2 }])
})
