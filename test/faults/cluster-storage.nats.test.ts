import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
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
  withClient,
} from './cluster-tools.js'
import { Suspensions } from './suspensions.js'

const fill = new Uint8Array(100_000)

let cluster: Cluster

beforeAll(async () => {
  requireTool('current nats-server')
  cluster = newCluster({ maxStore: '16MB' })
  await cluster.start()
})
afterAll(() => cluster?.stop())

/** Publishes until a hub cannot store an event, which the client repeats. */
async function publishUntilSuspended(
  client: Client,
  suspensions: Suspensions,
): Promise<{ stored: number; repeated: Promise<unknown> }> {
  for (let n = 1; ; n++) {
    const published = client.publish('fill', { n, fill }, { ack: 'durable' })
    await Promise.race([published, suspensions.first])
    if (suspensions.reasons.size > 0) return { stored: n - 1, repeated: published }
  }
}

function addToken(client: Client): Promise<unknown> {
  return client.request('tokens.add', { name: 'while-full', rights: '*' })
}

async function numbersIn(hub: Cluster['hubs'][number]): Promise<number[]> {
  return (await bodiesIn(hub, 'fill')).map((data) => (data as { n: number }).n)
}

test('NATS servers without room for more: publishers are told, nothing acknowledged is lost, and it goes on with more room', {
  timeout: 240_000,
}, async () => {
  const { hubs } = cluster
  const traffic = await firing(hubs)
  const suspensions = new Suspensions()
  const { onStatus } = suspensions
  const client = await connect({ address: hubs[0].socket, producer: 'filler', onStatus })
  onTestFinished(() => client.close())
  const { stored, repeated } = await publishUntilSuspended(client, suspensions)
  expect(stored).toBeGreaterThan(50)
  expect([...suspensions.reasons]).toEqual([expect.stringMatching(/within 25 s.*\(TCN_NATS_FULL\)/)])
  for (const { fault } of await statesOf(hubs)) expect(fault).toContain('the storage of NATS is full')
  await isTold(hubs)
  await expect(withClient(hubs[1], addToken)).rejects.toMatchObject({ code: 'TCN_NATS_FULL' })
  // Everybody may still read.
  for (const hub of hubs) expect((await numbersIn(hub)).slice(0, stored)).toEqual(range(stored))

  await cluster.limitStore('1GB')
  await expectWhole(traffic, hubs)
  expect(traffic.refused).toEqual([])
  for (const { reason } of traffic.suspensions) expect(reason).toContain('(TCN_NATS_FULL)')
  await expect
    .poll(async () => (await statesOf(hubs)).map(({ fault }) => fault))
    .toEqual([undefined, undefined, undefined])
  await repeated
  await client.publish('fill', { n: stored + 2, fill }, { ack: 'durable' })
  for (const hub of hubs) expect(await numbersIn(hub)).toEqual(range(stored + 2))
})
