import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { hubConfig } from '../../../src/hub/config/index.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let hub: TestHub
const folder = temporaryFolder('ncs')
afterEach(() => hub?.close())

const addressOf = (kind: string) =>
  hub.hub.listeners.find(({ face, address }) => face === 'ncs' && address.startsWith(kind))!.address

test('programs connect over TCP without a token as the principal of the listener, and see what it may see', async () => {
  hub = await startTestHub({
    config: {
      principals: { monitor: { see: ['ncs/audit/'] } },
      ncs: { listen: { address: '127.0.0.1:0', principal: 'monitor' } },
    },
  })
  const port = Number(/:(\d+)$/.exec(addressOf('tcp:'))![1])
  const client = await hub.connect()
  const sock = ncs.socket(ncs.AF_INET)
  await ncs.notificationsConnect(sock, ncs.NOTIF_AUDIT | ncs.NOTIF_REOPEN_LOGS, '127.0.0.1', port)
  const { publishNotification } = ncs.producer(client)
  await publishNotification({ type: ncs.NOTIF_REOPEN_LOGS })
  await publishNotification({ type: ncs.NOTIF_AUDIT, audit: { logno: 1, user: 'a', msg: 'm', usid: 0 } })
  expect(await sock.read()).toMatchObject({ audit: { user: 'a' } })
  sock.close()
  await client.close()
})

test('a unix socket of its own works with a health check, and the hub knows the types of the events', async () => {
  const path = join(folder, 'ipc')
  hub = await startTestHub({ config: { ncs: { unix: { path } } } })
  expect(addressOf('unix:')).toBe(`unix:${path}`)
  const sock = ncs.socket(ncs.AF_UNIX)
  const data = new ncs.NotificationsData({ health_check_interval: 1000 })
  await ncs.notificationsConnect2(sock, { mask: ncs.NOTIF_HEALTH_CHECK, data, path })
  expect(await sock.read()).toEqual({ type: ncs.NOTIF_HEALTH_CHECK })
  sock.close()
})

test('a principal for peers without a token is refused beyond this machine', () => {
  hub = undefined as never
  const listen = { address: '192.0.2.1:4569', insecure: true, principal: 'monitor' }
  const { error } = hubConfig.safeParse({ principals: { monitor: {} }, ncs: { listen } })
  expect(error?.issues.map(({ message }) => message).join()).toMatch(/address of this machine|must be/)
})

test('the hub reports about itself: sessions, audits, refusals, compaction and its end', async () => {
  const path = join(folder, 'own')
  hub = await startTestHub({ config: { principals: { eye: { see: '*' } }, ncs: { unix: { path } } } })
  const sock = ncs.socket(ncs.AF_UNIX)
  const mask =
    ncs.NOTIF_AUDIT | ncs.NOTIF_DAEMON | ncs.NOTIF_COMPACTION | ncs.NOTIF_HA_INFO | ncs.NOTIF_USER_SESSION
  await ncs.notificationsConnect(sock, { mask: mask | ncs.NOTIF_SYSTEM_GOING_DOWN, path })
  hub.hub.start()
  expect(await sock.read()).toMatchObject({ syslog: { msg: expect.stringMatching(/^Tocsin .* started$/) } })
  expect(await sock.read()).toMatchObject({ hnot: { type: ncs.HA_INFO_IS_NONE } })
  const client = await hub.connect()
  const began = (await sock.read()) as { user_sess: ncs.NcsPayloads['user_sess'] }
  const { usid } = began.user_sess.uinfo
  expect(began).toMatchObject({
    user_sess: {
      type: ncs.USER_SESS_START,
      uinfo: { username: 'admin', context: 'native', proto: ncs.PROTO_SYSTEM, logintime: expect.any(Number) },
    },
  })
  expect(await sock.read()).toMatchObject({ audit: { logno: 10_001, user: 'admin', usid } })
  await client.request('tokens.add', { name: 'eye' })
  expect(await sock.read()).toMatchObject({
    type: ncs.NOTIF_DAEMON,
    syslog: { msg: expect.stringMatching(/^admin: tokens\.add /) },
  })
  expect(await sock.read()).toMatchObject({
    audit: {
      logno: 10_005,
      user: 'admin',
      usid,
      msg: expect.stringMatching(/^tokens\.add .*eye.*: ok$/),
    },
  })
  const { subscribers } = await client.request<{ subscribers: { usid?: number }[] }>('subscribers.list', {})
  expect(subscribers.map((each) => each.usid)).toContain(usid - 1)
  hub.hub.report({ tag: 'hub/refused', data: { code: 'TCN_NCS_TIMEOUT', message: 'late', count: 1 } })
  expect(await sock.read()).toMatchObject({ type: ncs.NOTIF_DAEMON, syslog: { logno: 95 } })
  hub.hub.report({
    tag: 'hub/compacted',
    data: { cause: 'manual', bytesBefore: 10, bytesAfter: 5, start: 1, duration: 2, transactions: 3 },
  })
  expect(await sock.read()).toMatchObject({
    compaction: { type: ncs.COMPACTION_MANUAL, fsize_start: 10, fsize_end: 5, ntrans: 3 },
  })
  await client.close()
  expect(await sock.read()).toMatchObject({ audit: { logno: 10_002, usid } })
  expect(await sock.read()).toMatchObject({ user_sess: { type: ncs.USER_SESS_STOP, uinfo: { usid } } })
  const stopped = hub.hub.stop()
  expect(await sock.read()).toEqual({ type: ncs.NOTIF_SYSTEM_GOING_DOWN })
  await expect(sock.read()).rejects.toMatchObject({ code: 'TCN_NCS_CLOSED' })
  await stopped
})

test('commits of the configuration are notifications', async () => {
  const path = join(folder, 'commits')
  hub = await startTestHub({ config: { ncs: { unix: { path } } } })
  const sock = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect(sock, { mask: ncs.NOTIF_COMMIT_SIMPLE | ncs.NOTIF_PROGRESS, path })
  const step = { transaction: 1, by: { user: 'ann' } }
  const record = { number: 1, time: 0, user: 'ann', state: 'final' as const, keys: [] }
  hub.hub.observers.config.event({ type: 'phase', phase: 'apply', state: 'start', ...step })
  hub.hub.observers.config.event({ type: 'commit', record, applied: [], restart: [], ...step })
  expect(await sock.read()).toMatchObject({ type: ncs.NOTIF_PROGRESS, progress: { msg: 'apply' } })
  expect(await sock.read()).toMatchObject({ commit: { uinfo: { username: 'ann' } } })
  sock.close()
})

test('of many own notifications in a second, the rest is counted', async () => {
  const path = join(folder, 'many')
  hub = await startTestHub({ config: { ncs: { unix: { path } } } })
  const sock = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect(sock, { mask: ncs.NOTIF_DAEMON, path })
  const refuse = (message: string) => hub.hub.report({ tag: 'hub/refused', data: { code: 'TCN_X', message } })
  for (let i = 0; i < 1000; i++) refuse(`${i}`)
  let isLeftOut = false
  let read = 0
  while (!isLeftOut && read < 500) {
    if (!(await sock.poll(100))) refuse('next')
    else {
      const n = await sock.read()
      read++
      isLeftOut = n.type === ncs.NOTIF_DAEMON && n.syslog.msg.includes('left out')
    }
  }
  expect(read).toBeLessThan(500)
  sock.close()
})
