import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HubStatus } from '../../src/methods/contract/index.js'
import type { HubUpstream } from '../../src/types/edge-types.js'
import { repeats } from '../helpers/repeats.js'
import { requireTool } from '../helpers/tools.js'
import {
  bodiesIn,
  type Cluster,
  firing,
  flows,
  lastIn,
  newCluster,
  type RunningHub,
  stateOf,
  type Traffic,
  until,
  withClient,
} from './cluster-tools.js'

/** Two clusters of three hubs, each of which forwards to the other: what is published at one is read at both. */

/** Longer than a lease of 6 s. */
const STANDSTILL_MS = 9000
const TAKEN_OVER = 'TCN_BUS_PRODUCER_TAKEN_OVER'
const ROUNDS = repeats(1, 6)
/** Servers of NATS in each cluster. */
const REPLICAS = ROUNDS > 1 ? 3 : 1
const PATIENCE = { timeout: 400_000 * ROUNDS }

let west: Cluster
let east: Cluster
let traffic: Map<Cluster, Traffic>

beforeAll(async () => {
  requireTool('current nats-server')
  west = clusterThatForwardsTo(() => east)
  east = clusterThatForwardsTo(() => west)
  await west.start()
  await east.start()
}, 240_000)
afterAll(async () => {
  await Promise.all([west?.stop(), east?.stop()])
})

/** All hubs of a cluster have the same entry, which does not say their name there. */
function clusterThatForwardsTo(other: () => Cluster): Cluster {
  const upstream = () => ({ name: 'other', servers: other().sockets, filter: ['demo/'], from: 'start' })
  const settings = () => ({ sources: { system: { enabled: false } }, upstreams: [upstream()] })
  return newCluster({ replicas: REPLICAS, settings })
}

function otherThan(cluster: Cluster): Cluster {
  return cluster === west ? east : west
}

async function primaryOf(cluster: Cluster): Promise<RunningHub> {
  return until(() => cluster.primary(), 'a hub is the primary')
}

function statusOf(hub: RunningHub): Promise<HubStatus> {
  return withClient(hub, (client) => client.request('hub.status', {}))
}

/** The hub of a cluster to which the other cluster is attached. */
async function attachedAt(cluster: Cluster): Promise<RunningHub | undefined> {
  for (const hub of cluster.hubs.filter(({ isRunning }) => isRunning)) {
    const { edges = [] } = await statusOf(hub)
    if (edges.some(({ state }) => state === 'up')) return hub
  }
  return undefined
}

interface Stored {
  seq: number
  tag: string
  n: number
  path: unknown
}

async function storedAt(hub: RunningHub, from = 'start'): Promise<Stored[]> {
  return withClient(hub, async (client) => {
    const stored: Stored[] = []
    for await (const { seq, tag, data, attributes } of client.read('demo/', { from }).events())
      stored.push({ seq, tag, n: (data as { n: number }).n, path: attributes?.tocsinpath })
    return stored
  })
}

/** Events are stored again in both clusters, and from each of them to the other. */
async function flowsAround(): Promise<void> {
  for (const cluster of [west, east]) {
    await flows(traffic.get(cluster)!, cluster.hubs)
    const [hub] = otherThan(cluster).hubs
    const before = await lastIn(hub)
    const arrived = async () => (await storedAt(hub, before)).filter(({ path }) => path !== undefined).length
    await until(async () => (await arrived()) > 20, 'events of the other cluster arrive')
  }
}

/** Each acknowledged event is in both clusters, once and in order, and has been at no other place. */
async function expectOnceAround(): Promise<void> {
  const epochs = new Map<Cluster, string>()
  for (const cluster of [west, east]) epochs.set(cluster, (await stateOf(cluster.hubs[0])).epoch)
  for (const cluster of [west, east]) {
    const fired = traffic.get(cluster)!
    const { hubs: there } = otherThan(cluster)
    await until(async () => ((await fired.check(there)) as { lost: number }).lost === 0, 'all have arrived')
    for (const hubs of [cluster.hubs, there])
      expect(await fired.check(hubs)).toMatchObject({ lost: 0, twice: 0, inOrder: true, sameOnEachHub: true })
    // The next primary continues with the same numbers: it does not have to guess where the previous one was.
    const told = (await bodiesIn(there[0], 'hub/upstream/')) as HubUpstream[]
    expect(told.filter(({ state, code }) => state === 'warning' || code === TAKEN_OVER)).toEqual([])
    const paths = new Set((await storedAt(there[0])).map(({ path }) => path))
    expect(paths).toEqual(new Set([undefined, epochs.get(cluster)]))
  }
}

/** One hub of each cluster forwards, under the name of all; the others say which it is. */
async function expectOneThatForwards(): Promise<void> {
  for (const cluster of [west, east]) {
    const { name } = await primaryOf(cluster)
    const stands = { state: 'standby', reason: `it runs at the primary hub ${name}`, details: {} }
    for (const hub of cluster.hubs) {
      const wanted = hub.name === name ? { state: 'up', details: { edge: 'TOCSIN' } } : stands
      await expect.poll(async () => (await statusOf(hub)).sources, PATIENCE).toMatchObject([wanted])
    }
    const lists = await Promise.all(otherThan(cluster).hubs.map(statusOf))
    expect(new Set(lists.flatMap(({ edges = [] }) => edges.map((edge) => edge.name)))).toEqual(
      new Set(['TOCSIN']),
    )
  }
}

test(
  'two clusters that forward to each other have every event once, whichever of their hubs are killed',
  PATIENCE,
  async () => {
    traffic = new Map([
      [west, await firing(west.hubs)],
      [east, await firing(east.hubs)],
    ])
    await flowsAround()
    const killAndStart = async (cluster: Cluster, hub: RunningHub, signal: NodeJS.Signals) => {
      await hub.kill(signal)
      await until(async () => (await primaryOf(cluster)).isRunning, 'a hub that runs is the primary')
      await flows(traffic.get(otherThan(cluster))!, otherThan(cluster).hubs)
      await cluster.startHub(hub)
      await flowsAround()
    }
    for (let round = 0; round < ROUNDS; round++) {
      const [one, other] = round % 2 === 0 ? [west, east] : [east, west]
      await killAndStart(one, await primaryOf(one), 'SIGKILL')
      await killAndStart(other, await primaryOf(other), 'SIGTERM')
      await killAndStart(one, (await attachedAt(one)) ?? one.hubs[0], 'SIGKILL')
    }

    // Both send for a moment, when the one that stood still continues.
    const still = await primaryOf(west)
    still.suspend()
    try {
      await new Promise((resolve) => setTimeout(resolve, STANDSTILL_MS))
      await until(async () => (await primaryOf(west)) !== still, 'another hub is the primary')
    } finally {
      still.resume()
    }
    await flowsAround()

    await Promise.all([...traffic.values()].map((each) => each.stop()))
    await expectOnceAround()
    await expectOneThatForwards()
  },
)
