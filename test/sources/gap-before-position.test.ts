import { expect, it } from 'vitest'
import { SourceRunner } from '../../src/sources/runner.js'
import type { SourceContext } from '../../src/sources/source.js'
import { SourcePosition } from '../../src/sources/source-position.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeHost } from '../helpers/fake-source-host.js'

async function started(host: FakeHost, runtime: FakeRuntime, stop = (_: SourceContext) => {}) {
  const contexts: SourceContext[] = []
  const create = () => ({
    start: async (context: SourceContext) => void contexts.push(context),
    stop: async () => stop(contexts[0]),
    health: () => ({ state: 'up' as const, details: {} }),
  })
  const runner = new SourceRunner({ name: 'scripted', create }, host)
  runner.start()
  await runtime.settle()
  return { runner, context: contexts[0] }
}

it('a gap is published before a position that is behind it is stored, and stored with it at a stop', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  const stored = async () => (await new SourcePosition(host, 'scripted').load()).position
  const { runner, context } = await started(host, runtime)
  context.moved(() => 1)
  await runtime.pass(500)
  context.lost(1, 'rotated away')
  await runtime.pass(500)
  expect(await stored()).toBe(1)
  expect(host.data('hub/gap/scripted')).toHaveLength(1)
  host.full = true
  context.lost(2, 'rotated away')
  context.moved(() => 2)
  await runtime.pass(5_000)
  expect(await stored()).toBe(1)
  await runner.stop()
  expect(await stored()).toBe(2)
  host.full = false
  const next = await started(host, runtime)
  expect(await next.context.load()).toBe(2)
  expect(host.data('hub/gap/scripted')).toMatchObject([{ count: 1 }, { count: 2 }])
})

it('a gap that a source finds while it ends is published if its position moves with it', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  const { runner } = await started(host, runtime, (context) => {
    context.lost(3, 'truncated')
    context.moved(() => 4)
  })
  await runner.stop()
  expect((await new SourcePosition(host, 'scripted').load()).position).toBe(4)
  expect(host.data('hub/gap/scripted')).toMatchObject([{ count: 3, reason: 'truncated' }])
})
