import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { type Client, connect } from '../../../src/client/index.js'
import type { SubscriberList } from '../../../src/methods/contract/index.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import type { RawMessage } from '../../../src/storage/nats/raw-message.js'
import { type ClusterHub, startClusterHub } from '../../helpers/cluster-hub.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

vi.setConfig({ testTimeout: 120_000 })
const LONG = { timeout: 60_000, interval: 50 }
let clusters = 0
const newCluster = () => `across${++clusters}`

async function hubs(cluster: string, names: string[], settings: object[] = []): Promise<ClusterHub[]> {
  const started: ClusterHub[] = []
  for (const [at, name] of names.entries())
    started.push(await startClusterHub(server.address, cluster, name, '5s', settings[at] as never))
  const client = await started[0].client()
  await expect.poll(() => nodes(client), LONG).toEqual(names.toSorted())
  return started
}

async function nodes(client: Client): Promise<string[]> {
  const { cluster } = await client.request('hub.status', {})
  return cluster!.nodes.map(({ name }) => name)
}

async function listen({ address }: ClusterHub, name: string): Promise<void> {
  const client = await connect({ address, name })
  onTestFinished(() => client.close())
  await client.subscribe('demo/').ready()
}

/** Without those that each hub has itself. */
function programs({ subscribers }: SubscriberList): string[] {
  const named = subscribers.filter(({ label }) => label !== 'ncs')
  return named.map(({ hub = '-', label }) => `${hub} ${label.split(' ').at(-1)}`).sort()
}

async function openLink(): Promise<NatsLink> {
  const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
  onTestFinished(() => link.close())
  return link
}

/** What the hubs take for another one: it says that it is there, and answers questions as given, or not at all. */
async function pretendHub(
  cluster: string,
  name: string,
  answer?: (question: { method: string }) => Uint8Array | undefined,
  more: object = {},
): Promise<{ silence(): void }> {
  const link = await openLink()
  const id = `${name}-id`
  const record = {
    id,
    name,
    address: 'unix:/nowhere',
    version: '0.0.1',
    position: 0,
    term: 0,
    told: 1,
    ...more,
  }
  const beat = () => link.publish(`$KV.${cluster}_members.${id}`, Buffer.from(JSON.stringify(record)))
  beat()
  const beating = setInterval(beat, 1000)
  onTestFinished(() => clearInterval(beating))
  const take = ({ payload, reply }: RawMessage) => {
    const answered = answer?.(JSON.parse(Buffer.from(payload).toString()))
    if (answered !== undefined) link.publish(reply, answered)
  }
  if (answer !== undefined) link.subscribe(`${cluster}.hubs.questions.${id}`, take)
  return { silence: () => clearInterval(beating) }
}

const packed = (answer: unknown) => gzipSync(JSON.stringify(answer))

test('subscribers of all hubs are listed with their hub, or those of one hub', async () => {
  const [one, two, three] = await hubs(newCluster(), ['one', 'two', 'three'])
  await Promise.all([listen(one, 'here'), listen(two, 'there'), listen(three, 'elsewhere')])
  const client = await one.client()
  const all = await client.request('subscribers.list', {})
  expect(all.hubs).toEqual(expect.arrayContaining([{ hub: 'one' }, { hub: 'two' }, { hub: 'three' }]))
  expect(programs(all)).toEqual(['one here', 'three elsewhere', 'two there'])
  const here = await client.request('subscribers.list', { here: true })
  expect(programs(here)).toEqual(['- here'])
  expect(here).not.toHaveProperty('hubs')
  expect(here.subscribers[0]).not.toHaveProperty('hub')
  expect(programs(await client.request('subscribers.list', { hub: 'one' }))).toEqual(['- here'])
  const there = await client.request('subscribers.list', { hub: 'two' })
  expect(programs(there)).toEqual(['- there'])
  await expect(client.request('subscribers.list', { hub: 'four' })).rejects.toMatchObject({
    code: 'TCN_CLUSTER_HUB_UNKNOWN',
  })
  const other = await client.request('hub.status', { hub: 'three' })
  expect([other.name, other.subscribers]).toEqual(['three', 2])
  for (const method of ['hub.history', 'sources.list', 'sinks.list', 'rules.list'] as const)
    await client.request(method, { hub: 'two' })
  await client.request('hub.trends', { of: 'sinks', hub: 'two' })
})

test('a list that is cut says for each hub how much is missing', async () => {
  const [one, two] = await hubs(newCluster(), ['one', 'two'])
  for (const name of ['a', 'b', 'c']) await listen(two, name)
  await listen(one, 'd')
  const client = await one.client()
  const { subscribers } = await client.request('subscribers.list', {})
  const there = subscribers.filter(({ hub }) => hub === 'two').length
  const omitted = { one: subscribers.length - there - 1, two: there - 1 }
  expect(omitted.two).toBeGreaterThan(1)
  const cut = await client.request('subscribers.list', { limit: 1 })
  expect(cut.subscribers).toHaveLength(2)
  expect(cut.omitted).toBe(omitted.one + omitted.two)
  expect(cut.hubs).toEqual([
    { hub: 'one', omitted: omitted.one },
    { hub: 'two', omitted: omitted.two },
  ])
  expect(await client.request('subscribers.list', { limit: 1, hub: 'two' })).toMatchObject({
    omitted: omitted.two,
  })
})

test('each hub decides with its own principals what it says, and records who was refused', async () => {
  const may = { principals: { otto: { monitor: true } } }
  const mayNot = { principals: { otto: { see: '*' } } }
  const [one, two] = await hubs(newCluster(), ['one', 'two', 'three'], [may, mayNot, {}])
  await listen(two, 'there')
  const admin = await one.client()
  const { token } = await admin.request('tokens.add', { name: 'look', principal: 'otto' })
  const client = await connect({ address: one.address, token })
  onTestFinished(() => client.close())
  const { subscribers, hubs: asked } = await client.request('subscribers.list', {})
  expect(subscribers.every(({ hub }) => hub === 'one')).toBe(true)
  expect(asked!.map(({ hub, code }) => [hub, code]).sort()).toEqual([
    ['one', undefined],
    ['three', 'TCN_ACCESS_UNKNOWN'],
    ['two', 'TCN_ACCESS_DENIED'],
  ])
  await expect(client.request('hub.status', { hub: 'two' })).rejects.toMatchObject({
    code: 'TCN_ACCESS_DENIED',
  })
  const denied = admin.subscribe('hub/audit/denied', { from: 'start' })
  for await (const { data } of denied.events()) {
    expect(data).toMatchObject({ principal: 'otto', method: expect.any(String), face: 'cluster' })
    break
  }
})

test('hubs that do not answer, or not as a hub does, are named, and hold nobody up', async () => {
  const cluster = newCluster()
  const [one] = await hubs(cluster, ['one'])
  await pretendHub(cluster, 'gone')
  await pretendHub(cluster, 'mute', () => undefined)
  await pretendHub(cluster, 'odd', () => Buffer.from('what?'))
  await pretendHub(cluster, 'bomb', () => gzipSync(Buffer.alloc(64 * 2 ** 20)))
  await pretendHub(cluster, 'other', () => packed({ result: { subscribers: [{ id: 7 }] } }))
  await pretendHub(cluster, 'sick', () => packed({ error: { code: 'TCN_LOG_FULL', message: 'no room' } }))
  const client = await one.client()
  await expect.poll(() => nodes(client), LONG).toHaveLength(7)
  await listen(one, 'here')
  const { subscribers, hubs: asked } = await client.request('subscribers.list', {})
  expect(programs({ subscribers })).toEqual(['one here'])
  const faults = Object.fromEntries(asked!.map(({ hub, code, fault }) => [hub, `${code} ${fault}`]))
  expect(faults).toEqual({
    one: 'undefined undefined',
    gone: 'TCN_CLUSTER_NO_ANSWER it has ended, or is of an earlier version',
    mute: 'TCN_CLUSTER_NO_ANSWER no answer within 3 s',
    odd: expect.stringContaining('TCN_CLUSTER_NO_ANSWER'),
    bomb: expect.stringContaining('TCN_CLUSTER_NO_ANSWER'),
    other: 'TCN_CLUSTER_NO_ANSWER other has answered with something else',
    sick: 'TCN_LOG_FULL no room',
  })
  await expect(client.request('hub.status', { hub: 'mute' })).rejects.toMatchObject({
    code: 'TCN_CLUSTER_NO_ANSWER',
  })
})

test('hubs answer nothing but what is meant for hubs, and only for themselves', async () => {
  const cluster = newCluster()
  const asked: { method: string }[] = []
  const [one] = await hubs(cluster, ['one'])
  await pretendHub(cluster, 'fake', (question) => {
    asked.push(question)
    return packed({ result: { subscribers: [] } })
  })
  const client = await one.client()
  await expect.poll(() => nodes(client), LONG).toHaveLength(2)
  await client.request('subscribers.list', { limit: 100_000 })
  expect(asked).toEqual([
    { method: 'subscribers.list', params: { here: true, limit: 5000 }, principal: 'admin' },
  ])
  const link = await openLink()
  const id = await memberId(link, cluster, 'one')
  const ask = async (question: object) => {
    const given = Buffer.from(JSON.stringify({ params: {}, principal: 'admin', ...question }))
    const { payload } = await link.request(`${cluster}.hubs.questions.${id}`, given, 5000)
    return JSON.parse(gunzipSync(payload).toString())
  }
  expect(await ask({ method: 'tokens.list' })).toMatchObject({ error: { code: 'TCN_METHOD_UNKNOWN' } })
  expect(await ask({ method: 'hub.reload' })).toMatchObject({ error: { code: 'TCN_METHOD_UNKNOWN' } })
  expect(await ask({ method: 'cluster.overview' })).toMatchObject({ error: { code: 'TCN_METHOD_UNKNOWN' } })
  expect(await ask({ method: 'hub.status', principal: 'nobody' })).toMatchObject({
    error: { code: 'TCN_ACCESS_UNKNOWN' },
  })
  // It answers for itself only, whatever it is asked.
  const status = await ask({ method: 'hub.status', params: { hub: 'fake' } })
  expect(status.result.name).toBe('one')
  const own = await ask({ method: 'subscribers.list', params: { here: false, hub: 'fake' } })
  expect(own.result).not.toHaveProperty('hubs')
})

/** The id of a hub, as it is in its record. */
function memberId(link: NatsLink, cluster: string, name: string): Promise<string> {
  return new Promise((resolve) => {
    link.subscribe(`$KV.${cluster}_members.>`, ({ payload }) => {
      const record = JSON.parse(Buffer.from(payload).toString())
      if (record.name === name) resolve(record.id)
    })
  })
}

test('the overview has the state of each hub, and says what is wrong and what to do', async () => {
  const cluster = newCluster()
  const [one] = await hubs(cluster, ['one', 'two'])
  const client = await one.client()
  await expect.poll(async () => (await client.request('cluster.overview', {})).problems, LONG).toEqual([])
  const { hubs: views, cluster: report } = await client.request('cluster.overview', {})
  expect(views.map(({ hub, status }) => [hub, status?.name])).toEqual([
    ['one', 'one'],
    ['two', 'two'],
  ])
  expect(report.nats.server).toContain(server.address)

  const ahead = (at: number) => ({
    name: 'fast',
    version: '0.0.1',
    started: 0,
    now: (Date.now() + at) * 1000,
  })
  const fast = await pretendHub(cluster, 'fast', () => packed({ result: ahead(30_000) }), {
    address: undefined,
  })
  const problems = async () => (await client.request('cluster.overview', {})).problems.map(({ text }) => text)
  await expect
    .poll(problems, LONG)
    .toEqual([
      expect.stringContaining('fast has no cluster.address'),
      expect.stringMatching(/^the clock of fast is (29|30)s.* ahead of that of the hub/),
      expect.stringMatching(/^the hubs have different versions: 0\.0\.1 on fast; /),
    ])
  fast.silence()
  await expect
    .poll(problems, LONG)
    .toEqual([
      expect.stringMatching(/^fast has not been heard of for .*: it has ended, or does not reach NATS$/),
    ])
  await pretendHub(cluster, 'fast', () => packed({ result: ahead(0) }))
  await expect.poll(problems, LONG).toEqual([expect.stringContaining('different versions')])
})
