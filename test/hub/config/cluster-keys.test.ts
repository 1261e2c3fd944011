import { expect, test } from 'vitest'
import { clusterConfig } from '../../../src/cluster/config.js'
import { clusterProblems } from '../../../src/hub/config/cluster-keys.js'
import { natsConfig } from '../../../src/storage/nats/config.js'

test('everything about NATS and the cluster has a default', () => {
  const { servers, stream, replicas } = natsConfig.parse({})
  expect({ servers, stream, replicas }).toEqual({
    servers: ['nats://127.0.0.1:4222'],
    stream: 'TOCSIN',
    replicas: 1,
  })
  expect(clusterConfig.parse({})).toEqual({ ttl: 6000 })
})

test.each([
  [{ servers: ['http://nats1:4222'] }, 'servers'],
  [{ servers: [] }, 'servers'],
  [{ stream: 'a.b' }, 'stream'],
  [{ prefix: 'a.b' }, 'prefix'],
  [{ user: 'hub' }, ''],
  [{ tokenFile: '/t', credentials: '/c' }, ''],
  [{ tls: { certificate: '/c' } }, 'tls'],
])('the section nats refuses %j', (nats, place) => {
  const { error } = natsConfig.safeParse(nats)
  expect(error?.issues[0].path[0] ?? '').toBe(place)
})

test('a lease that a change of the leader of a stream would end is refused', () => {
  expect(clusterConfig.safeParse({ ttl: '2s' }).success).toBe(false)
})

test('both sections are refused by name while another engine keeps the log', () => {
  const log = { engine: 'lmdb' }
  expect(clusterProblems({ log, nats: {}, cluster: {} })).toEqual([
    { path: ['nats'], message: 'is only for `log.engine: jetstream`, and the engine is `lmdb`' },
    { path: ['cluster'], message: 'is only for `log.engine: jetstream`, and the engine is `lmdb`' },
  ])
  expect(clusterProblems({ log })).toEqual([])
  expect(clusterProblems({ log: { engine: 'jetstream' }, nats: {}, cluster: {} })).toEqual([])
})
