import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let hub: TestHub
const folder = temporaryFolder('ncs-logs')
const path = join(folder, 'ipc')
afterEach(() => hub?.close())

async function start(config: object = {}, ncsConfig: object = {}): Promise<void> {
  hub = await startTestHub({ http: true, config: { ...config, ncs: { unix: { path }, ...ncsConfig } } })
}

async function listen(mask: number, from = path) {
  const sock = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect(sock, { mask, path: from })
  return sock
}

/** The notifications that the log has, as `tag: message`. */
async function kept(): Promise<string[]> {
  const client = await hub.connect()
  const messages: string[] = []
  for await (const item of client.subscribe(['ncs/daemon', 'ncs/devel', 'ncs/jsonrpc', 'ncs/webui'], {
    from: 'start',
    to: 'end',
  }))
    if (item.status === undefined) messages.push(`${item.tag}: ${(item.data as { msg?: string }).msg ?? ''}`)
  await client.close()
  return messages
}

test('the lines of the log of the hub are notifications, those for developers only while somebody reads them', async () => {
  await start()
  hub.hub.hubLog.write('debug', 'before')
  const sock = await listen(ncs.NOTIF_DEVEL)
  hub.hub.hubLog.write('debug', 'a detail')
  hub.hub.hubLog.write('error', 'a fault', { data: { code: 'TCN_NCS_TIMEOUT' } })
  expect(await sock.read()).toEqual({
    type: ncs.NOTIF_DEVEL,
    syslog: { prio: 31, logno: 0, msg: 'a detail' },
  })
  expect(await sock.read()).toEqual({
    type: ncs.NOTIF_DEVEL,
    syslog: { prio: 26, logno: 95, msg: 'a fault' },
  })
  sock.close()
  const messages = await kept()
  expect(messages).toContain('ncs/daemon: a fault')
  expect(messages).not.toContain('ncs/devel: before')
})

test('requests over HTTP and the native protocol are lines of JSONRPC, and pages are lines of WEBUI', async () => {
  await start()
  const api = await listen(ncs.NOTIF_JSONRPC)
  const pages = await listen(ncs.NOTIF_WEBUI)
  const client = await hub.connect()
  await client.request('types.list', {})
  expect(await api.read()).toMatchObject({
    type: ncs.NOTIF_JSONRPC,
    syslog: { prio: 30, msg: expect.stringMatching(/^local admin "types\.list" ok \d+\.\d ms$/) },
  })
  await expect(client.request('no.such' as never, {})).rejects.toThrow()
  expect(await api.read()).toMatchObject({ syslog: { msg: expect.stringContaining('TCN_METHOD_UNKNOWN') } })
  await (await fetch(`${hub.http}/v1/events?ticket=secret`)).text()
  expect(await api.read()).toMatchObject({
    syslog: { msg: expect.stringMatching(/^127\.0\.0\.1 - "GET \/v1\/events" 40\d \d/) },
  })
  await (await fetch(hub.http)).text()
  expect(await pages.read()).toMatchObject({
    type: ncs.NOTIF_WEBUI,
    syslog: { msg: expect.stringMatching(/^127\.0\.0\.1 - "GET \/" 200 \d/) },
  })
  await client.close()
  api.close()
  pages.close()
})

test('nothing is reported of requests while nobody reads it, except what is configured', async () => {
  await start()
  await (await fetch(hub.http)).text()
  expect(await kept()).toEqual([])
  await hub.close()
  await start({}, { keep: ['webui'] })
  await (await fetch(hub.http)).text()
  await vi.waitFor(async () => expect(await kept()).toEqual([expect.stringContaining('"GET /" 200')]))
})

test('at most 100 lines of a log are reported in a second, and the others are counted', async () => {
  await start()
  const sock = await listen(ncs.NOTIF_DEVEL)
  for (let i = 0; i < 250; i++) hub.hub.hubLog.write('debug', `line ${i}`)
  for (let i = 0; i < 100; i++) expect(await sock.read()).toMatchObject({ syslog: { msg: `line ${i}` } })
  expect(await sock.read()).toMatchObject({
    type: ncs.NOTIF_DEVEL,
    syslog: { msg: '150 more notifications devel in one second were left out' },
  })
  sock.close()
})

test('a line that is written because of a notification does not become one', async () => {
  await start()
  const { bus, hubLog } = hub.hub
  const emit = bus.emit.bind(bus)
  const written: string[] = []
  vi.spyOn(bus, 'emit').mockImplementation((event) => {
    if (event.tag.startsWith('ncs/')) hubLog.write('warn', `about ${event.tag}`)
    written.push(event.tag)
    return emit(event)
  })
  hubLog.write('warn', 'first')
  expect(written).toEqual(['ncs/daemon'])
})

test('a program needs the right admin to take over the log', async () => {
  await start({ principals: { eye: { see: '*' } } }, { unix: { path, principal: 'eye' } })
  const mask = ncs.NOTIF_SYSLOG_TAKEOVER
  await expect(listen(mask)).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
})
