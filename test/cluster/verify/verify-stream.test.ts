import { rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type VerifiedStream, verifyStream } from '../../../src/cluster/verify/verify-stream.js'
import { JetStreamApi, type StreamConfig } from '../../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { alterCopy } from '../../helpers/altered-copy.js'
import { NatsCluster } from '../../helpers/nats-cluster.js'
import { realRuntime } from '../../helpers/real-runtime.js'

const PATIENCE = 90_000

let cluster: NatsCluster
let link: NatsLink
let api: JetStreamApi
let stream = ''
let streams = 0

beforeAll(async () => {
  cluster = await NatsCluster.start()
  link = await NatsLink.open({ runtime: realRuntime, servers: cluster.addresses })
  api = new JetStreamApi(link)
}, PATIENCE)
afterAll(async () => {
  await link.close()
  await cluster.stop()
})
beforeEach(() => {
  stream = `S${++streams}`
})

function configOf(name: string, newest = -1): StreamConfig {
  return {
    name,
    subjects: [`${name}.>`],
    retention: 'limits',
    storage: 'file',
    discard: 'old',
    num_replicas: 3,
    max_age: 0,
    max_bytes: -1,
    max_msgs: -1,
    max_msgs_per_subject: newest,
  }
}

async function store(texts: readonly string[], where: NatsLink = link, key = 'a'): Promise<void> {
  for (const text of texts) await where.request(`${stream}.${key}`, Buffer.from(text), 20_000)
}

function verify(progress = async () => {}): Promise<VerifiedStream> {
  const { signal } = new AbortController()
  return verifyStream({ config: configOf(stream), holds: 'tests' }, { link, signal, progress })
}

const texts = Array.from({ length: 20 }, (_, at) => `text ${at}`)

test('servers with the same messages are found equal', { timeout: PATIENCE }, async () => {
  await api.create(configOf(stream))
  await store(texts)
  await cluster.inStep(stream)
  const leader = await cluster.leaderOf(stream)
  expect(await verify()).toMatchObject({
    result: 'equal',
    first: 1,
    last: 20,
    messages: 20,
    servers: cluster.names.map((server) => (server === leader ? { server, leads: true } : { server })),
    differences: [],
  })
})

test('a bucket that is written meanwhile is found equal', { timeout: PATIENCE }, async () => {
  await api.create(configOf(stream, 1))
  await store(texts)
  let isOver = false
  const writing = (async () => {
    for (let nth = 0; !isOver; nth++) await store([`later ${nth}`], link, `key${nth % 5}`)
  })()
  await expect.poll(async () => (await api.info(stream)).state.last_seq).toBeGreaterThan(40)
  const found = await verify()
  isOver = true
  await writing
  expect(found).toMatchObject({ result: 'equal', places: 0 })
})

test('messages that one server has lost or that are others there are one range each, and its copy can be made new', {
  timeout: 2 * PATIENCE,
}, async () => {
  await api.create(configOf(stream))
  await store(texts)
  await cluster.inStep(stream)
  const odd = await cluster.followerOf(stream)
  const others = cluster.names.filter((name) => name !== odd)
  await alterCopy(cluster, odd, stream, async (alone, aloneLink) => {
    await alone.removeMessage(stream, 7)
    await alone.removeMessage(stream, 8)
    await store(['other 20', 'other 21'], aloneLink)
    await store(['last 20', 'last 21'])
  })
  await cluster.inStep(stream)
  const subject = `${stream}.a`
  const time = expect.any(Number)
  const range = (from: number, to: number, odds: object) => ({
    ...{ from, to, places: 2 },
    copies: [{ servers: others, subject, time }, odds],
  })
  const found = await verify()
  expect(found).toMatchObject({ result: 'different', messages: 22, places: 4 })
  expect(found.differences).toEqual([
    range(7, 8, { servers: [odd] }),
    range(21, 22, { servers: [odd], subject, time }),
  ])

  await cluster.node(odd).kill('SIGTERM')
  expect(await verify()).toMatchObject({ result: 'incomplete', differences: [] })
  rmSync(cluster.node(odd).store, { recursive: true })
  await cluster.node(odd).start()
  await cluster.inStep(stream)
  expect(await verify()).toMatchObject({ result: 'equal', messages: 22 })
})

test('a stream that no hub has needed yet is absent', { timeout: PATIENCE }, async () => {
  expect(await verify()).toMatchObject({ result: 'absent', servers: [] })
})
