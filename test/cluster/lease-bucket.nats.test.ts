import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Election } from '../../src/cluster/election.js'
import { NatsLeaseBucket } from '../../src/cluster/lease-bucket.js'
import type { Lease } from '../../src/log/jetstream/log-options.js'
import { JetStreamApi } from '../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
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
  expect(await lease.read()).toEqual({ ttl: 5000, revision: 0, isWhole: true, record: undefined })
  const revision = await lease.write(record, 0)
  await expect(lease.write({ ...record, id: 'b' }, 0)).rejects.toThrow(/wrong last sequence/)
  expect(await lease.read()).toEqual({ ttl: 5000, revision, isWhole: true, record })
})

test('a record is found by a server that does not find it by its subject', async () => {
  const asked: string[] = []
  const answer = (value: object) => ({
    subject: '',
    reply: '',
    header: '',
    payload: Buffer.from(JSON.stringify(value)),
  })
  const config = { max_age: 6e9, max_msgs_per_subject: 1 }
  const fake = {
    runtime,
    request: async (subject: string, payload: Uint8Array) => {
      asked.push(subject)
      if (subject.includes('STREAM.INFO')) return answer({ config, state: { messages: 1, last_seq: 190 } })
      if (!Buffer.from(payload).includes('"seq":190'))
        return answer({ error: { code: 404, err_code: 10037 } })
      const data = Buffer.from(JSON.stringify(record)).toString('base64')
      return answer({ message: { seq: 190, subject: 's', time: '2026-01-01T00:00:00Z', data } })
    },
  }
  const lease = new NatsLeaseBucket(fake as never, { prefix: 'p', replicas: 1, ttl: 6000 })
  expect(await lease.read()).toEqual({ ttl: 6000, revision: 190, isWhole: true, record })
  expect(asked).toHaveLength(2)
})

test('a record that no server finds is looked for some times with pauses, and named, and another is to lead', async () => {
  const clock = new FakeRuntime()
  let looks = 0
  const left: string[] = []
  const answer = (value: object) => ({
    subject: '',
    reply: '',
    header: '',
    payload: Buffer.from(JSON.stringify(value)),
  })
  const info = {
    config: { name: 'KV_p_primary', max_age: 6e9, max_msgs_per_subject: 1 },
    state: { messages: 1, last_seq: 190 },
    cluster: { leader: 'n2' },
  }
  const fake = {
    runtime: clock,
    request: async (subject: string) => {
      if (subject.includes('STREAM.INFO')) return answer(info)
      if (subject.includes('STEPDOWN')) {
        left.push(subject)
        return answer({ success: true })
      }
      looks++
      return answer({ error: { code: 404, err_code: 10037 } })
    },
  }
  const lease = new NatsLeaseBucket(fake as never, { prefix: 'p', replicas: 1, ttl: 6000 })
  const failed = expect(lease.read()).rejects.toThrow('n2 does not find record @190 of stream KV_p_primary')
  await clock.pass(40)
  expect(looks).toBe(1)
  await clock.pass(1000)
  await failed
  expect(looks).toBe(4)
  expect(left).toEqual(['$JS.API.STREAM.LEADER.STEPDOWN.KV_p_primary'])

  const again = expect(lease.read()).rejects.toThrow('does not find record')
  await clock.pass(1000)
  await again
  expect(left).toHaveLength(1)
})

test('a record is removed by who wrote it last, and can be written again at once', async () => {
  const lease = await bucket()
  await lease.read()
  const first = await lease.write(record, 0)
  const second = await lease.write(record, first)
  await lease.remove(first)
  expect((await lease.read()).record).toEqual(record)
  await lease.remove(second)
  expect(await lease.read()).toEqual({ ttl: 5000, revision: second, isWhole: true, record: undefined })
  expect(await lease.write(record, second)).toBe(second + 1)
})

test('all hubs have the time to live of the bucket, which changes while nobody holds the lease', async () => {
  const prefix = `p${++prefixes}`
  const [short, long] = [await bucket(prefix), await bucket(prefix, 150_000)]
  await short.read()
  expect((await long.read()).ttl).toBe(150_000)
  expect((await short.read()).ttl).toBe(5000)
  const revision = await short.write(record, 0)
  expect((await long.read()).ttl).toBe(5000)
  await short.remove(revision)
  expect((await long.read()).ttl).toBe(150_000)
})

test('a bucket whose records never expire is refused by name', async () => {
  const prefix = `p${++prefixes}`
  await (await bucket(prefix)).read()
  const api = new JetStreamApi(await link())
  const lease = await bucket(prefix)
  await lease.write(record, 0)
  const { config } = await api.info(`KV_${prefix}_primary`)
  await api.update({ ...config, max_age: 0 })
  await expect(lease.read()).rejects.toMatchObject({ code: 'TCN_NATS_STREAM' })
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
})
