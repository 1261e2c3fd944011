import { expect, onTestFinished, test } from 'vitest'
import { checkVersions, isTooOld, versionNotes } from '../../src/cluster/server-versions.js'
import { natsConfig } from '../../src/storage/nats/config.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { NatsCluster } from '../helpers/nats-cluster.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'

const runtime = realRuntime

/** A connection to a server of a cluster, whose version is `old` at the addresses named. */
function clusterOf(old: readonly string[], others: readonly string[] = []) {
  const linkTo = (server: string) =>
    ({
      server,
      others,
      isClustered: true,
      version: old.includes(server) ? '2.10.26' : '2.10.27',
      close: async () => undefined,
    }) as unknown as NatsLink
  const openLink = async ({ servers: [server] }: { servers: string[] }) => {
    if (server.includes('away')) throw new Error('nobody answers')
    return linkTo(server.replace('nats://', ''))
  }
  return { link: linkTo('one:4222'), runtime, openLink }
}

function configOf(names: readonly string[], more: object = {}) {
  return natsConfig.parse({ servers: names.map((name) => `nats://${name}:4222`), replicas: 3, ...more })
}

test('versions are compared by number', () => {
  for (const version of ['2.9.10', '2.9.25', '2.10.9', '2.10.26', '1.99.99'])
    expect(isTooOld(version)).toBe(true)
  for (const version of ['2.10.27', '2.10.100', '2.11.0', '2.15.1-beta', '3.0.0'])
    expect(isTooOld(version)).toBe(false)
})

test('every server that is configured or named by another one is looked at, and one that is too old is refused', async () => {
  const two = configOf(['one', 'two'])
  expect(await checkVersions({ ...clusterOf([]), nats: two })).toEqual([])
  await expect(checkVersions({ ...clusterOf(['two:4222']), nats: two })).rejects.toMatchObject({
    code: 'TCN_NATS_OLD',
    message: expect.stringContaining('two:4222 has version 2.10.26'),
  })
  const named = clusterOf(['three:4222'], ['three:4222'])
  await expect(checkVersions({ ...named, nats: two })).rejects.toMatchObject({ code: 'TCN_NATS_OLD' })
})

test('a server that does not answer holds nobody up', async () => {
  const config = configOf(['one', 'away'])
  expect(await checkVersions({ ...clusterOf([]), nats: config })).toEqual([])
})

test('servers that the configuration allows are named', async () => {
  const nats = configOf(['one', 'two'], { allowOld: true })
  const old = await checkVersions({ ...clusterOf(['one:4222']), nats })
  expect(old).toEqual([{ server: 'one:4222', version: '2.10.26' }])
  expect(versionNotes(old)).toEqual([expect.stringMatching(/one:4222 has version 2\.10\.26.*TCN_NATS_OLD/)])
  expect(versionNotes([])).toEqual([])
})

test('a single server may be of any version', async () => {
  const server = await NatsServer.start()
  onTestFinished(() => server.stop())
  const link = await NatsLink.open({ runtime, servers: server.address })
  onTestFinished(() => link.close())
  expect(await checkVersions({ link, runtime, nats: natsConfig.parse({}) })).toEqual([])
})

test('real servers are judged by the replicas that a stream has, or is to have', {
  timeout: 120_000,
}, async () => {
  const cluster = await NatsCluster.start({ program: 'nats-server' })
  onTestFinished(() => cluster.stop())
  const link = await NatsLink.open({ runtime, servers: cluster.addresses })
  onTestFinished(() => link.close())
  const servers = cluster.addresses.map((address) => `nats://${address}`)
  const expected = isTooOld(link.version) ? [...cluster.addresses].sort() : []
  const look = async (more: object) => {
    const nats = natsConfig.parse({ servers, allowOld: true, ...more })
    return (await checkVersions({ link, runtime, nats })).map(({ server }) => server).sort()
  }
  expect(await look({ replicas: 1 })).toEqual([])
  expect(await look({ replicas: 3 })).toEqual(expected)
  // The others are known by the one that the hub is connected to.
  expect(await look({ replicas: 3, servers: servers.slice(0, 1) })).toEqual(expected)
})
