import { expect, onTestFinished, test } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { startClusterHub } from '../helpers/cluster-hub.js'
import { HeldProxy } from '../helpers/held-proxy.js'
import { NatsServer } from '../helpers/nats-server.js'
import { EdgeHub, range } from './fixture.js'

test('an edge hub that meets a hub which is behind its cluster waits, and claims no loss', async () => {
  const server = await NatsServer.start()
  onTestFinished(() => server.stop())
  const proxy = await HeldProxy.start(server.address)
  onTestFinished(() => proxy.stop())
  const one = await startClusterHub(server.address, 'behind', 'one')
  const two = await startClusterHub(proxy.address, 'behind', 'two')
  await using edge = await EdgeHub.start()
  const isSafe = () => edge.hub.hub.sources.at(-1)!.status().health?.details.waiting === 0
  const upstream = () => edge.data('hub/upstream/core')

  const runner = edge.forward({ servers: [one.address] })
  await edge.publish(1)
  const second = await two.client()
  await expect.poll(() => numbersIn(second)).toEqual([1])
  proxy.hold('all')
  await edge.publish(...range(50, 2))
  await edge.until(isSafe)
  await runner.stop()

  edge.forward({ servers: [two.address] })
  await expect.poll(() => upstream().at(-1)).toMatchObject({ code: 'TCN_CLUSTER_BEHIND' })
  await edge.publish(52)
  proxy.release()
  await expect.poll(() => numbersIn(second)).toEqual(range(52))
  expect(upstream().filter(({ state }) => state === 'warning')).toEqual([])
})

/** What a hub of the core has, in order. */
async function numbersIn(client: Client): Promise<number[]> {
  const numbers: number[] = []
  for await (const { data } of client.read('demo/').events()) numbers.push((data as { n: number }).n)
  return numbers
}
