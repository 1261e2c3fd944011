import { expect, onTestFinished, test } from 'vitest'
import { HeldProxy } from '../helpers/held-proxy.js'
import { EdgeHub } from './fixture.js'
import { wayTo } from './transports.js'

test('events whose answers are lost with the connection are counted once the other hub says that it has them', async () => {
  await using core = await EdgeHub.start()
  const way = await wayTo(core, 'tcp')
  const proxy = await HeldProxy.start(new URL(way.servers[0]).host)
  onTestFinished(() => proxy.stop())
  await using edge = await EdgeHub.start()
  const runner = edge.forward({ ...way, servers: [`tcp://${proxy.address}`] })
  const health = () => runner.status().health
  await edge.until(() => health()?.state === 'up')
  proxy.delay(300)
  await edge.publish(1, 2, 3)
  await core.until(() => core.numbers.length === 3)
  proxy.cut()
  await edge.until(() => health()?.state === 'degraded')
  proxy.delay(0)
  proxy.mend()
  await edge.publish(4)
  await core.until(() => core.numbers.length === 4)
  await expect.poll(() => health()?.details.forwarded).toBe(4)
  expect(core.numbers).toEqual([1, 2, 3, 4])
})
