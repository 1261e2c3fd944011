import { expect, test } from 'vitest'
import { SourceRunner } from '../../src/sources/runner.js'
import { upstreamsConfig } from '../../src/upstream/config.js'
import { upstreamSource } from '../../src/upstream/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeHost } from '../helpers/fake-source-host.js'

test('what waits is counted by the log, whose numbers may jump', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  const [config] = upstreamsConfig.parse([
    { name: 'core', edge: 'edge1', servers: ['/nowhere/core.sock'], filter: ['demo/'] },
  ])
  const position = { cursor: `${host.epoch}-10`, counter: 10 }
  host.store.set('upstream/core', Buffer.from(JSON.stringify({ position })))
  host.last = 1_000_012
  host.lost = { from: 12, to: 1_000_010 }
  const runner = new SourceRunner(upstreamSource(config), host)
  runner.start()
  await runtime.settle()
  expect(runner.status().health?.details.waiting).toBe(3)
  await runner.stop()
})
