import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Election } from '../../src/cluster/election.js'
import { NatsLeaseBucket } from '../../src/cluster/lease-bucket.js'
import type { Lease } from '../../src/log/jetstream/log-options.js'
import { JetStreamApi } from '../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime as runtime } from '../helpers/real-runtime.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

let prefixes = 0
const record = { id: 'a', name: 'hub-a', term: 0 }

async function link(): Promise<NatsLink> {
  const opened = await NatsLink.open({ runtime, servers: server.address })
  onTestFinished(() => opened.close())
  return opened
}

async function bucket(prefix = `p${++prefixes}`, ttl = 5000): Promise<NatsLeaseBucket> {
  return new NatsLeaseBucket(await link(), { prefix, replicas: 1, ttl })
}

test('a record is written only after the revision that was read', async () => {
  const lease = await bucket()
  expect(await lease.timeToLive()).toBe(5000)
  expect(await lease.read()).toEqual({ revision: 0, record: undefined })
  const revision = await lease.write(record, 0)
  await expect(lease.write({ ...record, id: 'b' }, 0)).rejects.toThrow(/wrong last sequence/)
  expect(await lease.read()).toEqual({ revision, record })
})

test('a record is removed by who wrote it last, and can be written again at once', async () => {
  const lease = await bucket()
  await lease.timeToLive()
  const first = await lease.write(record, 0)
  const second = await lease.write(record, first)
  await lease.remove(first)
  expect((await lease.read()).record).toEqual(record)
  await lease.remove(second)
  expect(await lease.read()).toEqual({ revision: second, record: undefined })
  expect(await lease.write(record, second)).toBe(second + 1)
})

test('all hubs have the time to live of the bucket, which changes while nobody holds the lease', async () => {
  const prefix = `p${++prefixes}`
  const [short, long] = [await bucket(prefix), await bucket(prefix, 150_000)]
  await short.timeToLive()
  expect(await long.timeToLive()).toBe(150_000)
  expect(await short.timeToLive()).toBe(5000)
  const revision = await short.write(record, 0)
  expect(await long.timeToLive()).toBe(5000)
  await short.remove(revision)
  expect(await long.timeToLive()).toBe(150_000)
})

test('a bucket whose records never expire is refused by name', async () => {
  const prefix = `p${++prefixes}`
  await (await bucket(prefix)).timeToLive()
  const api = new JetStreamApi(await link())
  const lease = await bucket(prefix)
  await lease.write(record, 0)
  const { config } = await api.info(`KV_${prefix}_primary`)
  await api.update({ ...config, max_age: 0 })
  await expect(lease.timeToLive()).rejects.toMatchObject({ code: 'TCN_NATS_STREAM' })
})

test('a hub wins, and another one takes over after it has stopped without a word', async () => {
  const prefix = `p${++prefixes}`
  const holders: string[] = []
  const elect = async (id: string) => {
    const opened = await link()
    const election = new Election({
      runtime,
      bucket: new NatsLeaseBucket(opened, { prefix, replicas: 1, ttl: 5000 }),
      self: { id, name: id },
      won: ({ owner }: Lease) => void holders.push(owner),
      lost: () => undefined,
      seen: () => undefined,
    })
    onTestFinished(() => election.stop())
    election.start()
    return opened
  }
  const first = await elect('a')
  await expect.poll(() => holders, { timeout: 5000 }).toEqual(['a'])
  await elect('b')
  await first.close()
  await expect.poll(() => holders, { timeout: 15_000 }).toEqual(['a', 'b'])
}, 25_000)
