import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import { WIDEST_LIMITS } from '../../../src/event/check.js'
import { setFrameSeq } from '../../../src/event/frame.js'
import { encode, encodeFrame } from '../../../src/event/index.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import { JetStreamApi } from '../../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { type ClusterHub, startClusterHub } from '../../helpers/cluster-hub.js'
import { HeldProxy } from '../../helpers/held-proxy.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

// Hubs of a busy machine may lose and win the lease some times before they get on.
vi.setConfig({ testTimeout: 180_000 })
const LONG = { timeout: 60_000, interval: 50 }
let clusters = 0
const newCluster = () => `h${++clusters}`

/** The lines of the events about the cluster, as they come. */
function happenings(client: Client): string[] {
  const lines: string[] = []
  const subscription = client.subscribe('hub/ha/', { from: 'start' })
  const follow = async () => {
    for await (const { tag, data } of subscription.events()) {
      const { hub, primary } = data as { hub: string; primary?: string }
      lines.push(`${tag.slice('hub/ha/'.length)} ${hub}${typeof primary === 'string' ? ` ${primary}` : ''}`)
    }
  }
  void follow().catch(() => undefined)
  return lines
}

/** The metric `tocsin_sink_up` of the only sink; undefined if there is none. */
function isSinkUp({ hub }: ClusterHub): number | undefined {
  return [...hub.sinks.samples()].find(({ name }) => name === 'tocsin_sink_up')?.value
}

/**
 * The types of HA_INFO that a program for NSO is notified of, and answers, as often as it must connect for it. Resolves
 * when the hubs know that it is there.
 */
async function haInfo(path: string): Promise<number[]> {
  const types: number[] = []
  let isOver = false
  onTestFinished(() => {
    isOver = true
  })
  let isThere: () => void
  const there = new Promise<void>((resolve) => {
    isThere = resolve
  })
  const follow = async () => {
    const sock = ncs.socket(ncs.AF_UNIX)
    const mask = ncs.maskOf(ncs.NOTIF_HA_INFO, ncs.NOTIF_HA_INFO_SYNC)
    await ncs.notificationsConnect(sock, mask, undefined, undefined, path)
    isThere()
    for await (const n of sock) {
      if (n.type === ncs.NOTIF_HA_INFO) types.push(n.hnot.type)
      ncs.syncHaNotification(sock)
    }
  }
  const again = async () => {
    while (!isOver) await follow().catch(() => undefined)
  }
  void again()
  await there
  return types
}

async function readinessOf({ hub }: ClusterHub): Promise<[number, string]> {
  const { address } = hub.listeners.find(({ face }) => face === 'http')!
  const answer = await fetch(`${address}/readyz`)
  return [answer.status, ((await answer.json()) as { status: string }).status]
}

async function roles(client: Client): Promise<string[]> {
  const { cluster } = await client.request('hub.status', {})
  return cluster!.nodes.map(({ name, role }) => `${name} ${role}`)
}

test('hubs that come, lead, follow, catch up and go are events, and seen in the status', async () => {
  const cluster = newCluster()
  const one = await startClusterHub(server.address, cluster, 'one', '12s')
  const client = await one.client()
  const seen = happenings(client)
  await expect.poll(() => seen, LONG).toEqual(['primary one'])
  const two = await startClusterHub(server.address, cluster, 'two', '12s')
  const other = await two.client()
  await expect
    .poll(() => seen, LONG)
    .toEqual(expect.arrayContaining(['arrived two', 'caught-up two', 'follows two one']))
  await expect.poll(() => roles(other), LONG).toEqual(['one primary', 'two follower'])
  const { cluster: status } = await other.request('hub.status', {})
  expect(status).toMatchObject({ name: 'two', role: 'follower', primary: 'one' })
  expect(status!.nodes[0].address).toBe(one.address)
  await one.stop()
  const later = happenings(other)
  await expect.poll(() => later, LONG).toEqual(expect.arrayContaining(['died one', 'primary two']))
  await expect.poll(() => roles(other), LONG).toEqual(['two primary'])
  expect(later.filter((line) => line === 'follows two one')).toHaveLength(1)
})

test('programs for NSO are told all seven kinds of HA_INFO', async () => {
  const cluster = newCluster()
  const one = await startClusterHub(server.address, cluster, 'one', '12s')
  const seen = happenings(await one.client())
  const notified = [await haInfo(one.ncs)]
  const two = await startClusterHub(server.address, cluster, 'two', '12s')
  notified.push(await haInfo(two.ncs))
  await expect.poll(() => seen, LONG).toContain('caught-up two')
  const three = await startClusterHub(server.address, cluster, 'three', '12s')
  await expect.poll(() => seen, LONG).toContain('caught-up three')
  await three.stop()
  await expect.poll(() => seen, LONG).toContain('died three')
  await one.stop()
  const kinds = [
    ncs.HA_INFO_NOPRIMARY,
    ncs.HA_INFO_SECONDARY_DIED,
    ncs.HA_INFO_SECONDARY_ARRIVED,
    ncs.HA_INFO_SECONDARY_INITIALIZED,
    ncs.HA_INFO_IS_PRIMARY,
    ncs.HA_INFO_IS_NONE,
    ncs.HA_INFO_BESECONDARY_RESULT,
  ]
  await expect.poll(() => [...new Set(notified.flat())].sort(), LONG).toEqual(kinds.sort())
})

test('what is published on one hub is read on another, and acknowledged as durable', async () => {
  const cluster = newCluster()
  const [one, two] = [
    await startClusterHub(server.address, cluster, 'one'),
    await startClusterHub(server.address, cluster, 'two'),
  ]
  const [reader, publisher] = [await one.client(), await two.client()]
  const subscription = reader.subscribe('demo/', { from: 'start' })
  const cursors = await Promise.all(
    [1, 2, 3].map((nth) => publisher.publish(`demo/${nth}`, { nth }, { ack: 'durable' })),
  )
  expect(new Set(cursors).size).toBe(3)
  const tags: string[] = []
  for await (const { tag } of subscription.events()) if (tags.push(tag) === 3) break
  expect(tags).toEqual(['demo/1', 'demo/2', 'demo/3'])
})

test('any hub can ask the primary to let another one be it, which loses nothing', async () => {
  const cluster = newCluster()
  const one = await startClusterHub(server.address, cluster, 'one')
  const asked = await one.client()
  await expect.poll(() => roles(asked), LONG).toEqual(['one primary'])
  await expect(asked.request('cluster.stepDown', {})).rejects.toMatchObject({ code: 'TCN_CLUSTER_ALONE' })
  const two = await startClusterHub(server.address, cluster, 'two')
  const other = await two.client()
  await expect.poll(() => roles(other), LONG).toEqual(['one primary', 'two follower'])
  const first = await other.request('cluster.stepDown', {}, { timeout: 40_000 })
  expect(first).toMatchObject({ before: 'one', primary: 'two' })
  const published = asked.publish('demo/through-one', 1, { ack: 'durable' })
  await expect.poll(() => roles(asked), LONG).toEqual(['one follower', 'two primary'])
  expect(await published).toBeDefined()
  const second = await other.request('cluster.stepDown', {}, { timeout: 40_000 })
  expect(second).toMatchObject({ before: 'two', primary: 'one' })
  expect(second.term).toBeGreaterThan(first.term)
})

test('the status of the cluster names the servers, also while they do not answer', async () => {
  const proxy = await HeldProxy.start(server.address)
  onTestFinished(() => proxy.stop())
  const cluster = newCluster()
  const client = await (await startClusterHub(proxy.address, cluster, 'one')).client()
  await client.publish('demo/one', 1, { ack: 'durable' })
  const { nats, role } = await client.request('cluster.status', {})
  expect(role).toBe('primary')
  expect(nats).toMatchObject({ stream: cluster, replicas: 1, followers: [], notes: [] })
  expect(nats.events).toBeGreaterThan(0)
  proxy.cut()
  const fault = async () => (await client.request('cluster.status', {})).nats.fault
  await expect.poll(fault, LONG).toBeDefined()
  proxy.mend()
})

test('of events sent together, only the one that NATS cannot take is refused, and clients know the limit', async () => {
  const one = await startClusterHub(server.address, newCluster(), 'one')
  const client = await one.client()
  const { largestFrame } = one.hub.bus
  const ofSize = (tag: string, bytes: number) => client.publish(tag, 'x'.repeat(bytes), { ack: 'durable' })
  const sent = ['demo/1', 'demo/2', 'demo/3'].map((tag) => client.publish(tag, 1, { ack: 'durable' }))
  const tooLarge = ofSize('demo/large', largestFrame)
  sent.push(client.publish('demo/4', 1, { ack: 'durable' }))
  await expect(tooLarge).rejects.toMatchObject({ code: 'TCN_FRAME_TOO_LARGE' })
  expect(new Set(await Promise.all(sent)).size).toBe(4)
  // With the longest attributes and tag, what is allowed still fits.
  const attributes = { comment: 'ü'.repeat(3900) }
  const wide = 'ü'.repeat(500)
  const room = largestFrame - 2 * (3900 + 500) - 400
  await client.publish(wide, 'x'.repeat(room), { ack: 'durable', attributes })

  // A publisher that ignores the limit, as one on a bus of Salt does.
  const principal = one.hub.access.principal('admin')
  const outcomes: string[] = []
  const note = (text: string) => void outcomes.push(text)
  const publisher = one.hub.bus.publisher(principal, {
    limits: WIDEST_LIMITS,
    events: {
      accepted: (counter) => note(`accepted ${counter}`),
      durable: () => undefined,
      refused: (counter, { code }) => note(`refused ${counter} ${code}`),
      gateDone: () => undefined,
      resumed: () => undefined,
      closed: () => undefined,
    },
  })
  const frames = [10, largestFrame, 10].map((bytes, at) => {
    const body = encode('x'.repeat(bytes))
    const frame = Buffer.from(encodeFrame({ tag: 'demo/raw', source: principal.source, body }))
    setFrameSeq(frame, 0, at + 1)
    return frame
  })
  const batch = Buffer.concat(frames)
  publisher.publish(batch, 0, batch.length)
  await expect.poll(() => outcomes, LONG).toContain('accepted 3')
  expect(outcomes).toEqual(['refused 2 TCN_FRAME_TOO_LARGE', 'accepted 1', 'accepted 3'])
  publisher.close()
})

test('of hubs with the same sink one delivers, the others stand by, and one of those goes on when it stops', async () => {
  const folder = temporaryFolder('standby')
  const path = join(folder, 'archive.ndjson')
  const settings = { sinks: { archive: { type: 'file', path, filter: 'demo/' } } }
  const cluster = newCluster()
  const one = await startClusterHub(server.address, cluster, 'one', '5s', settings)
  const states = async (client: Client) => {
    const { sinks } = await client.request('sinks.list', {})
    return sinks.map(({ state }) => state)
  }
  const first = await one.client()
  await expect.poll(() => states(first), LONG).toEqual(['up'])
  const two = await startClusterHub(server.address, cluster, 'two', '5s', settings)
  const second = await two.client()
  await expect.poll(() => states(second), LONG).toEqual(['standby'])
  const { sinks } = await second.request('sinks.list', {})
  expect(sinks[0].reason).toContain('one')
  // An alert on 0 must be silent on a hub that stands by.
  expect([one, two].map(isSinkUp)).toEqual([1, undefined])
  const lines = () => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [])
  await second.publish('demo/1', 1, { ack: 'durable' })
  await expect.poll(() => lines().length, LONG).toBe(1)
  await one.stop()
  await expect.poll(() => states(second), LONG).toEqual(['up'])
  await second.publish('demo/2', 2)
  await expect.poll(() => lines().length, LONG).toBe(2)
})

test('after an operator has deleted the stream, clients learn of it once and everything goes on', async () => {
  const cluster = newCluster()
  const one = await startClusterHub(server.address, cluster, 'one')
  const client = await one.client()
  await client.publish('demo/before', 1, { ack: 'durable' })
  const gaps: string[] = []
  const tags: string[] = []
  const reasons: string[] = []
  const subscription = client
    .subscribe('demo/', { from: 'start', otherwise: 'start' })
    .onStatus((item) => item.status === 'reconnecting' && reasons.push(item.reason))
  const follow = async () => {
    for await (const item of subscription)
      if ('tag' in item) tags.push(item.tag as string)
      else if (item.status === 'gap') gaps.push(item.why)
  }
  void follow().catch(() => undefined)
  await expect.poll(() => tags, LONG).toEqual(['demo/before'])
  const before = one.hub.bus.epoch
  const notified = haInfo(one.ncs)
  const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
  onTestFinished(() => link.close())
  await new JetStreamApi(link).remove(cluster)
  await expect.poll(() => one.hub.bus.epoch, LONG).not.toBe(before)
  const publisher = await one.client()
  await publisher.publish('demo/after', 2, { ack: 'durable' })
  await expect.poll(() => tags, LONG).toEqual(['demo/before', 'demo/after'])
  expect(gaps).toEqual(['unknown-epoch'])
  expect(reasons).toEqual(['the log was replaced'])
  const role = async () => (await publisher.request('hub.status', {})).cluster?.role
  await expect.poll(role, LONG).toBe('primary')
  await expect.poll(() => notified, LONG).toContain(ncs.HA_INFO_IS_PRIMARY)
})

test('a hub without NATS stays up, says what is wrong, and goes on when NATS is back', async () => {
  const proxy = await HeldProxy.start(server.address)
  onTestFinished(() => proxy.stop())
  const one = await startClusterHub(proxy.address, newCluster(), 'one', '5s', {}, true)
  const client = await one.client()
  await client.publish('demo/before', 1)
  const readiness = () => readinessOf(one)
  await expect.poll(readiness, LONG).toEqual([200, 'ok'])
  proxy.cut()
  const published = client.publish('demo/while', 2)
  const fault = async () => (await client.request('hub.status', {})).cluster?.fault
  await expect.poll(fault, LONG).toMatch(/TCN_/)
  const roles = async () => {
    const { role, primary, nodes } = (await client.request('hub.status', {})).cluster!
    return [role, primary, nodes[0].role]
  }
  await expect.poll(roles, LONG).toEqual(['waiting', undefined, 'follower'])
  await expect.poll(readiness, LONG).toEqual([503, 'suspended'])
  proxy.mend()
  await published
  await expect.poll(readiness, LONG).toEqual([200, 'ok'])
  await expect.poll(fault, LONG).toBeUndefined()
})

test('a hub without NATS can be stopped, although its own events wait for a primary', async () => {
  const proxy = await HeldProxy.start(server.address)
  onTestFinished(() => proxy.stop())
  const one = await startClusterHub(proxy.address, newCluster(), 'one')
  await (await one.client()).publish('demo/before', 1)
  proxy.cut()
  await one.stop()
})

test('while log.retention differs between hubs, nothing goes that one of them is to keep', async () => {
  const cluster = newCluster()
  const one = await startClusterHub(server.address, cluster, 'one', '12s', {
    log: { retention: { count: 1 } },
  })
  const client = await one.client()
  const two = await startClusterHub(server.address, cluster, 'two', '12s')
  const notes = async () => (await client.request('hub.status', {})).cluster?.notes ?? []
  await expect.poll(notes, LONG).toContainEqual(expect.stringContaining('log.retention differs between hubs'))
  for (const nth of [1, 2, 3]) await client.publish('demo/kept', nth, { ack: 'durable' })
  const kept = async () => {
    await client.request('log.compact', {})
    const found: unknown[] = []
    for await (const { data } of client.read('demo/').events()) found.push(data)
    return found
  }
  expect(await kept()).toEqual([1, 2, 3])
  await two.stop()
  await expect.poll(notes, LONG).toEqual([])
  await expect.poll(kept, LONG).not.toContain(1)
})
