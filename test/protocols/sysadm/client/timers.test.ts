import { afterEach, expect, it, vi } from 'vitest'
import {
  connectSysadm,
  type SysadmClient,
  type SysadmClientOptions,
} from '../../../../src/protocols/sysadm/client/index.js'
import { clockByHand } from '../../../helpers/fake-runtime.js'
import { PASSWORD } from './genuine-peer.js'
import { GenuineServer } from './genuine-server.js'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

/** A client whose time stands still, except for the pauses between its first messages. */
async function start(options: Partial<SysadmClientOptions> = {}) {
  const runtime = clockByHand()
  const server = await GenuineServer.start()
  open.push(server)
  let client: SysadmClient | undefined
  const login = { username: 'root', password: PASSWORD }
  const tls = { fingerprint: server.fingerprint }
  void connectSysadm({ url: server.url, tls, login, runtime, ...options }).then((connected) => {
    client = connected
    open.push(connected)
  })
  const connected = () => {
    runtime.advance(5)
    return client !== undefined
  }
  await vi.waitUntil(connected, { timeout: 30_000, interval: 2 })
  const names = () => server.peer.received.map((text) => (JSON.parse(text) as { name: string }).name)
  return { runtime, server, client: client!, names }
}

it('sends one message at a time, with 20 ms between them', async () => {
  const { runtime, server, client } = await start()
  runtime.advance(20)
  const before = server.peer.received.length
  const asked = ['a', 'b', 'c'].map((name) => client.ask('rpc', name).catch(() => name))
  await vi.waitUntil(() => server.peer.received.length === before + 1)
  runtime.advance(19)
  await asked[0]
  expect(server.peer.received.length).toBe(before + 1)
  runtime.advance(1)
  await asked[1]
  expect(server.peer.received.length).toBe(before + 2)
  runtime.advance(20)
  await asked[2]
})

it('sends what the genuine client sends after 90 s without a message', async () => {
  const { runtime, server } = await start()
  runtime.advance(20)
  const before = server.peer.received.length
  runtime.advance(89_000)
  expect(server.peer.received.length).toBe(before)
  runtime.advance(1_000)
  runtime.advance(20)
  await vi.waitUntil(() => server.peer.received.length === before + 2)
  expect(server.peer.received.slice(before)).toEqual([
    '{"args":"","id":"sysadm_client_identify","name":"identify","namespace":"rpc"}',
    '{"args":"","id":"sysadm_client_ping","name":"query","namespace":"rpc"}',
  ])
})

it('gives a server up that answers nothing to that', async () => {
  const seen: string[] = []
  const { runtime, server } = await start({
    reconnect: false,
    onStatus: (status) => seen.push('reason' in status ? status.reason : status.status),
  })
  server.peer.isMute = true
  runtime.advance(90_020)
  await vi.waitUntil(() => server.peer.received.some((text) => text.includes('sysadm_client_ping')))
  runtime.advance(60_000)
  expect(seen).toEqual(['connected', 'the server no longer answers'])
})

it('waits for an answer as long as it is told', async () => {
  const { runtime, server, client } = await start({ timeout: 5_000 })
  server.peer.isMute = true
  const asked = client.ask('rpc', 'query')
  asked.catch(() => {})
  runtime.advance(5_000)
  await expect(asked).rejects.toMatchObject({ code: 'TCN_SYSADM_TIMEOUT' })
})

it('leaves no timer behind', async () => {
  const { runtime, client } = await start()
  await client.close()
  await vi.waitUntil(() => runtime.pending === 0)
})
