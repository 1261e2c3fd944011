import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import type { Facets, SourceInfo } from '../../../src/methods/contract/index.js'
import { JetStreamApi } from '../../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { type ClusterHub, startClusterHub } from '../../helpers/cluster-hub.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { EdgeHub, range } from '../../upstream/fixture.js'

/** Hubs that share a log are one edge hub: one of them forwards, and another continues. */

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

vi.setConfig({ testTimeout: 180_000 })
const LONG = { timeout: 60_000, interval: 50 }

function start(cluster: string, name: string, core: EdgeHub, more: object = {}): Promise<ClusterHub> {
  const upstream = { name: 'core', servers: [core.hub.address], filter: ['demo/'], ...more }
  return startClusterHub(server.address, cluster, name, '5s', { upstreams: [upstream] })
}

async function sourceOf(client: Client): Promise<SourceInfo> {
  const { sources } = await client.request<{ sources: SourceInfo[] }>('sources.list', {})
  return sources[0]
}

async function publish(client: Client, ...numbers: number[]): Promise<void> {
  for (const n of numbers) await client.publish(`demo/${n}`, { n }, { ack: 'durable' })
}

async function upstreamMetrics({ hub }: ClusterHub): Promise<string[]> {
  const names = [...hub.samples()].map(({ name }) => name)
  return names.filter((name) => name.startsWith('tocsin_upstream_'))
}

/** Two hubs, the first of which is the primary and forwards. */
async function startTwo(cluster: string, core: EdgeHub, more: object = {}, others: object = more) {
  const hubs = [await start(cluster, 'one', core, more)]
  const first = await hubs[0].client()
  await expect.poll(async () => (await sourceOf(first)).state, LONG).toBe('up')
  hubs.push(await start(cluster, 'two', core, others))
  return { hubs, clients: [first, await hubs[1].client()] }
}

test('the primary forwards under the name of the log, and the other hub says that it does', async () => {
  await using core = await EdgeHub.start()
  const { hubs, clients } = await startTwo('west', core)
  await publish(clients[0], 1, 2)
  await publish(clients[1], 3, 4)
  await core.until(() => core.numbers.length === 4)
  expect(core.numbers).toEqual([1, 2, 3, 4])
  expect(await sourceOf(clients[0])).toMatchObject({ state: 'up', details: { edge: 'west' } })
  const other = { state: 'standby', reason: 'it runs at the primary hub one', details: {} }
  expect(await sourceOf(clients[1])).toMatchObject(other)
  expect(await upstreamMetrics(hubs[0])).toContain('tocsin_upstream_up')
  expect(await upstreamMetrics(hubs[1])).toEqual([])
  expect(core.data('hub/edge/west')).toMatchObject([{ state: 'up' }])
})

test('the next primary goes on where the one before was, under the name that all have', async () => {
  await using core = await EdgeHub.start()
  const { hubs, clients } = await startTwo('moving', core, { edge: 'fleet' })
  await publish(clients[1], ...range(50))
  const moved = clients[1].request('cluster.stepDown', {})
  await publish(clients[1], ...range(50, 51))
  await moved
  await expect.poll(async () => (await sourceOf(clients[1])).state, LONG).toBe('up')
  await publish(clients[0], ...range(50, 101))
  await core.until(() => core.numbers.length >= 150)
  await hubs[1].stop()
  await publish(clients[0], ...range(50, 151))
  await core.until(() => core.numbers.length >= 200)
  expect(core.numbers).toEqual(range(200))
  expect(new Set(core.events.map(({ tag }) => tag).filter((tag) => tag.startsWith('hub/edge/')))).toEqual(
    new Set(['hub/edge/fleet']),
  )
})

test('what was published while no hub had the upstream arrives when one has it again', async () => {
  await using core = await EdgeHub.start()
  const { hubs, clients } = await startTwo('restarted', core)
  await publish(clients[0], 1)
  await core.until(() => core.numbers.length === 1)
  for (const hub of hubs) await hub.stop()
  const alone = await startClusterHub(server.address, 'restarted', 'three')
  await publish(await alone.client(), 2, 3)
  await alone.stop()
  await start('restarted', 'one', core)
  await core.until(() => core.numbers.length >= 3)
  expect(core.numbers).toEqual([1, 2, 3])
})

test('hubs that have different names lose nothing, and say that they should have the same', async () => {
  await using core = await EdgeHub.start()
  const { clients } = await startTwo('apart', core, { edge: 'one' }, { edge: 'two' })
  const [first, second] = clients
  for (const [round, next] of [second, first, second].entries()) {
    await publish(first, ...range(10, round * 10 + 1))
    await core.until(() => core.numbers.length >= (round + 1) * 10)
    await first.request('cluster.stepDown', {})
    await expect.poll(async () => (await sourceOf(next)).state, LONG).toBe('up')
  }
  await publish(first, 31)
  await core.until(() => core.numbers.length >= 31)
  expect(core.numbers).toEqual(range(31))
  const told: unknown[] = []
  for await (const { data } of first.read('hub/upstream/core', { from: 'start' }).events()) told.push(data)
  expect(told).toContainEqual(
    expect.objectContaining({ state: 'warning', reason: expect.stringContaining('the same `edge`') }),
  )
})

test('whichever hub is the primary answers the questions of the core', async () => {
  await using core = await EdgeHub.start()
  const { clients } = await startTwo('asked', core, { filter: ['none/'], answers: { see: '*' } })
  await publish(clients[0], 1, 2)
  const ask = async () => {
    const asked = { edges: '*', filters: ['demo/'], field: 'tag' }
    const { values, asked: whole } = await core.client.request<Facets>('events.facets', asked)
    return { values: values.length, answered: whole?.answered, missing: whole?.missing }
  }
  await expect.poll(ask, LONG).toEqual({ values: 2, answered: 1, missing: [] })
  await clients[0].request('cluster.stepDown', {})
  await expect.poll(async () => (await sourceOf(clients[1])).state, LONG).toBe('up')
  await publish(clients[0], 3)
  await expect.poll(ask, LONG).toEqual({ values: 3, answered: 1, missing: [] })
})

test('events of a log that has replaced another are forwarded as events of that log', async () => {
  await using core = await EdgeHub.start()
  // The core cannot be reached until the log is another one.
  const place = join(temporaryFolder('upstream'), 'core.sock')
  const one = await start('replaced', 'one', core, { servers: [place] })
  const client = await one.client()
  await publish(client, 1)
  await expect.poll(async () => (await sourceOf(client)).state, LONG).toBe('degraded')
  const before = one.hub.bus.epoch
  const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
  onTestFinished(() => link.close())
  await new JetStreamApi(link).remove('replaced')
  await expect.poll(() => one.hub.bus.epoch, LONG).not.toBe(before)
  await publish(await one.client(), 2)
  symlinkSync(core.hub.address.replace(/^unix:/, ''), place)
  await core.until(() => core.numbers.length > 0)
  expect(core.numbers).toEqual([2])
  const [{ attributes }] = core.events.filter(({ tag }) => tag === 'demo/2')
  const { epoch } = one.hub.bus
  expect(attributes).toMatchObject({ id: expect.stringContaining(`${epoch}-`), tocsinpath: epoch })
})
