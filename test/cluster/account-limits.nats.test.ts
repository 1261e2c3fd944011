import { expect, onTestFinished, test } from 'vitest'
import { limitProblems } from '../../src/cluster/account-limits.js'
import { clusterConfig } from '../../src/cluster/config.js'
import { clusterStreams, prepareStream } from '../../src/cluster/streams.js'
import { natsConfig } from '../../src/storage/nats/config.js'
import { JetStreamApi } from '../../src/storage/nats/jetstream-api.js'
import type { NatsLink } from '../../src/storage/nats/link.js'
import { toNatsError } from '../../src/storage/nats/nats-error.js'
import { openNatsLink } from '../../src/storage/nats/open-link.js'
import { startClusterHub } from '../helpers/cluster-hub.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'

const nats = natsConfig.parse({ prefix: 'tight', stream: 'tight' })
const wanted = clusterStreams(nats, clusterConfig.parse({}))
const PROGRAMS = ['nats-server', 'current nats-server'] as const

/** A server whose only account has these limits. */
async function limited(
  limits: string,
  program: (typeof PROGRAMS)[number] = 'nats-server',
): Promise<NatsServer> {
  const users = 'users: [{ user: hub, password: secret }]'
  const lines = [`accounts { A { jetstream: { ${limits} }, ${users} } }`, 'no_auth_user: hub']
  const server = await NatsServer.start({ program, lines })
  onTestFinished(() => server.stop())
  return server
}

async function linked({ address }: NatsServer): Promise<NatsLink> {
  const link = await openNatsLink(natsConfig.parse({ servers: [`nats://${address}`] }), realRuntime)
  onTestFinished(() => link.close())
  return link
}

/** What an operator reads about a stream that cannot be created. */
async function refusal(api: JetStreamApi): Promise<string> {
  for (const stream of wanted) {
    const { result, details } = await prepareStream(api, stream, false)
    if (result === 'unsuitable') return details!
  }
  return 'none'
}

test.each(PROGRAMS)('%s: the limit of streams is named, before and after it is reached', async (program) => {
  const api = new JetStreamApi(
    await linked(await limited('max_mem: 1MB, max_file: 1GB, max_streams: 6', program)),
  )
  expect(await limitProblems(api, wanted)).toEqual([
    `the account of the hubs in NATS has 0 of at most 6 streams, and the cluster needs ${wanted.length} more: raise max_streams`,
  ])
  expect(await refusal(api)).toBe(
    'a limit of NATS is reached: maximum number of streams reached (max_streams)',
  )
})

test.each(PROGRAMS)('%s: an account that stores nothing in memory is named', async (program) => {
  const api = new JetStreamApi(await linked(await limited('max_mem: 0, max_file: 1GB', program)))
  expect(await limitProblems(api, wanted)).toEqual([
    'the account of the hubs in NATS stores nothing in memory, where KV_tight_members must be: raise max_mem',
  ])
  expect(await refusal(api)).toContain('insufficient memory resources available (max_mem of the account')
})

test.each(PROGRAMS)(
  '%s: the limit of consumers is named, before and after it is reached',
  async (program) => {
    const limits = 'max_mem: 1MB, max_file: 1GB, max_consumers: 1'
    const api = new JetStreamApi(await linked(await limited(limits, program)))
    expect(await limitProblems(api, wanted)).toEqual([expect.stringContaining('raise max_consumers')])
    const [{ config }] = wanted
    await api.create(config)
    const start = { deliver_policy: 'by_start_sequence', opt_start_seq: 1 } as const
    await api.consumer(config.name, start)
    const error = await api.consumer(config.name, start).catch(toNatsError)
    expect(error).toMatchObject({
      code: 'TCN_NATS_LIMIT',
      message: expect.stringContaining('(max_consumers)'),
    })
  },
)

test('an account without limits, and one with room for a cluster, are as they must be', async () => {
  for (const limits of ['max_mem: 1MB, max_file: 1GB', 'max_mem: 1MB, max_file: 1GB, max_streams: 40']) {
    const api = new JetStreamApi(await linked(await limited(limits)))
    expect(await limitProblems(api, wanted)).toEqual([])
    expect(await refusal(api)).toBe('none')
    expect(await limitProblems(api, wanted)).toEqual([])
  }
})

test('a server that takes no more connections is named as such', async () => {
  const server = await NatsServer.start({ lines: ['max_connections: 1'] })
  onTestFinished(() => server.stop())
  await linked(server)
  await expect(linked(server)).rejects.toMatchObject({
    code: 'TCN_NATS_LIMIT',
    message: expect.stringContaining('max_connections'),
  })
})

test('a hub that never gets a primary for want of memory in NATS says so', async () => {
  const { address } = await limited('max_mem: 0, max_file: 1GB')
  const { hub, client } = await startClusterHub(address, 'tight', 'hub1')
  await expect.poll(() => hub.methods.size > 0).toBe(true)
  const connected = await client()
  const fault = expect.stringMatching(/insufficient memory .*\(max_mem .*\(TCN_NATS_LIMIT\)$/)
  const status = async () => connected.request('cluster.status', {})
  await expect.poll(status, { timeout: 10_000 }).toMatchObject({
    fault,
    nats: { notes: expect.arrayContaining([expect.stringContaining('raise max_mem')]) },
  })
})
