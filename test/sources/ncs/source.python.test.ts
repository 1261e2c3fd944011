import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../../src/hub/testing.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import { PER_SUBSCRIBER } from '../../../src/protocols/ncs/constants/mask.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { samples } from '../../protocols/ncs/samples.js'
import { AttachedSource, type NcsEntry } from './harness.js'

/** A hub in the place of NSO, with a log that outlives it. */
let nso: TestHub
let client: Client
let folder: string
let path: string
const sources: AttachedSource[] = []

const ALL = [
  ...['AUDIT', 'DAEMON', 'COMMIT_SIMPLE', 'COMMIT_DIFF', 'USER_SESSION', 'HA_INFO', 'SUBAGENT_INFO'],
  ...['COMMIT_FAILED', 'SNMPA', 'FORWARD_INFO', 'NETCONF', 'DEVEL', 'CONFIRMED_COMMIT', 'UPGRADE_EVENT'],
  ...['COMMIT_PROGRESS', 'PACKAGE_RELOAD', 'CQ_PROGRESS', 'REOPEN_LOGS', 'PROGRESS', 'CALL_HOME_INFO'],
  ...['JSONRPC', 'WEBUI', 'AUDIT_NETWORK', 'COMPACTION', 'SYSTEM_GOING_DOWN'],
]

async function startNso(options: TestHubOptions['config'] = {}): Promise<void> {
  nso = await startTestHub({
    data: join(folder, 'nso'),
    socket: path,
    config: {
      streams: [
        { name: 'demo', filter: 'demo/' },
        { name: 'short', filter: 'demo/', replay: false },
        { name: 'brief', filter: 'demo/', replay: false },
      ],
      ...options,
    },
  })
  client = await nso.connect()
}

async function stopNso(): Promise<void> {
  await client.close()
  await nso.close()
}

beforeEach(async () => {
  folder = temporaryFolder('ncs-source')
  path = join(folder, 'ipc')
  await startNso()
})
afterEach(async () => {
  for (const source of sources.splice(0)) await source[Symbol.asyncDispose]()
  await stopNso()
})

async function attach(entry: NcsEntry = {}): Promise<AttachedSource> {
  const source = new AttachedSource({ path, ...entry })
  sources.push(source)
  return source.start()
}

const produce = (notification: ncs.NcsNotification, options?: ncs.PublishNotificationOptions) =>
  ncs.producer(client).publishNotification(notification, options)

const network = (user: string): ncs.NcsNotification => ({
  type: ncs.NCS_NOTIF_AUDIT_NETWORK,
  audit_network: { usid: 12, tid: 7, user, device: 'r1', config: 'hostname r1' },
})

describe('notifications of NSO', () => {
  it('are events with all keys, the tags and the types of the hub’s own', async () => {
    const source = await attach({ mask: ALL, verbosity: 'debug' })
    const sent = samples.filter(({ type }) => (type & PER_SUBSCRIBER) === 0)
    const all = Promise.all(sent.map((sample) => produce(sample, { verbosity: 2 })))
    await source.published(sent.length)
    for (const { answered } of source.host.gates) answered()
    await all
    const own: unknown[] = []
    for await (const { tag, kind, data } of client.read('ncs/').events()) own.push({ tag, kind, data })
    const kindOf = (event: object) => ('kind' in event ? event.kind : 0)
    expect(source.events.map((event) => ({ tag: event.tag, kind: kindOf(event), data: event.data }))).toEqual(
      own,
    )
    expect(new Set(source.events.map((event) => event.source))).toEqual(new Set(['ncs/a']))
    expect(source.gaps).toEqual([])
  })

  it('are those of the mask alone', async () => {
    const source = await attach({ mask: ['AUDIT_NETWORK'] })
    await produce({ type: ncs.NOTIF_REOPEN_LOGS })
    await produce(network('ann'))
    await source.published(1)
    expect(source.tags).toEqual(['ncs/audit_network/r1'])
    const { details } = source.runner.status().health ?? {}
    expect(details).toEqual({ address: path, notifications: 1, waiting: 0 })
  })

  it('are missing while NSO was away, which one gap says', async () => {
    const source = await attach({ mask: ['AUDIT_NETWORK'] })
    await produce(network('ann'))
    await source.published(1)
    expect(source.gaps).toEqual([])
    await stopNso()
    await source.becomes('down')
    await startNso()
    await source.becomes('up')
    await expect.poll(() => source.gaps).toEqual(['not connected to NSO, which keeps no notifications'])
    await produce(network('bob'))
    await source.published(2)
    expect(source.events.map(({ data }) => (data as { user: string }).user)).toEqual(['ann', 'bob'])
  })

  it('wait for a hub that accepts nothing, in their order', async () => {
    const source = await attach({ mask: ['AUDIT_NETWORK', 'COMMIT_DIFF'] })
    source.host.full = true
    const users = Array.from({ length: 20 }, (_, i) => `user${i}`)
    for (const user of users) await produce(network(user))
    source.host.full = false
    await source.published(20)
    expect(source.events.map(({ data }) => (data as { user: string }).user)).toEqual(users)
  })
})

describe('what NSO waits for', () => {
  it('goes on when the subscribers of this hub have answered, whatever its type', async () => {
    const mask = [
      'AUDIT_NETWORK',
      'AUDIT_NETWORK_SYNC',
      'COMMIT_DIFF',
      'HA_INFO',
      'HA_INFO_SYNC',
      'AUDIT',
      'AUDIT_SYNC',
    ]
    const source = await attach({ mask })
    const gated = samples.filter(({ type }) =>
      [ncs.NCS_NOTIF_AUDIT_NETWORK, ncs.NOTIF_COMMIT_DIFF, ncs.NOTIF_HA_INFO, ncs.NOTIF_AUDIT].includes(type),
    )
    let answered = 0
    const all = gated.map(async (sample) => {
      const { missing } = await produce(sample)
      answered++
      return missing
    })
    await expect.poll(() => source.host.gates.length, { timeout: 30_000 }).toBe(gated.length)
    expect(answered).toBe(0)
    expect(source.runner.status().health?.details.waiting).toBe(gated.length)
    expect(new Set(source.host.gates.map(({ gate }) => gate))).toEqual(
      new Set(['ncs/audit-network', 'ncs/commit', 'ncs/ha', 'ncs/audit']),
    )
    for (const { deadline } of source.host.gates) expect(deadline).toBeLessThanOrEqual(95_000)
    for (const { answered: answer } of source.host.gates) answer()
    expect((await Promise.all(all)).flat()).toEqual([])
    expect(source.events.every(({ attributes }) => attributes?.ncsgate === true)).toBe(true)
  })

  it('does not wait for one another', async () => {
    const source = await attach({ mask: ['AUDIT_NETWORK', 'AUDIT_NETWORK_SYNC', 'REOPEN_LOGS'] })
    const first = produce(network('ann'))
    const second = produce(network('bob'))
    await produce({ type: ncs.NOTIF_REOPEN_LOGS })
    await source.published(3)
    source.host.gates[1].answered()
    // The answer for a session belongs to the oldest of its audits, as in NSO.
    const missing = await Promise.race([first, second])
    expect(missing.missing).toEqual([])
    source.host.gates[0].answered()
    await Promise.all([first, second])
  })

  it('is waited for by nobody without the type that says so', async () => {
    const source = await attach({ mask: ['AUDIT_NETWORK'] })
    expect((await produce(network('ann'))).acknowledged).toEqual([])
    await source.published(1)
    expect(source.host.gates).toEqual([])
    expect(source.events[0].attributes?.ncsgate).toBeUndefined()
  })

  it('goes on when an event cannot be stored, and when the source stops', async () => {
    const source = await attach({ mask: ['AUDIT_NETWORK', 'AUDIT_NETWORK_SYNC'] })
    const first = produce(network('ann'))
    await source.published(1)
    source.host.gates[0].answered(false)
    expect((await first).missing).toEqual([])
    await expect.poll(() => source.gaps).toEqual(['a notification could not be stored'])
    const second = produce(network('bob'))
    await source.published(2)
    await source.runner.stop()
    expect((await second).missing).toEqual([{ subscriber: expect.any(String), reason: 'left' }])
  })
})

describe('a stream of NSO', () => {
  const values = (source: AttachedSource) =>
    source.events.map(({ data }) => (data as { content: { n?: string } }).content.n)
  const fire = (n: number) => client.publish('demo/event', { n, link: { state: 'up' } })

  it('becomes events as they come over NETCONF, with namespaces and the time of NSO', async () => {
    const source = await attach({ mask: [], streams: [{ name: 'demo' }] })
    await fire(1)
    const [{ tag, data, attributes }] = await source.published(1)
    expect(tag).toBe('ncs-stream/a/tocsin.event')
    expect(data).toEqual({
      notification: 'urn:tocsin:event:tocsin.event',
      time: expect.stringMatching(/Z$/),
      stream: 'demo',
      content: {
        'urn:tocsin:attributes:tag': 'demo/event',
        'urn:tocsin:attributes:source': expect.any(String),
        'urn:tocsin:attributes:time': expect.any(String),
        n: '1',
        link: { state: 'up' },
      },
    })
    expect(attributes).toEqual({ time: (data as { time: string }).time })
  })

  it('continues after a loss, without a gap and with nothing twice', async () => {
    const source = await attach({ mask: [], streams: [{ name: 'demo' }] })
    for (let n = 0; n < 5; n++) await fire(n)
    await source.published(5)
    await source.runner.stop()
    for (let n = 5; n < 10; n++) await fire(n)
    await source.start()
    await source.published(10)
    await stopNso()
    await source.becomes('down')
    await startNso()
    for (let n = 10; n < 15; n++) await fire(n)
    await source.published(15)
    await fire(15)
    await source.published(16)
    expect(values(source)).toEqual(Array.from({ length: 16 }, (_, n) => String(n)))
    expect(source.gaps).toEqual([])
  })

  it('begins where the configuration says', async () => {
    await fire(1)
    const all = await attach({ mask: [], streams: [{ name: 'demo', from: 'start' }] })
    await all.published(1)
    const later = await attach({ mask: [], streams: [{ name: 'demo', filter: '/*[n = 3]' }] })
    await fire(2)
    await fire(3)
    await later.published(1)
    expect(values(later)).toEqual(['3'])
  })

  it('is one gap when NSO has forgotten what was missed', async () => {
    const source = await attach({ mask: [], streams: [{ name: 'demo' }] })
    await fire(1)
    await source.published(1)
    await stopNso()
    await source.becomes('down')
    const { data } = { data: join(folder, 'another') }
    nso = await startTestHub({ data, socket: path, config: { streams: [{ name: 'demo', filter: 'demo/' }] } })
    client = await nso.connect()
    await source.becomes('up')
    await expect
      .poll(() => source.gaps, { timeout: 30_000 })
      .toEqual(['NSO has not kept all events of the stream that were missed demo'])
    await fire(2)
    await source.published(2)
    expect(values(source)).toEqual(['1', '2'])
  })

  it('without a replay is one gap for each time away, and goes on', async () => {
    const source = await attach({ mask: [], streams: [{ name: 'short' }] })
    await fire(1)
    await source.published(1)
    await source.runner.stop()
    await fire(2)
    await source.start()
    const gap = 'NSO does not send again what was missed of the stream short'
    await expect.poll(() => source.gaps, { timeout: 30_000 }).toEqual([gap])
    await source.becomes('up')
    await fire(3)
    await source.published(2)
    expect(values(source)).toEqual(['1', '3'])
  })
})

describe('two streams without a replay', () => {
  it('are one gap each for each time away, and go on', async () => {
    const source = await attach({ mask: [], streams: [{ name: 'short' }, { name: 'brief' }] })
    const fire = () => client.publish('demo/event', {})
    await fire()
    await source.published(2)
    for (const [count, mostRestarts] of [
      [4, 2],
      [6, 0],
    ]) {
      await source.runner.stop()
      const known = source.gaps.length
      await source.start()
      await expect
        .poll(() => source.gaps.slice(known).map((gap) => String(gap).split(' ').at(-1)), { timeout: 30_000 })
        .toEqual(expect.arrayContaining(['short', 'brief']))
      await source.becomes('up')
      await fire()
      await source.published(count)
      expect(source.runner.status().restarts).toBeLessThanOrEqual(mostRestarts)
    }
  })
})
