import { constants, privateEncrypt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { z } from 'zod'
import type { FaceHost } from '../../../src/faces/face.js'
import { hubConfig } from '../../../src/hub/config/index.js'
import { RunningConfig } from '../../../src/hub/config/running-config.js'
import { startTestHub } from '../../../src/hub/testing.js'
import { connectSysadm } from '../../../src/protocols/sysadm/client/index.js'
import { startBridge } from '../../bridge/fixture.js'
import { type OpensslKey, opensslKey } from '../../bridge/scripted-peer.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { PASSWORD, type SysadmFixture, startSysadm } from './fixture.js'
import { CLIENT, ScriptedBridge } from './scripted-bridge.js'

const padding = constants.RSA_PKCS1_PADDING
const base64 = (text: string) => Buffer.from(text).toString('base64')

let server: OpensslKey
let user: OpensslKey
let folder: string
const open: AsyncDisposable[] = []

beforeAll(() => {
  server = opensslKey()
  user = opensslKey()
})

beforeEach(() => {
  folder = temporaryFolder('bridges')
  writeFileSync(join(folder, 'ws_bridge.key'), server.privatePem)
})

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

async function startBridgeScript(): Promise<ScriptedBridge> {
  const bridge = await ScriptedBridge.start(server)
  open.push(bridge)
  return bridge
}

function entry(url: string, key = 'ws_bridge.key') {
  return { url, key: join(folder, key), tls: { insecure: true } }
}

async function startHub(
  url: string,
  options: Parameters<typeof startSysadm>[0] = {},
): Promise<SysadmFixture> {
  const hub = await startSysadm({ ...options, sysadm: { bridges: [entry(url)] } })
  open.push(hub)
  return hub
}

/** Starts a hub with these bridges, and returns it with a function that reloads its configuration with others. */
async function startReloadable(...before: ReturnType<typeof entry>[]) {
  let written: z.input<typeof hubConfig> = { sysadm: { bridges: before } }
  const test = await startTestHub({ config: written })
  open.push({ [Symbol.asyncDispose]: () => test.close() })
  const running = new RunningConfig({
    runtime: realRuntime,
    hub: test.hub,
    config: hubConfig.parse(written),
    sources: false,
    read: async () => ({ file: 'tocsin.yaml', config: hubConfig.parse(written) }),
  })
  return {
    test,
    reload(...bridges: typeof before) {
      written = { sysadm: { bridges } }
      return running.reload()
    },
  }
}

/** Registers the key of the user, over a direct connection. */
async function register(hub: SysadmFixture, name = 'root'): Promise<void> {
  const direct = await hub.login(name)
  await direct.rpc('settings', { action: 'register_ssl_cert', pub_key: base64(user.publicPem) })
}

function bridgesOf({ test }: Pick<SysadmFixture, 'test'>): string[] {
  return test.hub.listeners.filter(({ face }) => face === 'sysadm-bridge').map(({ address }) => address)
}

function connectedBridges({ test }: Pick<SysadmFixture, 'test'>): number {
  const values = [...test.hub.samples()].filter(({ name }) => name === 'tocsin_sysadm_connected_bridges')
  return values.reduce((sum, { value }) => sum + value, 0)
}

/** Logs a client in with the two steps that genuine peers do. */
async function logIn(bridge: ScriptedBridge, from = CLIENT): Promise<string> {
  const offer = `{"args":{"md5_key":"${user.md5}"},"id":"sysadm-client-auth-auto","name":"auth_ssl","namespace":"rpc"}`
  const { args } = JSON.parse(await bridge.relay(offer, from))
  const testString = Buffer.from(args.test_string, 'base64')
  const encrypted = privateEncrypt({ key: user.privatePem, padding }, testString).toString('base64')
  const answer = `{"args":{"encrypted_string":"${encrypted}"},"id":"sysadm-client-auth-auto","name":"auth_ssl","namespace":"rpc"}`
  return Buffer.from(await bridge.relay(base64(answer), from), 'base64').toString()
}

it('dials a bridge as a server, says who it is, logs in with its key, and lists the keys of its users', async () => {
  const bridge = await startBridgeScript()
  const hub = await startHub(bridge.url)
  expect(await bridge.next('sysadm_bridge_request_ident')).toBe(
    `{"args":{"hostname":"${hostname()}","type":"server"},"id":"sysadm_bridge_request_ident","name":"response","namespace":"rpc"}`,
  )
  expect(bridge.origin).toBe('sysadm-server')
  expect(await bridge.next('bridge_request_list_keys')).toBe(
    '{"args":{"md5_keys":[]},"id":"bridge_request_list_keys","name":"response","namespace":"rpc"}',
  )
  await register(hub)
  expect(await bridge.next('md5_keys')).toBe(
    `{"args":{"md5_keys":["${user.md5}"]},"id":"bridge_request_list_keys","name":"response","namespace":"rpc"}`,
  )
  await vi.waitUntil(() => connectedBridges(hub) === 1)
})

it('serves a client beyond the bridge with the frames of genuine peers, in base64 once a key was offered', async () => {
  const bridge = await startBridgeScript()
  const hub = await startHub(bridge.url)
  await bridge.next('bridge_request_list_keys')
  await register(hub)
  bridge.announce(CLIENT)
  expect(
    await bridge.relay('{"args":"","id":"sysadm_client_identify","name":"identify","namespace":"rpc"}'),
  ).toBe(
    `{"args":{"hostname":"${hostname()}","type":"server"},"id":"sysadm_client_identify","name":"response","namespace":"rpc"}`,
  )
  expect(
    await bridge.relay(
      `{"args":{"md5_key":"${user.md5}"},"id":"sysadm-client-auth-auto","name":"auth_ssl","namespace":"rpc"}`,
    ),
  ).toMatch(
    new RegExp(
      `^\\{"args":\\{"new_ssl_key":"${base64('-----BEGIN PUBLIC KEY-----\n').slice(0, 32)}[A-Za-z0-9+/=]+","test_string":"[A-Za-z0-9+/]{27}="\\},"id":"sysadm-client-auth-auto","name":"response","namespace":"rpc"\\}$`,
    ),
  )
  expect(await logIn(bridge)).toMatch(
    /^\{"args":\["[A-Za-z0-9]{20}",0\],"id":"sysadm-client-auth-auto","name":"response","namespace":"rpc"\}$/,
  )
  const subscribe =
    '{"args":"life-preserver","id":"sysadm-client-event-auto","name":"subscribe","namespace":"events"}'
  expect(Buffer.from(await bridge.relay(base64(subscribe)), 'base64').toString()).toBe(
    '{"args":{"subscribe":"life-preserver"},"id":"sysadm-client-event-auto","name":"response","namespace":"events"}',
  )
  hub.publish('sysadm/life-preserver/snapshot', {
    class: 'snapshot',
    message: 'New snapshot of tank',
    priority: '1 - Information',
  })
  expect(await bridge.next(CLIENT)).toBe(
    `${CLIENT}\n${base64('{"args":{"class":"snapshot","message":"New snapshot of tank","priority":"1 - Information"},"id":"","name":"life-preserver","namespace":"events"}')}`,
  )
})

it('gives each client a login of its own, which ends when the bridge no longer names the client', async () => {
  const bridge = await startBridgeScript()
  const hub = await startHub(bridge.url)
  await bridge.next('bridge_request_list_keys')
  await register(hub)
  bridge.announce(CLIENT, '::{other}')
  await logIn(bridge)
  const query = '{"args":"","id":"q","name":"query","namespace":"rpc"}'
  const refused =
    '{"args":{"code":"401","message":"Unauthorized"},"id":"q","name":"error","namespace":"error"}'
  expect(await bridge.relay(query, '::{other}')).toBe(refused)
  expect(Buffer.from(await bridge.relay(base64(query)), 'base64').toString()).toContain('"rpc/logs"')
  bridge.announce('::{other}')
  expect(await bridge.relay(base64(query))).toBe(refused)
})

it('accepts nothing but registered keys over a bridge, and no relay within a relay', async () => {
  const bridge = await startBridgeScript()
  const hub = await startHub(bridge.url)
  await bridge.next('bridge_request_list_keys')
  await register(hub)
  const direct = await hub.login()
  const [token] = await direct.rpc<string[]>('auth', { username: 'root', password: PASSWORD })
  for (const [name, args] of [
    ['auth', '{"username":"root","password":"correct horse"}'],
    ['auth_token', `{"token":"${token}"}`],
    ['auth_ssl', '{"md5_key":"AAAAAAAAAAAAAAAAAAAAAA=="}'],
    ['auth_ssl', '{"encrypted_string":"AAAA"}'],
  ]) {
    const from = `::{${name}-${args.length}}`
    expect(
      await bridge.relay(`{"args":${args},"id":"a","name":"${name}","namespace":"rpc"}`, from),
    ).toContain('"401"')
  }
  for (const payload of ['', 'not base64!', base64('x\n{}'), base64('[]'), 'x'.repeat(400_000)])
    expect(await bridge.relay(payload)).toContain('"400"')
})

it('dials again when the connection is lost, publishes what happens, and holds nothing else up', async () => {
  const bridge = await startBridgeScript()
  let isCut = false
  const later: (() => void)[] = []
  const host = ({ runtime }: FaceHost) => ({
    runtime: {
      ...runtime,
      after(ms: number, run: () => void) {
        if (!isCut) return runtime.after(ms, run)
        later.push(run)
        return () => {}
      },
    },
  })
  const hub = await startHub(bridge.url, { host })
  const seen: unknown[] = []
  const watcher = await hub.login()
  await watcher.ask(
    '{"namespace":"events","name":"subscribe","id":"s","args":{"classes":["tocsin"],"filter":"sysadm/bridge"}}',
  )
  await vi.waitUntil(() => connectedBridges(hub) === 1)
  bridge.announce(CLIENT)
  const next = async () => {
    const { args } = JSON.parse(await watcher.next())
    seen.push(args.data.state)
    return args
  }
  let event = await next()
  while (event.data.available_connections.length === 0) event = await next()
  expect(event).toMatchObject({
    subject: 'sysadm/bridge',
    data: { available_connections: [CLIENT], bridge: bridge.url, state: 'connected' },
  })
  isCut = true
  bridge.cut()
  event = await next()
  expect(event.data).toMatchObject({ available_connections: [], state: 'disconnected' })
  expect(connectedBridges(hub)).toBe(0)
  isCut = false
  for (const run of later) run()
  event = await next()
  expect(event.data.state).toBe('connected')
  expect(bridge.connections).toBe(2)
})

it('loses no event while the bridge takes none, and keeps little of them in memory', async () => {
  const bridge = await startBridgeScript()
  const hub = await startHub(bridge.url)
  await bridge.next('bridge_request_list_keys')
  await register(hub)
  bridge.announce(CLIENT)
  await logIn(bridge)
  const subscribe = '{"args":["life-preserver"],"id":"s","name":"subscribe","namespace":"events"}'
  await bridge.relay(base64(subscribe))
  bridge.pause()
  const EVENTS = 700
  const message = 'x'.repeat(20_000)
  for (let i = 0; i < EVENTS; i++) {
    hub.publish('sysadm/life-preserver/snapshot', { class: 'snapshot', message, priority: `${i} - Number` })
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await vi.waitUntil(() => [...hub.test.bus.subscriptions].some(({ state }) => state === 'catching'))
  bridge.resume()
  const numbers = () =>
    bridge.received
      .filter((text) => text.startsWith(CLIENT))
      .map((text) => JSON.parse(Buffer.from(text.slice(CLIENT.length + 1), 'base64').toString()))
      .map(({ args }) => Number.parseInt(args.priority, 10))
  await vi.waitUntil(() => bridge.received.length >= EVENTS)
  expect(numbers()).toEqual(Array.from({ length: EVENTS }, (_, i) => i))
})

it('waits for minutes after a refused login, so that the bridge does not refuse its address', async () => {
  const bridge = await startBridgeScript()
  bridge.isKnown = false
  const pauses: number[] = []
  const host = ({ runtime }: FaceHost) => ({
    runtime: {
      ...runtime,
      after(ms: number, run: () => void) {
        pauses.push(ms)
        return runtime.after(ms, run)
      },
    },
  })
  const hub = await startHub(bridge.url, { host })
  await vi.waitUntil(() => pauses.includes(300_000))
  expect(connectedBridges(hub)).toBe(0)
  expect(bridge.connections).toBe(1)
})

it('starts though no bridge answers, and says why', async () => {
  const bridge = await startBridgeScript()
  const { url } = bridge
  await bridge[Symbol.asyncDispose]()
  const hub = await startHub(url)
  expect(connectedBridges(hub)).toBe(0)
  expect(await hub.login()).toBeDefined()
  expect(hub.test.hub.listeners).toContainEqual({ face: 'sysadm-bridge', address: url, connections: 0 })
})

it('is reached by our client through our bridge: login, jobs, events, and what the bridge announces', async () => {
  await using at = await startBridge([server, user])
  const hub = await startHub(at.url, {
    hub: { config: { jobs: { programs: ['echo'] } } },
  })
  await register(hub)
  await vi.waitUntil(() => connectedBridges(hub) === 1)
  const client = await connectSysadm({
    url: at.url,
    bridge: true,
    tls: { insecure: true },
    login: { key: user.privatePem },
  })
  expect(client.hostname).toBe(hostname())
  const events = await client.subscribe(['dispatcher', 'life-preserver'])
  hub.publish('sysadm/life-preserver/snapshot', {
    class: 'snapshot',
    message: 'm',
    priority: '1 - Information',
  })
  expect((await events.next()).value).toMatchObject({ class: 'life-preserver', message: 'm' })
  expect(await client.dispatcher.run({ greet: 'echo hello', other: 'sleep 60' })).toEqual({
    started: ['greet'],
    refused: [{ id: 'other', code: 'TCN_JOB_PROGRAM', message: expect.stringContaining('sleep') }],
  })
  expect(await client.dispatcher.kill(['nobody'])).toEqual({
    killed: [],
    refused: [{ id: 'nobody', code: 'TCN_JOB_UNKNOWN', message: expect.stringContaining('nobody') }],
  })
  const states: unknown[] = []
  while (!states.includes('finished')) states.push(((await events.next()).value as { state?: string }).state)
  expect(states.at(-1)).toBe('finished')
  await hub[Symbol.asyncDispose]()
  open.splice(open.indexOf(hub), 1)
  await vi.waitUntil(() => !client.isConnected)
  await client.close()
})

it('dials bridges that a reload adds, leaves those that it removes, and keeps the connections to the others', async () => {
  const [first, second] = [await startBridgeScript(), await startBridgeScript()]
  const hub = await startReloadable(entry(first.url))
  await vi.waitUntil(() => connectedBridges(hub) === 1)
  const report = await hub.reload(entry(first.url), entry(second.url))
  expect(report).toMatchObject({ applied: ['sysadm.bridges'], restart: [] })
  await vi.waitUntil(() => connectedBridges(hub) === 2)
  await hub.reload(entry(second.url))
  expect(bridgesOf(hub)).toEqual([second.url])
  expect(connectedBridges(hub)).toBe(1)
  expect([first.connections, second.connections]).toEqual([1, 1])
  const client = await hub.test.connect()
  const told: unknown[] = []
  for await (const { data } of client.read('sysadm/bridge').events()) told.push(data)
  expect(told.at(-1)).toMatchObject({
    bridge: first.url,
    state: 'disconnected',
    reason: 'the configuration has changed',
  })
  await client.close()
})

it('logs in to a bridge with another key when a reload names one, without the pause after a refused login', async () => {
  const bridge = await startBridgeScript()
  bridge.isKnown = false
  writeFileSync(join(folder, 'other.key'), server.privatePem)
  const hub = await startReloadable(entry(bridge.url))
  await bridge.next('encrypted_string')
  bridge.isKnown = true
  await hub.reload(entry(bridge.url, 'other.key'))
  await vi.waitUntil(() => connectedBridges(hub) === 1)
})

it('opens for the first bridge that a reload names, though nothing listens', async () => {
  const bridge = await startBridgeScript()
  const hub = await startReloadable()
  expect(await hub.reload(entry(bridge.url))).toMatchObject({ applied: ['sysadm.bridges'] })
  await vi.waitUntil(() => connectedBridges(hub) === 1)
  expect(bridgesOf(hub)).toEqual([bridge.url])
  await hub.reload()
  expect(bridgesOf(hub)).toEqual([])
})

it('refuses a configuration that names a bridge twice', () => {
  const bridges = [entry('wss://bridge.example'), entry('wss://bridge.example:12149/')]
  expect(() => hubConfig.parse({ sysadm: { bridges } })).toThrow(
    /wss:\/\/bridge\.example:12149 stands there twice/,
  )
})
