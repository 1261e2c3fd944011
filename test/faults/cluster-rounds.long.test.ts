import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomFrom } from '../fuzz/mutations.js'
import { repeats } from '../helpers/repeats.js'
import { requireTool } from '../helpers/tools.js'
import { anyFault, type Scene, suffer } from './cluster-rounds/faults.js'
import { Network } from './cluster-rounds/network.js'
import * as tools from './cluster-tools.js'
import { Roamers } from './roamers.js'
import { Workers } from './workers.js'

/** FAULT_SEED: repeats the faults of a run, though not their moments; the seed of every run is printed. */
const rounds = repeats(1, 150)
const seed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 32))

/** Each log is read completely at the end, so it must not become too large. */
const ROUNDS_AT_ONCE = 15
const stories = Array.from({ length: Math.ceil(rounds / ROUNDS_AT_ONCE) }, (_, index) => ({
  count: Math.min(ROUNDS_AT_ONCE, rounds - index * ROUNDS_AT_ONCE),
  from: seed + index,
}))

const network = new Network()
let cluster: tools.Cluster

beforeAll(async () => {
  requireTool('current nats-server')
  cluster = tools.newCluster(network)
  await cluster.start()
})
afterAll(async () => {
  await cluster?.stop()
  await network.stop()
})

test.each(stories)(
  'three hubs and three NATS servers keep what they promise over $count rounds of faults',
  { timeout: 60_000 + ROUNDS_AT_ONCE * 90_000 },
  async ({ count, from }) => {
    console.log(`cluster: FAULT_SEED=${from} for ${count} rounds`)
    const scene: Scene = { cluster, network, random: randomFrom(from) }
    const traffic = await tools.firing(cluster.hubs)
    await using roamers = await Roamers.start(`roam${from}`, cluster.hubs)
    await using workers = await Workers.start(`roam${from}`, cluster.hubs, randomFrom(from))
    for (let round = 0; round < count; round++) {
      // Often two at once, of which one begins or ends within the other.
      const faults = [await anyFault(scene), await anyFault(scene)].slice(scene.random(2))
      const results = await Promise.allSettled(faults.map((fault) => suffer(fault, scene.random)))
      expect(results.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []))).toEqual([])
      await tools.flows(traffic, cluster.hubs)
      await roamers.flow()
    }
    await roamers.expectWhole()
    await workers.expectAll(roamers.acknowledged)
    await tools.expectWhole(traffic, cluster.hubs)
  },
)
