import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import { JetStreamApi } from '../../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { type ClusterHub, startClusterHub } from '../../helpers/cluster-hub.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

vi.setConfig({ testTimeout: 180_000 })
const LONG = { timeout: 60_000, interval: 50 }

/** A program that uses the consumer `work`, and what it was given. */
async function worker(client: Client, seen: unknown[]): Promise<void> {
  const work = client.subscribe('demo/', { consumer: 'work' })
  const follow = async () => {
    for await (const item of work) {
      if (!('tag' in item)) {
        if (item.status === 'gap') seen.push(item.why)
        continue
      }
      seen.push(item.data)
      work.ack(item)
    }
  }
  void follow().catch((thrown) => seen.push(thrown.code))
  await work.ready()
}

async function startTwo(cluster: string): Promise<[ClusterHub, Client, Client]> {
  const one = await startClusterHub(server.address, cluster, 'one')
  const two = await startClusterHub(server.address, cluster, 'two')
  return [one, await one.client(), await two.client()]
}

const settled = (client: Client) => async () =>
  (await client.request('consumers.get', { name: 'work' })).pending

test('a consumer that another hub serves can be moved from any hub, and goes on where it was moved to', async () => {
  const [, first, second] = await startTwo('seek')
  const seen: unknown[] = []
  await worker(first, seen)
  for (const n of [1, 2]) await first.publish('demo/x', n, { ack: 'durable' })
  await expect.poll(() => seen, LONG).toEqual([1, 2])
  await expect.poll(settled(first), LONG).toBe(0)
  const known = async () => (await second.request('consumers.list', {})).consumers.map(({ hub }) => hub)
  await expect.poll(known, LONG).toEqual(['one'])
  const { to, events } = await second.request('consumers.seek', { name: 'work', to: 'start' })
  expect(to).toMatch(/-0$/)
  expect(events).toBe(2)
  await expect.poll(() => seen, LONG).toEqual([1, 2, 1, 2])
})

test('a consumer that another hub serves can be removed from any hub, and its programs are told', async () => {
  const [, first, second] = await startTwo('delete')
  const seen: unknown[] = []
  await worker(first, seen)
  await first.publish('demo/x', 1)
  await expect.poll(() => seen, LONG).toEqual([1])
  const names = (client: Client) => async () =>
    (await client.request('consumers.list', {})).consumers.map(({ name }) => name)
  await expect.poll(names(second), LONG).toEqual(['work'])
  expect(await second.request('consumers.delete', { name: 'work' })).toEqual({ name: 'work', parked: 0 })
  expect(await names(second)()).toEqual([])
  await expect.poll(() => seen, LONG).toEqual([1, 'TCN_CONSUMER_UNKNOWN'])
  await expect.poll(names(first), LONG).toEqual([])
})

test('what the hub that serves a consumer refuses is refused with the same error', async () => {
  const [one, first, second] = await startTwo('refused')
  await worker(first, [])
  await expect.poll(async () => (await second.request('consumers.list', {})).consumers.length, LONG).toBe(1)
  const principal = one.hub.access.find('admin')!
  const ordered = one.hub.bus.consumers.carryOut({ do: 'seek', name: 'work', to: 'nonsense' })
  await expect(ordered).rejects.toMatchObject({ code: expect.stringMatching(/^TCN_/) })
  expect(one.hub.bus.consumers.carryOut({ do: 'delete', name: 'other' })).toBeUndefined()
  expect(one.hub.bus.consumers.get(principal, 'work').connections).toBe(1)
})

test('after the stream was deleted, a consumer reports one gap and goes on with the new stream', async () => {
  const one = await startClusterHub(server.address, 'gone', 'one')
  const seen: unknown[] = []
  const client = await one.client()
  await worker(client, seen)
  for (let n = 1; n <= 5; n++) await client.publish('demo/x', n, { ack: 'durable' })
  await expect.poll(() => seen, LONG).toEqual([1, 2, 3, 4, 5])
  const before = one.hub.bus.epoch
  const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
  onTestFinished(() => link.close())
  await new JetStreamApi(link).remove('gone')
  await expect.poll(() => one.hub.bus.epoch, LONG).not.toBe(before)
  await expect.poll(() => seen.includes('unknown-epoch'), LONG).toBe(true)
  for (let n = 6; n <= 9; n++) await client.publish('demo/x', n, { ack: 'durable' })
  await expect.poll(() => seen, LONG).toEqual([1, 2, 3, 4, 5, 'unknown-epoch', 6, 7, 8, 9])
  const position = async () => (await client.request('consumers.get', { name: 'work' })).cursor
  await expect.poll(position, LONG).toMatch(new RegExp(`^${one.hub.bus.epoch}-`))
})
