import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type ConsumerConfig, JetStreamApi } from '../../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { NatsFault } from '../../../src/storage/nats/nats-fault.js'
import { keyValueConfig } from '../../../src/storage/nats/stream-config.js'
import { StreamFeed } from '../../../src/storage/nats/stream-feed.js'
import { StreamPull } from '../../../src/storage/nats/stream-pull.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'

const STREAM = 'SLOW'
/** Longer than the server of a quiet machine is given for an answer. */
const SLOW_MS = 2000
const START: ConsumerConfig = { deliver_policy: 'by_start_sequence', opt_start_seq: 1 }
const ALL = [1, 2, 3, 4, 5]

let server: NatsServer
let link: NatsLink

beforeAll(async () => {
  server = await NatsServer.start()
  link = await NatsLink.open({ servers: server.address, runtime: realRuntime })
  const config = keyValueConfig({ name: STREAM, subject: 'slow.>', replicas: 1 })
  await new JetStreamApi(link).create({ ...config, max_msgs_per_subject: -1 })
  for (const nth of ALL) await link.request('slow.a', Buffer.from(`${nth}`), SLOW_MS)
})

afterAll(async () => {
  await link.close()
  await server.stop()
})

/** A link over which consumers are created at once, and the answers take so long, as those of servers that have much to do. */
async function slowLink(ms: number): Promise<{ slow: NatsLink; asked: string[] }> {
  const slow = await NatsLink.open({ servers: server.address, runtime: realRuntime })
  onTestFinished(() => slow.close())
  const asked: string[] = []
  const request = slow.request.bind(slow)
  slow.request = async (subject, payload, patience, header) => {
    if (!subject.startsWith('$JS.API.CONSUMER.CREATE.')) return request(subject, payload, patience, header)
    asked.push(subject)
    const answer = request(subject, payload, ms, header)
    await new Promise<void>((resolve) => void realRuntime.after(Math.min(ms, patience), resolve))
    if (patience < ms) throw new NatsFault('unreachable', 'timeout')
    return answer
  }
  return { slow, asked }
}

async function consumers(): Promise<string[]> {
  const answer = await link.request(`$JS.API.CONSUMER.NAMES.${STREAM}`, Buffer.alloc(0), SLOW_MS)
  return (
    (JSON.parse(Buffer.from(answer.payload).toString()) as { consumers: string[] | null }).consumers ?? []
  )
}

test('a feed has one consumer, and catches up, though its creation takes longer than an answer may', async () => {
  const { slow } = await slowLink(SLOW_MS)
  const api = new JetStreamApi(slow)
  const { created } = await api.info(STREAM)
  const seen: number[] = []
  const feed = new StreamFeed({
    ...{ link: slow, api, stream: STREAM, created, from: 1 },
    received: (_, { seq }) => seen.push(seq),
    replaced: () => undefined,
  })
  await feed.caughtUp
  expect(seen).toEqual(ALL)
  expect(await consumers()).toHaveLength(1)
  feed.close()
  await expect.poll(consumers).toEqual([])
})

test('a reader has one consumer, though its creation takes longer than an answer may', async () => {
  const { slow } = await slowLink(SLOW_MS)
  const pull = new StreamPull(slow, new JetStreamApi(slow), STREAM)
  const seen: number[] = []
  await pull.read(1, 10, 5, (_, { seq }) => seen.push(seq))
  expect(seen).toEqual(ALL)
  expect(await consumers()).toHaveLength(1)
  pull.close()
  await expect.poll(consumers).toEqual([])
})

test('the same consumer is asked for after growing pauses, and removed if no answer comes in time', async () => {
  const { slow, asked } = await slowLink(60_000)
  const began = performance.now()
  await expect(new JetStreamApi(slow).consumer(STREAM, START)).rejects.toThrow('timeout')
  expect(performance.now() - began).toBeGreaterThan(5 * SLOW_MS)
  expect(new Set(asked).size).toBe(1)
  expect(asked.length).toBeGreaterThan(1)
  await expect.poll(consumers).toEqual([])
})

test('a feed that is closed while its consumer is created leaves none behind', async () => {
  const { slow, asked } = await slowLink(200)
  const api = new JetStreamApi(slow)
  const { created } = await api.info(STREAM)
  const feed = new StreamFeed({
    ...{ link: slow, api, stream: STREAM, created, from: 1 },
    received: () => undefined,
    replaced: () => undefined,
  })
  await expect.poll(consumers).toHaveLength(1)
  expect(asked).toHaveLength(1)
  feed.close()
  await expect.poll(consumers).toEqual([])
})
