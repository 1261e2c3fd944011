import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { until } from '../faults/cluster-tools.js'
import { startClusterHub } from '../helpers/cluster-hub.js'
import { NatsServer } from '../helpers/nats-server.js'

const PATIENCE = { timeout: 120_000 }
const name = 'work'

let server: NatsServer
beforeEach(async () => {
  server = await NatsServer.start()
})
afterEach(() => server.stop())

interface Taken {
  n: number
  redelivered: boolean
}

/** Takes the events of the consumer, and acknowledges each. */
function taking(client: Client, taken: Taken[]): () => Promise<void> {
  const subscription = client.subscribe('n/', { consumer: name, from: 'start' })
  const over = (async () => {
    for await (const event of subscription.events()) {
      taken.push({ n: event.data as number, redelivered: event.redelivered })
      subscription.ack(event)
    }
  })().catch(() => undefined)
  return async () => {
    await subscription.close()
    await over
  }
}

it('marks each repeat after a durable consumer has moved while NATS stood still', PATIENCE, async () => {
  const one = await startClusterHub(server.address, 'moves', 'one')
  const other = await startClusterHub(server.address, 'moves', 'other')
  const first = await one.client()
  const taken: Taken[] = []
  const leave = taking(first, taken)
  let n = 0
  const publish = async (client: Client, count: number) => {
    for (const last = n + count; n < last; ) await client.publish('n/x', ++n, { ack: 'durable' })
  }
  await publish(first, 50)
  await until(() => taken.length === 50, 'the first hub has handed out all')
  server.suspend()
  await until(() => !one.hub.bus.consumers.servedBy(name) || !servedHere(one), 'the first hub has given up')
  await leave()
  server.resume()
  const second = await other.client()
  const later: Taken[] = []
  taking(second, later)
  await publish(second, 50)
  const numbers = () => new Set([...taken, ...later].map((each) => each.n))
  await until(() => numbers().size === n, 'the second hub has handed out the rest')
  const seen = new Set<number>()
  const unmarked = [...taken, ...later].filter((each) => {
    const isRepeat = seen.has(each.n)
    seen.add(each.n)
    return isRepeat && !each.redelivered
  })
  expect(unmarked).toEqual([])
  await leave()
})

function servedHere({ hub }: Awaited<ReturnType<typeof startClusterHub>>): boolean {
  return [...hub.bus.consumers.members()].length > 0
}
