import { expect, it } from 'vitest'
import { SourceRunner } from '../../src/sources/runner.js'
import type { SourceContext } from '../../src/sources/source.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeHost } from '../helpers/fake-source-host.js'

it('a source is down since it went down, however often it is tried again', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  let context: SourceContext | undefined
  let attempts = 0
  let fault: Error | undefined
  const create = () => ({
    async start(given: SourceContext) {
      attempts++
      context = given
      if (fault !== undefined) throw fault
    },
    async stop() {},
    health: () => ({ state: 'up' as const, details: {} }),
  })
  const runner = new SourceRunner({ name: 'scripted', create }, host)
  runner.start()
  await runtime.pass(5_000)
  const since = runtime.now()
  fault = new Error('not yet')
  context?.failed(new Error('no more files'))
  await runtime.pass(120_000)
  expect(attempts).toBeGreaterThan(5)
  expect(runner.status()).toMatchObject({ state: 'down', reason: 'not yet', since })
  expect(host.data('hub/source/scripted').map(({ reason, since }) => [reason, since])).toEqual([
    ['started', '2026-01-01T00:00:00.000000Z'],
    ['no more files', '2026-01-01T00:00:05.000000Z'],
    ['not yet', '2026-01-01T00:00:05.000000Z'],
  ])
  fault = undefined
  await runtime.pass(60_000)
  expect(runner.status().state).toBe('up')
  expect(runner.status().since).toBeGreaterThan(since)
})
