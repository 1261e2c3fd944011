import { rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type VerifiedStream, verifyStream } from '../../../src/cluster/verify/verify-stream.js'
import { messageOf } from '../../../src/errors/thrown.js'
import { JetStreamApi, type StreamConfig } from '../../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { NatsFault } from '../../../src/storage/nats/nats-fault.js'
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

async function store(texts: readonly string[], where: NatsLink = link): Promise<void> {
  for (const text of texts) await requestAt(where, `${stream}.a`, text)
}

/** Servers learn one after the other that there is a new stream. */
async function requestAt(where: NatsLink, subject: string, text: string): Promise<void> {
  for (;;) {
    try {
      await where.request(subject, Buffer.from(text), 20_000)
      return
    } catch (error) {
      if (!messageOf(error).includes('no responders')) throw error
      await new Promise((again) => setTimeout(again, 20))
    }
  }
}

function verify(through: NatsLink = link): Promise<VerifiedStream> {
  const { signal } = new AbortController()
  const options = { link: through, signal, progress: async () => {} }
  return verifyStream({ config: configOf(stream), holds: 'tests' }, options)
}

/** The link with some of its functions changed. */
function linkWith(changed: Partial<NatsLink>): NatsLink {
  return new Proxy(link, {
    get(target, key) {
      if (key in changed) return Reflect.get(changed, key)
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
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

test('a bucket that is written while one server after another is read is found equal', {
  timeout: PATIENCE,
}, async () => {
  await api.create(configOf(stream, 1))
  await store(['before'])
  let reads = 0
  let hear: () => void = () => undefined
  const heard = new Promise<void>((resolve) => {
    hear = resolve
  })
  // The first server is read before the record is replaced, and the others after that.
  const replaced = heard.then(() => store(['after']))
  const publish: NatsLink['publish'] = (subject, ...rest) => {
    const isRead = subject.startsWith('$JS.API.CONSUMER.MSG.NEXT.')
    if (isRead && ++reads > 1) void replaced.then(() => link.publish(subject, ...rest))
    else link.publish(subject, ...rest)
  }
  const subscribe: NatsLink['subscribe'] = (subject, listener) =>
    link.subscribe(subject, (message) => {
      listener(message)
      if (reads > 0) hear()
    })
  expect(await verify(linkWith({ publish, subscribe }))).toMatchObject({ result: 'equal', places: 0 })
  expect(reads).toBeGreaterThan(3)
})

test('a server that is drawn before it answers is asked again', { timeout: PATIENCE }, async () => {
  await api.create(configOf(stream))
  await store(texts)
  await cluster.inStep(stream)
  let asked = 0
  const request: NatsLink['request'] = async (subject, ...rest) => {
    const isSilent = subject.startsWith('$JS.API.CONSUMER.CREATE.') && ++asked < 4
    if (isSilent) throw new NatsFault('unreachable', 'timeout')
    return await link.request(subject, ...rest)
  }
  expect(await verify(linkWith({ request }))).toMatchObject({ result: 'equal', messages: 20 })
  expect(asked).toBeGreaterThan(5)
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
