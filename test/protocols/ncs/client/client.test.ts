import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Client, connect } from '../../../../src/client/index.js'
import { listenTcp } from '../../../../src/faces/native/tcp.js'
import { makeCertificate } from '../../../../src/faces/shared/make-certificate.js'
import { method } from '../../../../src/methods/method.js'
import * as confd from '../../../../src/protocols/ncs/client/confd.js'
import * as ncs from '../../../../src/protocols/ncs/client/ncs.js'
import { type Fixture, startFixture } from '../../../faces/native/fixture.js'
import { ownSamples, samples } from '../samples.js'
import { constantsOf, documents, functionsOf } from '../seeds.js'

const modules = { newer: ncs, older: confd }

describe.each(Object.entries(documents))('the %s document', (name, document) => {
  const module: Record<string, unknown> = { ...modules[name as keyof typeof modules] }

  test('describes no function that does not exist', () => {
    const functions = functionsOf(document)
    expect(functions.length).toBeGreaterThanOrEqual(6)
    expect(functions.filter((each) => typeof module[each] !== 'function')).toEqual([])
  })

  test('describes no class that does not exist', () => {
    const classes = [...document.matchAll(/^(?:### )?_?class_? \**([A-Z]\w+)/gm)].map(([, each]) => each)
    expect(classes.length).toBeGreaterThanOrEqual(1)
    expect(classes.filter((each) => typeof module[each] !== 'function')).toEqual([])
  })

  test('lists no constant that the module does not export', () => {
    for (const [constant, value] of constantsOf(document)) expect(module[constant]).toBe(value)
  })
})

let hub: Fixture
let client: Client
let asked: unknown[]
const open: { close(): void }[] = []

beforeEach(async () => {
  asked = []
  const diff = method({
    name: 'ncs.diff',
    right: 'monitor',
    summary: 'x',
    params: z.object({ thandle: z.int(), usid: z.int() }),
    result: z.unknown(),
    run: async (_, params) => {
      asked.push(params)
      return [{ path: '/log/retention', op: ncs.MOP_VALUE_SET, old: '7d', new: '1d' }]
    },
  })
  hub = await startFixture({ methods: [diff], busLimits: { gateDeadline: 60_000 } })
  client = await connect({ address: `unix:${hub.path}` })
})
afterEach(async () => {
  for (const each of open.splice(0)) each.close()
  await client.close()
  await hub.close()
})

async function subscribe(mask: number, module: typeof ncs | typeof confd = ncs) {
  const sock = module.socket(ncs.AF_UNIX)
  open.push(sock)
  await module.notificationsConnect(sock, mask, undefined, undefined, hub.path)
  return sock
}

const commitDiff = samples.find(({ type }) => type === ncs.NOTIF_COMMIT_DIFF)!

const audit = (user: string, usid = 0): ncs.NcsNotification => ({
  type: ncs.NOTIF_AUDIT,
  audit: { logno: 1, user, msg: 'm', usid },
})

test('every notification that is published is read unchanged', async () => {
  const sock = await subscribe(ncs.maskOf(...samples.map(({ type }) => type)) & ~ncs.NOTIF_COMMIT_DIFF)
  const { publishNotification } = ncs.producer(client)
  for (const sample of samples) {
    await publishNotification(sample)
    if (sample.type === ncs.NOTIF_COMMIT_DIFF) continue
    expect(await ncs.readNotification(sock)).toMatchObject(sample)
  }
})

test('a mask that was built with | and became negative is read as it was meant', async () => {
  const sock = await subscribe(ncs.NOTIF_SYSTEM_GOING_DOWN | ncs.NOTIF_AUDIT)
  await ncs.producer(client).publishNotification({ type: ncs.NOTIF_SYSTEM_GOING_DOWN })
  expect(await sock.read()).toEqual({ type: 2 ** 31 })
})

test('a socket has the lag policy that its options name', async () => {
  const sock = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect(sock, { mask: ncs.NOTIF_AUDIT, path: hub.path, lag: 'skip' })
  expect([...hub.bus.subscriptions].map(({ lag }) => lag)).toEqual(['skip'])
  sock.close()
  const waiting = { mask: ncs.NOTIF_COMMIT_DIFF, path: hub.path, lag: 'skip' } as const
  await expect(ncs.notificationsConnect(ncs.socket(ncs.AF_UNIX), waiting)).rejects.toThrow(
    /cannot be skipped/,
  )
})

test('poll tells whether something can be read, and the iterator ends when the hub stops', async () => {
  const sock = await subscribe(ncs.NOTIF_AUDIT)
  expect(await sock.poll(10)).toBe(false)
  await ncs.producer(client).publishNotification(audit('a'))
  expect(await sock.poll(10_000)).toBe(true)
  const users: string[] = []
  for await (const n of sock) {
    if (n.type === ncs.NOTIF_AUDIT) users.push(n.audit.user)
    void hub.bus.close()
  }
  expect(users).toEqual(['a'])
  await expect(sock.read()).rejects.toMatchObject({ code: 'TCN_NCS_CLOSED' })
})

test('flat notifications have their keys beside the type', async () => {
  const sock = ncs.socket(ncs.AF_UNIX, { flat: true })
  open.push(sock)
  await ncs.notificationsConnect(sock, { mask: ncs.NOTIF_SUBAGENT_INFO, path: hub.path })
  await ncs.producer(client).publishNotification({
    type: ncs.NOTIF_SUBAGENT_INFO,
    subagent: { type: ncs.SUBAGENT_INFO_DOWN, name: 'edge' },
  })
  const n = await sock.read()
  expect(n).toEqual({ type: ncs.NOTIF_SUBAGENT_INFO, sub_type: 2, name: 'edge' })
})

test('the module of ConfD reads the older keys', async () => {
  const sock = await subscribe(ncs.NOTIF_HA_INFO, confd)
  const lost = { type: ncs.HA_INFO_NOPRIMARY, noprimary: ncs.ERR_HA_CLOSED }
  await ncs.producer(client).publishNotification({ type: ncs.NOTIF_HA_INFO, hnot: lost })
  const n = await sock.read()
  expect(n).toMatchObject({ hnot: { nomaster: ncs.ERR_HA_CLOSED } })
})

test('a heartbeat is read like any other notification', async () => {
  const sock = ncs.socket(ncs.AF_UNIX)
  open.push(sock)
  const data = new ncs.NotificationsData({ hearbeat_interval: 1 })
  await ncs.notificationsConnect2(sock, { mask: ncs.NOTIF_HEARTBEAT, data, path: hub.path })
  expect(await sock.read()).toEqual(ownSamples[0])
})

describe('blocking notifications', () => {
  const diff = commitDiff

  test('a commit waits for diffNotificationDone, and its difference can be read until then', async () => {
    const sock = await subscribe(ncs.NOTIF_COMMIT_DIFF)
    let isDone = false
    const published = ncs
      .producer(client)
      .publishNotification(diff)
      .finally(() => {
        isDone = true
      })
    const n = await sock.read()
    if (n.type !== ncs.NOTIF_COMMIT_DIFF) throw new Error('another type')
    const { tctx } = n.commit_diff
    const entries: ncs.DiffEntry[] = []
    for await (const entry of ncs.diffIterate(sock, tctx)) entries.push(entry)
    expect(entries).toEqual([{ path: '/log/retention', op: ncs.MOP_VALUE_SET, old: '7d', new: '1d' }])
    expect(asked).toEqual([{ thandle: tctx.thandle, usid: tctx.usid }])
    expect(isDone).toBe(false)
    expect(() => ncs.diffNotificationDone(sock, { ...tctx, thandle: 1 })).toThrow('COMMIT_DIFF')
    ncs.diffNotificationDone(sock, tctx)
    ncs.diffNotificationDone(sock, tctx)
    expect(await published).toMatchObject({ acknowledged: [expect.any(String)], missing: [] })
  })

  test('each audit of a session is answered once, in the order in which they were read', async () => {
    const sock = await subscribe(ncs.NOTIF_AUDIT | ncs.NOTIF_AUDIT_SYNC)
    const { publishNotification } = ncs.producer(client)
    const published = [publishNotification(audit('a', 12)), publishNotification(audit('b', 12))]
    await sock.read()
    await sock.read()
    ncs.sync_audit_notification(sock, 12)
    expect((await published[0]).missing).toEqual([])
    ncs.syncAuditNotification(sock, 12)
    expect((await published[1]).missing).toEqual([])
    ncs.syncAuditNotification(sock, 12)
    expect(() => ncs.syncAuditNotification(sock, 13)).toThrow('id 13')
  })

  test('high availability and the network wait as well', async () => {
    const sock = await subscribe(
      ncs.NOTIF_HA_INFO |
        ncs.NOTIF_HA_INFO_SYNC |
        ncs.NCS_NOTIF_AUDIT_NETWORK |
        ncs.NCS_NOTIF_AUDIT_NETWORK_SYNC,
    )
    const { publishNotification } = ncs.producer(client)
    const ha = publishNotification({ type: ncs.NOTIF_HA_INFO, hnot: { type: ncs.HA_INFO_IS_NONE } })
    expect(() => ncs.syncHaNotification(sock)).toThrow('no HA_INFO was read')
    await sock.read()
    ncs.syncHaNotification(sock)
    ncs.syncHaNotification(sock)
    expect((await ha).acknowledged).toHaveLength(1)
    const network = publishNotification(samples.find(({ type }) => type === ncs.NCS_NOTIF_AUDIT_NETWORK)!)
    await sock.read()
    ncs.syncAuditNetworkNotification(sock, 12)
    expect((await network).acknowledged).toHaveLength(1)
  })

  test('any notification can be acknowledged, and the socket knows which ones wait', async () => {
    const flat = ncs.socket(ncs.AF_UNIX, { flat: true })
    open.push(flat)
    const mask = ncs.NOTIF_AUDIT | ncs.NOTIF_AUDIT_SYNC | ncs.NOTIF_COMMIT_DIFF | ncs.NOTIF_REOPEN_LOGS
    await ncs.notificationsConnect(flat, { mask, path: hub.path })
    const { publishNotification } = ncs.producer(client)
    await publishNotification({ type: ncs.NOTIF_REOPEN_LOGS })
    const published = [publishNotification(audit('a', 12)), publishNotification(diff)]
    expect(flat.acknowledge(await flat.read())).toBe(false)
    for (const each of published) {
      const n = await flat.read()
      expect(flat.owes(n)).toBe(true)
      expect(flat.acknowledge(n)).toBe(true)
      expect(flat.owes(n)).toBe(false)
      expect(flat.acknowledge(n)).toBe(false)
      expect((await each).missing).toEqual([])
    }
  })

  test('an audit that does not wait needs no answer, and to answer it is harmless', async () => {
    const sock = await subscribe(ncs.NOTIF_AUDIT)
    await ncs.producer(client).publishNotification(audit('a', 12))
    await sock.read()
    ncs.syncAuditNotification(sock, 12)
  })

  test('the producer is told of a subscriber that left', async () => {
    const sock = await subscribe(ncs.NOTIF_COMMIT_DIFF)
    const published = ncs.producer(client).publishNotification(diff)
    await sock.read()
    sock.close()
    expect((await published).missing).toMatchObject([{ reason: 'left' }])
  })
})

describe('over TLS', () => {
  async function listen() {
    const own = await makeCertificate(['127.0.0.1'], 1)
    const { server, access } = hub
    const tls = { cert: own.certificate, key: own.key }
    const identify = () => ({ principal: access.principal('admin') })
    const address = await listenTcp(server, { host: '127.0.0.1', port: 0, identify, tls })
    return { own, port: Number(/:(\d+)$/.exec(address)![1]) }
  }

  async function dial(address: Omit<ncs.HubAddress, 'ip'>) {
    const sock = ncs.socket(ncs.AF_INET)
    open.push(sock)
    const mask = ncs.NOTIF_COMMIT_DIFF
    await ncs.notificationsConnect(sock, { mask, ip: '127.0.0.1', token: 'x', ...address })
    return sock
  }

  test('notifications are read, answered, and their difference is read there too', async () => {
    const { own, port } = await listen()
    const sock = await dial({ port, tls: { ca: own.certificate } })
    const published = ncs.producer(client).publishNotification(commitDiff)
    const n = await sock.read()
    if (n.type !== ncs.NOTIF_COMMIT_DIFF) throw new Error('another type')
    const entries: ncs.DiffEntry[] = []
    for await (const entry of ncs.diffIterate(sock, n.commit_diff.tctx)) entries.push(entry)
    expect(entries).toHaveLength(1)
    ncs.diffNotificationDone(sock, n.commit_diff.tctx)
    expect((await published).missing).toEqual([])
  })

  test('a hub that is not trusted or has no TLS is refused with its code', async () => {
    const { port } = await listen()
    await expect(dial({ port, tls: {} })).rejects.toMatchObject({ code: 'TCN_CLIENT_TLS' })
    const { server, access } = hub
    const identify = () => ({ principal: access.principal('admin') })
    const plain = await listenTcp(server, { host: '127.0.0.1', port: 0, identify })
    const [, digits] = /:(\d+)$/.exec(plain)!
    await expect(dial({ port: Number(digits), tls: {} })).rejects.toMatchObject({ code: 'TCN_CLIENT_NO_TLS' })
  })
})

describe('arguments', () => {
  const data = new ncs.NotificationsData()
  const cases: [string, () => Promise<void>][] = [
    ['mask', () => ncs.notificationsConnect(ncs.socket(ncs.AF_UNIX), 0, undefined, undefined, '/x')],
    ['path', () => ncs.notificationsConnect(ncs.socket(ncs.AF_UNIX), 1, '127.0.0.1', 4569)],
    ['ip', () => ncs.notificationsConnect(ncs.socket(ncs.AF_INET), 1, undefined, 4569)],
    ['port', () => ncs.notificationsConnect(ncs.socket(ncs.AF_INET6), 1, '::1')],
    ['tls', () => ncs.notificationsConnect(ncs.socket(ncs.AF_UNIX), { mask: 1, path: '/x', tls: {} })],
    ['notificationsConnect2', () => ncs.notificationsConnect(ncs.socket(ncs.AF_UNIX), ncs.NOTIF_HEARTBEAT)],
    ['heartbeat', () => ncs.notificationsConnect2(ncs.socket(ncs.AF_UNIX), ncs.NOTIF_HEARTBEAT, data)],
    ['health', () => ncs.notificationsConnect2(ncs.socket(ncs.AF_UNIX), ncs.NOTIF_HEALTH_CHECK, data)],
    ['stream', () => ncs.notificationsConnect2(ncs.socket(ncs.AF_UNIX), ncs.NOTIF_STREAM_EVENT, data)],
    [
      'lag',
      () => ncs.notificationsConnect(ncs.socket(ncs.AF_UNIX), { mask: 1, path: '/x', lag: 'no' as 'skip' }),
    ],
    ['NotificationsData', () => ncs.notificationsConnect2(ncs.socket(ncs.AF_UNIX), 1, {} as never)],
  ]

  test.each(cases)('a missing or wrong %s is an argument error', async (what, connecting) => {
    await expect(connecting()).rejects.toMatchObject({
      code: 'TCN_NCS_ARGUMENT',
      message: expect.stringMatching(new RegExp(what, 'i')),
    })
  })

  test('NotificationsData takes eight values in order, or by name with both spellings', () => {
    const start = new Date('2026-11-21T09:00:00Z')
    const positional = new ncs.NotificationsData(5, 6, 's', start, '2026-11-22T09:00:00+01:00', '/a', 7, 3)
    const named = new ncs.NotificationsData({
      heartbeat_interval: 5,
      health_check_interval: 6,
      stream_name: 's',
      start_time: '2026-11-21T09:00:00.000Z',
      stop_time: '2026-11-22T09:00:00+01:00',
      xpath_filter: '/a',
      usid: 7,
      verbosity: ncs.VERBOSITY_DEBUG,
    })
    expect(positional).toEqual(named)
    expect(new ncs.NotificationsData({ hearbeat_interval: 9 }).heartbeatInterval).toBe(9)
    const { NotificationsData: Older } = confd
    expect(new Older(5, 6, 's', start, undefined, '/a', 7)).toMatchObject({ usid: 7 })
    expect(() => new Older({ verbosity: 3 } as object)).toThrow('verbosity')
  })

  test.each([
    [{ start_time: 'yesterday' }],
    [{ start_time: new Date(Number.NaN) }],
    [{ stop_time: '2026-11-21T09:00:00Z' }],
    [{ heartbeat_interval: -1 }],
    [{ verbosity: 4 }],
    [{ stream_name: 5 }],
    [{ interval: 5 }],
  ])('NotificationsData refuses %o', (options) => {
    expect(() => new ncs.NotificationsData(options as never)).toThrow(
      expect.objectContaining({ code: 'TCN_NCS_ARGUMENT' }),
    )
  })

  test('a Notification cannot be constructed, and a socket has one of three families', () => {
    expect(() => new ncs.Notification()).toThrow(TypeError)
    expect(() => ncs.socket(7)).toThrow(expect.objectContaining({ code: 'TCN_NCS_ARGUMENT' }))
  })

  test('a socket that was never connected is not waited for', async () => {
    const refused = expect.objectContaining({ code: 'TCN_NCS_ARGUMENT' })
    await expect(ncs.readNotification(ncs.socket(ncs.AF_UNIX))).rejects.toEqual(refused)
    await expect(ncs.socket(ncs.AF_UNIX).poll()).rejects.toEqual(refused)
    const iterator = ncs.socket(ncs.AF_UNIX)[Symbol.asyncIterator]()
    await expect(iterator.next()).rejects.toEqual(refused)
  })

  test('a socket that failed to connect says why, and is not used again', async () => {
    const sock = ncs.socket(ncs.AF_UNIX)
    const connecting = () => ncs.notificationsConnect(sock, { mask: 1, path: '/nowhere' })
    await expect(connecting()).rejects.toMatchObject({ code: 'TCN_NCS_CONNECT' })
    await expect(connecting()).rejects.toMatchObject({ code: 'TCN_NCS_ARGUMENT' })
    const refused = ncs.socket(ncs.AF_UNIX)
    const data = new ncs.NotificationsData({ stream_name: 'nothing' })
    await expect(
      ncs.notificationsConnect2(refused, { mask: ncs.NOTIF_STREAM_EVENT, data, path: hub.path }),
    ).rejects.toMatchObject({ code: 'TCN_NCS_STREAM' })
  })
})
