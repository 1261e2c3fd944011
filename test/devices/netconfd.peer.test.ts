import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import type { PushItemInfo } from '../../src/methods/contract/index.js'
import * as ncs from '../../src/protocols/ncs/client/ncs.js'
import type { NetconfSession } from '../../src/protocols/netconf/client/session.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { Netconfd } from '../protocols/netconf/netconfd.js'

const TOASTER = '<toaster xmlns="http://netconfcentral.org/ns/toaster"/>'
const REMOVED =
  '<toaster xmlns="http://netconfcentral.org/ns/toaster" xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="delete"/>'

let device: Netconfd
let hub: TestHub
let client: Client
const folder = temporaryFolder('push')
const path = join(folder, 'ipc')

beforeAll(async () => {
  device = await Netconfd.start()
  const { port, user, keyFile, hostKey } = device
  const place = { host: '127.0.0.1', port, user, keyFile, hostKey }
  hub = await startTestHub({
    config: {
      devices: { r1: { push: true }, r2: {} },
      sources: { netconf: ['r1', 'r2'].map((name) => ({ name, ...place })) },
      principals: { ops: { devices: 'push' }, eye: { see: '*', monitor: true } },
      ncs: { unix: { path } },
    },
  })
  await hub.hub.pushes.start()
  client = await hub.connect()
})
afterAll(async () => {
  await client?.close()
  await hub?.close()
  await device?.[Symbol.asyncDispose]()
})

const push = (change: string, more: object = {}) =>
  client.request<PushItemInfo>('devices.push', { device: 'r1', change, wait: true, ...more })

async function running(): Promise<string> {
  const session = await device.session()
  try {
    const reply = await session.request(
      'the configuration',
      '<get-config><source><running/></source></get-config>',
    )
    return JSON.stringify(reply.element)
  } finally {
    await session.close()
  }
}

async function steps(id: number): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = []
  for await (const { data } of client.read('hub/push/r1/', { to: 'end' }).events()) {
    const item = data as PushItemInfo
    if (item.id === id) found.push(item.step ?? item.state)
  }
  return found
}

describe('a change', () => {
  beforeEach(async () => {
    if ((await running()).includes('"toaster"')) await push(REMOVED)
  })

  it('is made in its steps, each an event and CQ_PROGRESS', async () => {
    const sock = ncs.socket(ncs.AF_UNIX)
    await ncs.notificationsConnect(sock, {
      mask: ncs.NCS_NOTIF_CQ_PROGRESS | ncs.NCS_NOTIF_AUDIT_NETWORK,
      path,
    })
    const item = await push(TOASTER)
    expect(item).toMatchObject({ state: 'completed', has: 'new', user: 'admin', attempts: 1 })
    expect(await running()).toContain('"toaster"')
    expect(await steps(item.id)).toEqual([
      ...[
        'waiting',
        'waiting',
        'audit',
        'connect',
        'lock',
        'edit',
        'validate',
        'commit',
        'confirm',
        'completed',
      ],
    ])
    const seen: unknown[] = []
    for (;;) {
      const notification = await sock.read()
      if (notification === undefined) break
      if ('audit_network' in notification) seen.push(notification.audit_network)
      if (!('cq_progress' in notification)) continue
      const { type, completed_devices } = notification.cq_progress
      if (type !== ncs.NCS_CQ_ITEM_COMPLETED) continue
      expect(completed_devices).toEqual(['r1'])
      break
    }
    expect(seen).toEqual([
      { tid: item.id, usid: expect.any(Number), user: 'admin', device: 'r1', config: TOASTER },
    ])
    sock.close()
  })

  it('that the device refuses leaves it as it was', async () => {
    const before = await running()
    const item = await push(REMOVED)
    expect(item).toMatchObject({
      state: 'failed',
      has: 'old',
      reason: expect.stringContaining('data-missing'),
    })
    expect(await running()).toBe(before)
  })

  it('waits while somebody else holds the lock', async () => {
    const other: NetconfSession = await device.session()
    await other.request('the lock', '<lock><target><candidate/></target></lock>')
    const ended = push(TOASTER)
    const states = async () =>
      (await client.request<{ items: PushItemInfo[] }>('devices.queue', { device: 'r1' })).items.map(
        ({ state }) => state,
      )
    await expect.poll(states).toContain('locked')
    await other.close()
    expect(await ended).toMatchObject({ state: 'completed', has: 'new' })
    expect(await running()).toContain('"toaster"')
  })

  it('is held by AUDIT_NETWORK_SYNC until it is answered', async () => {
    const sock = ncs.socket(ncs.AF_UNIX)
    await ncs.notificationsConnect(sock, {
      mask: ncs.NCS_NOTIF_AUDIT_NETWORK | ncs.NCS_NOTIF_AUDIT_NETWORK_SYNC,
      path,
    })
    let isOver = false
    const ended = push(TOASTER).finally(() => {
      isOver = true
    })
    const asked = await sock.read()
    if (asked === undefined || !('audit_network' in asked)) throw new Error('AUDIT_NETWORK did not come')
    expect(asked.audit_network.device).toBe('r1')
    expect(isOver).toBe(false)
    expect(await running()).not.toContain('"toaster"')
    ncs.syncAuditNetworkNotification(sock, asked.audit_network.usid)
    expect(await ended).toMatchObject({ state: 'completed' })
    sock.close()
  })
})

it('takes the right, and a device that may be sent to', async () => {
  const { token } = await hub.hub.access.tokens.add({ name: 'eye-1', principal: 'eye' })
  await using eye = await hub.connect({ token })
  const params = { device: 'r1', change: TOASTER }
  await expect(eye.request('devices.push', params)).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  await expect(client.request('devices.push', { ...params, device: 'r2' })).rejects.toMatchObject({
    code: 'TCN_DEVICES_PUSH',
  })
  await expect(client.request('devices.push', { ...params, change: '<a>' })).rejects.toMatchObject({
    code: 'TCN_NETCONF_XML',
  })
})
