import { afterEach, beforeAll, expect, it } from 'vitest'
import {
  connectSysadm,
  type SysadmClient,
  type SysadmClientOptions,
  type SysadmKey,
} from '../../../../src/protocols/sysadm/client/index.js'
import { GenuineBridge } from './genuine-bridge.js'
import { frames, PASSWORD } from './genuine-peer.js'
import { testKey } from './test-key.js'

const open: AsyncDisposable[] = []
let key: SysadmKey

beforeAll(() => {
  key = testKey().key
})

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

async function startBridge(...hosts: string[]): Promise<GenuineBridge> {
  const bridge = await GenuineBridge.start()
  open.push(bridge)
  bridge.key = key.publicPem
  for (const [index, host] of hosts.entries()) bridge.add(`::{0000000${index}}`, host)
  return bridge
}

async function connect(
  bridge: GenuineBridge,
  options: Partial<SysadmClientOptions> = {},
): Promise<SysadmClient> {
  const { url, fingerprint } = bridge
  const client = await connectSysadm({ url, tls: { fingerprint }, bridge: true, login: { key }, ...options })
  open.push(client)
  return client
}

it('logs in to the only server of a bridge, and talks to it in base64 from then on', async () => {
  const bridge = await startBridge('nas1')
  const client = await connect(bridge)
  expect(client.hostname).toBe('nas1')
  expect(JSON.parse(bridge.identified!)).toMatchObject({ name: 'response', args: { type: 'client' } })
  const events = await client.subscribe(['dispatcher'])
  bridge.servers[0].peer!.push(frames.finished)
  expect((await events.next()).value).toMatchObject({ class: 'dispatcher', job: 'procID1' })
  expect(await client.dispatcher.run({ j1: 'uptime' })).toMatchObject({ started: ['j1'] })
  const plain = bridge.relayed.map((payload) => payload.startsWith('{'))
  expect(plain.slice(plain.indexOf(false))).not.toContain(true)
  expect(bridge.relayed[plain.indexOf(false) - 1]).toContain('new_ssl_key')
})

it('finds the server that is asked for, though others have gone and do not answer', async () => {
  const bridge = await startBridge('nas1', 'nas2', 'nas3')
  bridge.servers[0].isGone = true
  expect((await connect(bridge, { bridge: { host: 'nas3' } })).hostname).toBe('nas3')
})

it('names the servers of a bridge if it is not clear which one is meant', async () => {
  const bridge = await startBridge('nas1', 'nas2')
  await expect(connect(bridge)).rejects.toMatchObject({
    code: 'TCN_SYSADM_PEER',
    details: { servers: ['nas1', 'nas2'] },
  })
  await expect(connect(bridge, { bridge: { host: 'nas9' } })).rejects.toMatchObject({
    code: 'TCN_SYSADM_PEER',
    message: expect.stringContaining("'nas9'"),
  })
})

it('asks for an id where several servers have the same name, and takes one', async () => {
  const bridge = await startBridge('nas1', 'vm', 'vm')
  await expect(connect(bridge, { bridge: { host: 'vm' } })).rejects.toMatchObject({
    code: 'TCN_SYSADM_PEER',
    message: expect.stringMatching(/'vm'.*::\{0000000[12]\}, ::\{0000000[12]\}/),
  })
  expect((await connect(bridge, { bridge: { host: '::{00000002}' } })).hostname).toBe('vm')
  expect(bridge.servers.map(({ peer }) => peer?.isLoggedIn ?? false)).toEqual([false, false, true])
})

it('logs in to the bridge with the key of the bridge, and to its servers with that of the user', async () => {
  const bridge = await startBridge('nas1')
  const ofBridge = testKey().key
  bridge.key = ofBridge.publicPem
  expect((await connect(bridge, { bridge: { key: ofBridge } })).hostname).toBe('nas1')
  expect(bridge.keysOfClient).toEqual([key.checksum])
  await expect(connect(bridge, { login: { key: ofBridge } })).rejects.toMatchObject({
    code: 'TCN_SYSADM_LOGIN',
  })
})

it('delivers the events of the bridge with those of the server', async () => {
  const bridge = await startBridge('nas1')
  const client = await connect(bridge)
  const events = await client.subscribe(['system-state'])
  bridge.add('::{00000009}', 'nas9')
  bridge.announce()
  expect((await events.next()).value).toMatchObject({
    class: 'bridge',
    connections: ['::{00000000}', '::{00000009}'],
  })
})

it('is refused by a bridge that does not know the key, and never sends a password to one', async () => {
  const bridge = await startBridge('nas1')
  const other = testKey()
  await expect(connect(bridge, { login: { key: other.key } })).rejects.toMatchObject({
    code: 'TCN_SYSADM_LOGIN',
    message: expect.stringContaining('unauthorized'),
  })
  const login = { username: 'root', password: PASSWORD }
  await expect(connect(bridge, { login })).rejects.toMatchObject({ code: 'TCN_SYSADM_LOGIN' })
})
