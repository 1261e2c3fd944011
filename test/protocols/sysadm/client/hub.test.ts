import { afterEach, expect, it, vi } from 'vitest'
import {
  connectSysadm,
  type SysadmClient,
  type SysadmClientOptions,
} from '../../../../src/protocols/sysadm/client/index.js'
import { PASSWORD, type SysadmFixture, startSysadm } from '../../../faces/sysadm/fixture.js'
import { testKey } from './test-key.js'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

async function startHub(): Promise<SysadmFixture> {
  const hub = await startSysadm()
  open.push(hub)
  return hub
}

async function connect(
  hub: SysadmFixture,
  options: Partial<SysadmClientOptions> = {},
): Promise<SysadmClient> {
  const login = { username: 'root', password: PASSWORD }
  const client = await connectSysadm({ url: hub.url, tls: { insecure: true }, login, ...options })
  open.push(client)
  return client
}

const snapshot = (message: string) => ({ class: 'snapshot', message, priority: '1 - Information' })

it('logs in to a hub by password, token and key, and out', async () => {
  const hub = await startHub()
  const client = await connect(hub)
  expect(await client.query()).toHaveProperty('rpc/logs')
  const { key } = testKey()
  await client.keys.register(key)
  expect(await client.keys.checksums()).toEqual([key.checksum])
  const byKey = await connect(hub, { login: { key } })
  const byToken = await connect(hub, { login: { token: byKey.token! } })
  expect(await byToken.query()).toEqual(await client.query())
  await client.keys.revoke(key)
  await expect(connect(hub, { login: { key }, reconnect: false })).rejects.toMatchObject({
    code: 'TCN_SYSADM_LOGIN',
  })
})

it('continues where it was when the connection comes back, so that no event is missing', async () => {
  const hub = await startHub()
  const client = await connect(hub)
  const events = await client.subscribe(['life-preserver'])
  hub.publish('sysadm/life-preserver/snapshot', snapshot('first'))
  expect((await events.next()).value).toMatchObject({ message: 'first', cursor: expect.any(String) })
  const pending = client.ask('rpc', 'auth_clear').catch(() => {})
  hub.publish('sysadm/life-preserver/snapshot', snapshot('second'))
  await client.query().catch(() => {})
  await vi.waitUntil(() => !client.isConnected)
  hub.publish('sysadm/life-preserver/snapshot', snapshot('third'))
  const messages: unknown[] = []
  while (messages.length < 2) messages.push((await events.next()).value)
  expect(messages).toMatchObject([{ message: 'second' }, { message: 'third' }])
  await client.close()
  await pending
})

it('reads events of the past, and every event of the hub that matches a filter', async () => {
  const hub = await startHub()
  const client = await connect(hub)
  hub.publish('sysadm/life-preserver/snapshot', snapshot('early'))
  const past = await client.subscribe(['life-preserver'], { since: 'start' })
  expect((await past.next()).value).toMatchObject({ message: 'early' })
  const all = await client.subscribe(['tocsin'], { filter: ['deploy/**'] })
  hub.publish('sysadm/system-state', { hostname: 'vm' })
  hub.publish('deploy/web1/done', { version: 2 })
  expect((await all.next()).value).toMatchObject({
    class: 'tocsin',
    tag: 'deploy/web1/done',
    data: { version: 2 },
    cursor: expect.any(String),
  })
})
