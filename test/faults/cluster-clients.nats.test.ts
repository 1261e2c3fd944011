import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { HubProcess, tocsin } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'
import {
  bodiesIn,
  type Cluster,
  newCluster,
  type RunningHub,
  range,
  until,
  withClient,
} from './cluster-tools.js'
import { Roamers } from './roamers.js'

const PATIENCE = { timeout: 240_000 }

let cluster: Cluster

beforeAll(async () => {
  requireTool('current nats-server')
  cluster = newCluster()
  await cluster.start()
})
afterAll(() => cluster?.stop())

const addresses = () => cluster.hubs.map(({ socket }) => socket).join(',')

test(
  'a publisher and a subscriber go on at another hub, without loss or repeats, when theirs is killed',
  PATIENCE,
  async () => {
    await using roamers = await Roamers.start('roam', cluster.hubs)
    // The first hub of the list is the primary too.
    for (let kill = 0; kill < 2; kill++) {
      const { hub } = roamers
      await hub.kill()
      await roamers.flow()
      expect(roamers.hub).not.toBe(hub)
      await cluster.startHub(hub)
    }
    await roamers.expectWhole()
  },
)

test(
  'commands use another hub of a context, or of TOCSIN_URL, when the first is gone',
  PATIENCE,
  async () => {
    const config = temporaryFolder('contexts')
    const env = { XDG_CONFIG_HOME: config }
    const added = await tocsin(['context', 'add', 'all', '--url', addresses()], { env })
    expect(added.code).toBe(0)
    const [first, second] = cluster.hubs
    const answering = async (args: string[], more: NodeJS.ProcessEnv) => {
      const { stdout, stderr } = await tocsin([...args, '--format', 'json'], { env: { ...env, ...more } })
      expect(stderr).toBe('')
      return JSON.parse(stdout)
    }
    await first.kill()
    try {
      expect(await answering(['context', 'test', 'all'], {})).toMatchObject({ hub: { name: second.name } })
      const status = await answering(['status'], { TOCSIN_URL: addresses() })
      expect(status.cluster.name).toBe(second.name)
    } finally {
      await cluster.startHub(first)
    }
  },
)

/** The hub of the core that an edge hub is connected to. */
function coreOf(edge: string): Promise<RunningHub> {
  const isThere = (hub: RunningHub) =>
    withClient(hub, async (client) => {
      const { edges = [] } = await client.request('hub.status', {})
      return edges.some(({ name, state }) => name === edge && state === 'up')
    })
  return until(async () => {
    for (const hub of cluster.hubs) if (hub.isRunning && (await isThere(hub))) return hub
  }, 'the edge hub is connected')
}

/** Publishes numbers one after another until it is over, and resolves with how many. */
async function numbering(client: Client, isOver: () => boolean): Promise<number> {
  let n = 0
  while (!isOver()) await client.publish('edge/n', ++n, { ack: 'durable' })
  return n
}

test(
  'an edge hub goes on at another hub of its core, without loss or repeats, when that hub is killed',
  PATIENCE,
  async () => {
    const servers = JSON.stringify(cluster.hubs.map(({ socket }) => socket))
    const upstream = `{ name: core, edge: e1, servers: ${servers}, filter: [edge/], from: start }`
    await using edge = await HubProcess.start({ config: `upstreams: [${upstream}]\n` })
    await using client = await connect({ address: edge.socket })
    let isOver = false
    const numbered = numbering(client, () => isOver)
    for (let kill = 0; kill < 2; kill++) {
      const hub = await coreOf('e1')
      const before = (await bodiesIn(hub, 'edge/n')).length
      await hub.kill()
      const next = await coreOf('e1')
      expect(next).not.toBe(hub)
      await until(async () => (await bodiesIn(next, 'edge/n')).length > before + 100, 'more is forwarded')
      await cluster.startHub(hub)
    }
    isOver = true
    const all = range(await numbered)
    const link = async () => (await client.request('hub.status', {})).sources[0]
    await until(async () => (await link()).details.waiting === 0, 'everything is forwarded')
    for (const hub of cluster.hubs) expect(await bodiesIn(hub, 'edge/n')).toEqual(all)
    expect((await link()).lost).toBe(0)
  },
)
