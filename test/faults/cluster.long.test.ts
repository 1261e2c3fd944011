import { afterAll, beforeAll, expect, test } from 'vitest'
import { HeldProxy } from '../helpers/held-proxy.js'
import { repeats } from '../helpers/repeats.js'
import { requireTool } from '../helpers/tools.js'
import * as tools from './cluster-tools.js'
import { type Cluster, type RunningHub, type Traffic, until, withClient } from './cluster-tools.js'

/** Longer than a lease of 6 s, and than the heartbeats of a hub. */
const STANDSTILL_MS = 9000
/** Time for which the network is cut. A long run takes the longer one too. */
const CUTS_MS = [5000, 90_000].slice(0, repeats(1, 2))
/** Delay of everything, in each direction. */
const SLOW_MS = 100
/** How long publishers wait until they are told. */
const DEADLINE_MS = 25_000
const PATIENCE = { timeout: 240_000 }

const proxies: HeldProxy[] = []
let cluster: Cluster

beforeAll(async () => {
  requireTool('current nats-server')
  cluster = tools.newCluster({ through })
  await cluster.start()
})
afterAll(async () => {
  await cluster?.stop()
  await Promise.all(proxies.map((proxy) => proxy.stop()))
})

/** Hubs reach each NATS server through a proxy. */
async function through(addresses: string[]): Promise<string[]> {
  for (const address of addresses) proxies.push(await HeldProxy.start(address.slice('nats://'.length)))
  return proxies.map(({ address }) => `nats://${address}`)
}

const firing = () => tools.firing(cluster.hubs)
const flows = (traffic: Traffic, hubs = cluster.hubs) => tools.flows(traffic, hubs)
const expectWhole = (traffic: Traffic) => tools.expectWhole(traffic, cluster.hubs)
const statesOf = () => tools.statesOf(cluster.hubs)
const isTold = () => tools.isTold(cluster.hubs)

/** The reasons for gaps that a reader meets which goes on from a position. */
function gapsFrom(hub: RunningHub, from: string): Promise<string[]> {
  return withClient(hub, async (client) => {
    const gaps: string[] = []
    for await (const item of client.subscribe('demo/', { from, otherwise: 'start' })) {
      if ('tag' in item) break
      if (item.status === 'gap') gaps.push(item.why)
    }
    return gaps
  })
}

const lasts = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test(
  'a primary that stood still longer than its lease stores nothing of its own afterwards',
  PATIENCE,
  async () => {
    const traffic = await firing()
    const primary = await until(() => cluster.primary(), 'a hub is the primary')
    primary.suspend()
    try {
      await lasts(STANDSTILL_MS)
      await flows(
        traffic,
        cluster.hubs.filter((hub) => hub !== primary),
      )
      expect(await cluster.primary()).not.toBe(primary)
    } finally {
      primary.resume()
    }
    await expectWhole(traffic)
  },
)

test.each(CUTS_MS)('a network to NATS that delivers nothing for %d ms', PATIENCE, async (ms) => {
  const traffic = await firing()
  for (const proxy of proxies) proxy.hold('all')
  try {
    await lasts(ms)
    await isTold()
    // Publishers are told the reason when events have waited for 25 s, and repeat them.
    const suspended = new Set(traffic.suspensions.map(({ hub }) => hub))
    if (ms > DEADLINE_MS) expect(suspended.size).toBe(cluster.hubs.length)
  } finally {
    for (const proxy of proxies) proxy.release()
  }
  await expectWhole(traffic)
  expect(traffic.refused).toEqual([])
  for (const { reason } of traffic.suspensions) expect(reason).toContain('(TCN_CLUSTER_NO_PRIMARY)')
  for (const { fault } of await statesOf()) expect(fault).toBeUndefined()
})

test('a network to NATS that delivers everything late', PATIENCE, async () => {
  const traffic = await firing()
  for (const proxy of proxies) proxy.delay(SLOW_MS)
  try {
    await flows(traffic)
  } finally {
    for (const proxy of proxies) proxy.delay(0)
  }
  await expectWhole(traffic)
})

test('a network to NATS that breaks all connections', PATIENCE, async () => {
  const traffic = await firing()
  for (const proxy of proxies) proxy.cut()
  try {
    await isTold()
  } finally {
    for (const proxy of proxies) proxy.mend()
  }
  await expectWhole(traffic)
})

test('a stream that an operator deletes', PATIENCE, async () => {
  const before = await firing()
  await before.stop()
  const [hub] = cluster.hubs
  const [{ epoch }] = await statesOf()
  const { cursor = '' } = await withClient(hub, (client) =>
    client.publish('demo/before', 0, { ack: 'durable' }),
  )
  await cluster.ask('STREAM.DELETE.TOCSIN')
  const isNew = async () => (await statesOf()).every((each) => each.epoch !== epoch && each.primary)
  await until(isNew, 'each hub has a log with another epoch')
  expect(cluster.hubs.map(({ isRunning }) => isRunning)).toEqual([true, true, true])
  await expectWhole(await firing())
  expect(new Set((await statesOf()).map((each) => each.epoch)).size).toBe(1)
  expect(await gapsFrom(hub, cursor)).toEqual(['unknown-epoch'])
})

test('NATS servers that are all restarted with their storage', PATIENCE, async () => {
  const traffic = await firing()
  await Promise.all(cluster.servers.map((server) => server.kill()))
  await Promise.all(cluster.servers.map((server) => server.start()))
  await expectWhole(traffic)
})
