import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Client, connect, type TocsinError } from '../../src/client/index.js'
import { requireTool } from '../helpers/tools.js'
import {
  bodiesIn,
  type Cluster,
  expectWhole,
  firing,
  isTold,
  newCluster,
  range,
  statesOf,
} from './cluster-tools.js'

const fill = new Uint8Array(100_000)

let cluster: Cluster

beforeAll(async () => {
  requireTool('nats-server')
  cluster = newCluster({ maxStore: '16MB' })
  await cluster.start()
}, 120_000)
afterAll(() => cluster?.stop())

/** Publishes until a hub refuses. */
async function publishUntilRefused(client: Client): Promise<{ stored: number; error: TocsinError }> {
  for (let n = 1; ; n++) {
    try {
      await client.publish('fill', { n, fill }, { ack: 'durable' })
    } catch (error) {
      return { stored: n - 1, error: error as TocsinError }
    }
  }
}

async function numbersIn(hub: Cluster['hubs'][number]): Promise<number[]> {
  return (await bodiesIn(hub, 'fill')).map((data) => (data as { n: number }).n)
}

test('NATS servers without room for more: publishers are told, nothing acknowledged is lost, and it goes on with more room', {
  timeout: 240_000,
}, async () => {
  const { hubs } = cluster
  const traffic = await firing(hubs)
  const client = await connect({ address: hubs[0].socket, producer: 'filler' })
  onTestFinished(() => client.close())
  const { stored, error } = await publishUntilRefused(client)
  expect(stored).toBeGreaterThan(50)
  expect(error).toMatchObject({
    code: 'TCN_NATS_FULL',
    message: expect.stringContaining('within 25 s'),
  })
  for (const { fault } of await statesOf(hubs)) expect(fault).toContain('the storage of NATS is full')
  await isTold(hubs)
  // Everybody may still read.
  for (const hub of hubs) expect((await numbersIn(hub)).slice(0, stored)).toEqual(range(stored))

  await cluster.limitStore('1GB')
  await expectWhole(traffic, hubs)
  for (const { code } of traffic.refused) expect(code).toBe('TCN_NATS_FULL')
  await expect
    .poll(async () => (await statesOf(hubs)).map(({ fault }) => fault))
    .toEqual([undefined, undefined, undefined])
  await client.publish('fill', { n: stored + 2, fill }, { ack: 'durable' })
  for (const hub of hubs) {
    // Whether the event that was refused is stored is not known.
    const numbers = (await numbersIn(hub)).filter((n) => n !== stored + 1)
    expect(numbers).toEqual([...range(stored), stored + 2])
  }
})
