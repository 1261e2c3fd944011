import { expect, it } from 'vitest'
import { SourceRunner } from '../../src/sources/runner.js'
import type { SourceContext } from '../../src/sources/source.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeHost } from '../helpers/fake-source-host.js'

it('a source that goes on when another log takes the place of its own knows the epoch of that', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  let context: SourceContext | undefined
  const create = () => ({
    start: async (given: SourceContext) => {
      context = given
    },
    stop: async () => undefined,
    health: () => ({ state: 'up' as const, details: {} }),
  })
  new SourceRunner({ name: 'scripted', create }, host).start()
  await runtime.settle()
  expect(context?.epoch).toBe('fakeepoch0000')
  host.epoch = 'fakeepoch0001'
  expect(context?.epoch).toBe('fakeepoch0001')
})
