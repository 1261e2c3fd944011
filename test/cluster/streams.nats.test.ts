import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterConfig } from '../../src/cluster/config.js'
import { askServers } from '../../src/cluster/servers.js'
import { clusterStreams, prepareStream } from '../../src/cluster/streams.js'
import { natsConfig } from '../../src/storage/nats/config.js'
import { JetStreamApi } from '../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { NatsCluster } from '../helpers/nats-cluster.js'
import { realRuntime } from '../helpers/real-runtime.js'

const LONG = { timeout: 60_000, interval: 100 }

let servers: NatsCluster
let link: NatsLink
beforeAll(async () => {
  servers = await NatsCluster.start()
  link = await NatsLink.open({ runtime: realRuntime, servers: servers.addresses })
})
afterAll(async () => {
  await link.close()
  await servers.stop()
})

test('a stream gets the configured replicas, and the servers that store it are shown with their state', async () => {
  const api = new JetStreamApi(link)
  const [single, whole] = [1, 3].map(
    (replicas) => clusterStreams(natsConfig.parse({ replicas }), clusterConfig.parse({}))[0],
  )
  expect((await prepareStream(api, single, false)).result).toBe('created')
  const dry = await prepareStream(api, whole, true)
  expect(dry).toMatchObject({ result: 'changed', replicas: 3, details: 'it had 1 replica' })
  expect((await askServers(link, 'TOCSIN')).replicas).toBe(1)
  expect(await prepareStream(api, whole, false)).toMatchObject({ result: 'changed', replicas: 3 })
  const states = async () => (await askServers(link, 'TOCSIN')).followers.map(({ state }) => state)
  await expect.poll(states, LONG).toEqual(['current', 'current'])

  const { leader } = await askServers(link, 'TOCSIN')
  expect(servers.names).toContain(leader)
  await servers.node(await servers.followerOf('TOCSIN')).kill()
  await expect.poll(async () => (await states()).sort(), LONG).toEqual(['current', 'offline'])

  // The last one does not know how the others are, and not even that it runs itself.
  const { followers } = await askServers(link, 'TOCSIN')
  const current = followers.find(({ state }) => state === 'current')!
  await servers.node(current.name).kill()
  const unled = async () => {
    const { unled = [], followers } = await askServers(link, 'TOCSIN')
    return { unled: unled.toSorted(), followers }
  }
  await expect.poll(unled, LONG).toEqual({ unled: servers.names, followers: [] })
})
