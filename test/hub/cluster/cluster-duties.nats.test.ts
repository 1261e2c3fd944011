import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import type { HubStatus, RuleInfo } from '../../../src/methods/contract/index.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import { type ClusterHub, startClusterHub } from '../../helpers/cluster-hub.js'
import { NatsServer } from '../../helpers/nats-server.js'

/** Subscribers of HA_INFO_SYNC hold up the duties of a new primary, and nothing else. */

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

vi.setConfig({ testTimeout: 180_000 })
const LONG = { timeout: 60_000, interval: 50 }
const TTL_MS = 12_000
const RULES = { rules: { echo: { filter: 'in/', fire: { tag: 'out' } } } }
let clusters = 0

/** Two hubs; `two` follows `one`. */
async function startTwo(settings: object = {}) {
  const cluster = `d${++clusters}`
  const start = (name: string) =>
    startClusterHub(server.address, cluster, name, `${TTL_MS}ms`, { ...RULES, ...settings })
  const one = await start('one')
  const first = await one.client()
  await expect.poll(() => roleOf(first), LONG).toBe('primary')
  const two = await start('two')
  const second = await two.client()
  await expect.poll(() => told(first), LONG).toContain(ncs.HA_INFO_BESECONDARY_RESULT)
  return { one, two, first, second }
}

async function clusterOf(client: Client): Promise<NonNullable<HubStatus['cluster']>> {
  return (await client.request('hub.status', {})).cluster!
}

async function roleOf(client: Client): Promise<string> {
  return (await clusterOf(client)).role
}

/** The types of HA_INFO in the log. */
async function told(client: Client): Promise<number[]> {
  const types: number[] = []
  for await (const { data } of client.read('ncs/ha_info', { from: 'start' }).events())
    types.push((data as { type: number }).type)
  return types
}

async function rulesOf(client: Client): Promise<RuleInfo['state']> {
  const { rules } = await client.request<{ rules: RuleInfo[] }>('rules.list', {})
  return rules[0].state
}

/** Reads HA_INFO, and answers everything before the first that the test wants to answer. */
async function subscribe({ ncs: path }: ClusterHub, keep: (type: number) => boolean) {
  const sock = ncs.socket(ncs.AF_UNIX)
  const mask = ncs.maskOf(ncs.NOTIF_HA_INFO, ncs.NOTIF_HA_INFO_SYNC)
  await ncs.notificationsConnect(sock, { mask, path })
  onTestFinished(() => sock.close())
  const types: number[] = []
  const kept: ncs.NcsNotification[] = []
  const over = (async () => {
    for await (const n of sock) {
      if (n.type !== ncs.NOTIF_HA_INFO) continue
      types.push(n.hnot.type)
      if (keep(n.hnot.type)) kept.push(n)
      else if (kept.length === 0) sock.acknowledge(n)
    }
  })()
  over.catch(() => undefined)
  return { sock, types, kept, over }
}

const isPrimary = (type: number) => type === ncs.HA_INFO_IS_PRIMARY

test('a new primary appends at once, and takes over the duties when HA_INFO_SYNC is answered', async () => {
  const { one, two, second } = await startTwo()
  await expect.poll(() => rulesOf(second), LONG).toBe('waits')
  const { sock, types, kept } = await subscribe(two, isPrimary)
  await one.stop()
  await expect.poll(() => types, LONG).toContain(ncs.HA_INFO_IS_PRIMARY)
  const { role, term } = await clusterOf(second)
  expect(role).toBe('primary')
  await second.publish('in/1', 1, { ack: 'durable' })
  const states = new Set<string>()
  const until = performance.now() + 1.2 * TTL_MS
  while (performance.now() < until) states.add(await rulesOf(second))
  expect([...states]).toEqual(['waits'])
  for (const n of kept) sock.acknowledge(n)
  await expect.poll(() => rulesOf(second), LONG).toBe('up')
  await second.publish('in/2', 2, { ack: 'durable' })
  await expect.poll(() => tags(second), LONG).toContain('out')
  expect((await clusterOf(second)).term).toBe(term)
})

test('a subscriber that does not answer holds them up until the deadline only, and the hub stays primary', async () => {
  const { one, two, second } = await startTwo({ limits: { gateDeadline: '5s' } })
  const { types, over } = await subscribe(two, isPrimary)
  await one.stop()
  await expect.poll(() => types, LONG).toContain(ncs.HA_INFO_IS_PRIMARY)
  const { term } = await clusterOf(second)
  await expect(over).rejects.toMatchObject({ code: 'TCN_NCS_TIMEOUT' })
  await expect.poll(() => rulesOf(second), LONG).toBe('up')
  expect(await clusterOf(second)).toMatchObject({ role: 'primary', term })
})

test('a hub that gives up the role announces what comes next when that is answered', async () => {
  const { one, first, second } = await startTwo()
  const { sock, types, kept } = await subscribe(one, (type) => type === ncs.HA_INFO_NOPRIMARY)
  await second.request('cluster.stepDown', {}, { timeout: 60_000 })
  await expect.poll(() => kept.length, LONG).toBeGreaterThan(0)
  // Others are not held up: the next primary works.
  await expect.poll(() => rulesOf(second), LONG).toBe('up')
  await expect.poll(() => rulesOf(first), LONG).toBe('waits')
  await first.publish('in/1', 1, { ack: 'durable' })
  expect(types).not.toContain(ncs.HA_INFO_BESECONDARY_RESULT)
  for (const n of kept) sock.acknowledge(n)
  await expect.poll(() => types, LONG).toContain(ncs.HA_INFO_BESECONDARY_RESULT)
})

async function tags(client: Client): Promise<string[]> {
  const found: string[] = []
  for await (const { tag } of client.read('out', { from: 'start' }).events()) found.push(tag)
  return found
}

test('a change on a follower waits for AUDIT_SYNC, and is answered although another hub stores the audit', async () => {
  const { two, second } = await startTwo({ limits: { gateDeadline: '60s' } })
  const sock = ncs.socket(ncs.AF_UNIX)
  const mask = ncs.maskOf(ncs.NOTIF_AUDIT, ncs.NOTIF_AUDIT_SYNC)
  await ncs.notificationsConnect(sock, { mask, path: two.ncs })
  onTestFinished(() => sock.close())
  let answers = 0
  const answering = (async () => {
    for await (const n of sock) if (sock.acknowledge(n)) answers++
  })()
  answering.catch(() => undefined)
  for (let nth = 0; nth < 20; nth++)
    await second.request('tokens.add', { name: `t${nth}`, rights: {} }, { timeout: 60_000 })
  expect(answers).toBe(20)
})

test('a primary that takes long to stop leaves that to another hub before it has stopped', async () => {
  const { one, second } = await startTwo()
  let end: () => void = () => undefined
  const slow = new Promise<void>((resolve) => {
    end = resolve
  })
  onTestFinished(() => end())
  vi.spyOn(one.hub.jobs, 'stop').mockReturnValueOnce(slow)
  let hasStopped = false
  const stopped = one.stop().then(() => {
    hasStopped = true
  })
  await expect.poll(() => roleOf(second), LONG).toBe('primary')
  expect(hasStopped).toBe(false)
  end()
  await stopped
})
