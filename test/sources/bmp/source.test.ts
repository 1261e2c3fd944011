import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { z } from 'zod'
import type { Runtime } from '../../../src/event/runtime.js'
import { bmpClaims, bmpSourcesConfig } from '../../../src/sources/bmp/config.js'
import { bmpSource } from '../../../src/sources/bmp/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { bmpTypes } from '../../../src/types/host/bmp.js'
import { closed } from '../../helpers/closed.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { bmp, IPV4_PEER, initiation, peerDown, peerUp, routes, termination } from './messages.js'

type Entry = z.input<typeof bmpSourcesConfig>[number]

/** Its time is a hundredth of the usual one. */
const quick: Runtime = {
  ...realRuntime,
  after: (ms, run) => realRuntime.after(ms / 100, run),
  monotonic: () => realRuntime.monotonic() * 100,
}

let host: FakeHost
let runner: SourceRunner
const routers: Socket[] = []

beforeEach(() => {
  host = new FakeHost(realRuntime)
})
afterEach(async () => {
  for (const router of routers.splice(0)) router.destroy()
  await runner.stop()
})

async function start(more: Partial<Entry> = {}): Promise<void> {
  const [config] = bmpSourcesConfig.parse([{ name: 'core', listen: '127.0.0.1:0', ...more }])
  runner = new SourceRunner(bmpSource(config), host)
  runner.start()
  await expect.poll(() => runner.status().state).toBe('up')
}

async function router(...messages: Buffer[]): Promise<Socket> {
  const { listens } = runner.status().health?.details ?? {}
  const socket = connect(Number(String(listens).split(':')[1]), '127.0.0.1')
  routers.push(socket)
  await once(socket, 'connect')
  socket.write(Buffer.concat(messages))
  return socket
}

const events = () => host.events.filter(({ tag }) => tag.startsWith('bmp/'))
const gaps = () => host.data('hub/gap/bmp/core').map(({ reason }) => reason)

it('sessions that come up and go down are events, with the name of the router', async () => {
  await start()
  const socket = await router(initiation, peerUp, routes, peerDown)
  await expect.poll(() => events().length).toBe(2)
  const common = { router: 'r1', peer: '192.0.2.1', as: 65_000 }
  const time = '2024-01-12T21:44:32.123456Z'
  expect(events()).toMatchObject([
    {
      tag: 'bmp/core/r1/192.0.2.1/up',
      data: { ...common, time, localPort: 179 },
      attributes: { time },
    },
    { tag: 'bmp/core/r1/192.0.2.1/down', data: { ...common, routerTime: time, notification: 'cease, 2' } },
  ])
  expect(runner.status().health?.details).toMatchObject({ routers: 1 })
  socket.end(termination)
  await expect.poll(gaps).toEqual(['r1: the router has ended the connection: closed by an administrator'])
})

it('a router without a name has its address', async () => {
  await start()
  await router(bmp(4), peerUp)
  await expect.poll(() => events().map(({ tag }) => tag)).toEqual(['bmp/core/127.0.0.1/192.0.2.1/up'])
})

it('what is not BMP ends its own connection only', async () => {
  await start()
  const good = await router(initiation, peerUp)
  const bad = await router(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  await closed(bad)
  good.write(bmp(2, IPV4_PEER))
  good.write(peerDown)
  await expect.poll(() => events().length).toBe(2)
  expect(runner.status()).toMatchObject({ state: 'up', restarts: 0 })
})

it('a sender that never speaks BMP was not accepted, and is not missed', async () => {
  host = new FakeHost(quick)
  await start()
  await closed(await router(Buffer.from('GET / HTTP/1.1\r\n\r\n')))
  await expect
    .poll(() => host.data('hub/gap/bmp/core'))
    .toMatchObject([{ count: null, reason: 'senders over tcp were not accepted' }])
})

it('a router that has spoken and then speaks something else is missed, and one that says nothing is not', async () => {
  await start()
  const silent = await router()
  silent.end()
  await closed(silent)
  await router(initiation, Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  await expect.poll(gaps).toEqual(['r1: the router does not speak BMP of version 3'])
})

it('a message that is too short is missed, and the next ones are heard', async () => {
  await start()
  await router(initiation, bmp(3), peerUp)
  await expect.poll(() => events().length).toBe(1)
  await expect.poll(gaps).toEqual(['r1: a message of type 3 is too short'])
  expect(runner.status()).toMatchObject({ state: 'up', restarts: 0 })
})

it('the table of routes of a router is no session', async () => {
  await start()
  const table = IPV4_PEER.replace('\n00', '\n03')
  await router(initiation, bmp(3, table, '00'), peerUp, bmp(2, table, '01'))
  await expect.poll(() => events().map(({ tag }) => tag)).toEqual(['bmp/core/r1/192.0.2.1/up'])
  expect(gaps()).toEqual([])
})

it('a router whose message does not end is missed since the hub has closed its connection', async () => {
  host = new FakeHost(quick)
  await start()
  await router(initiation, peerUp.subarray(0, 20))
  await expect.poll(gaps).toEqual(['r1: a message did not end in time'])
})

it('sessions of routing instances with peers of the same address are told apart', () => {
  for (const { correlation } of bmpTypes) expect(correlation).toContain('data.distinguisher')
})

it('nothing is read while the hub accepts nothing', async () => {
  await start()
  host.full = true
  await router(initiation, peerUp, peerDown, peerUp)
  host.full = false
  await expect.poll(() => events().length).toBe(3)
})

it('a router that is not wanted is not heard', async () => {
  await start({ from: ['192.0.2.0/24'] })
  const socket = await router(initiation, peerUp)
  await closed(socket)
  expect(events()).toEqual([])
})

it('an address beyond this machine needs a word', () => {
  const parse = (entry: Partial<Entry>) =>
    bmpSourcesConfig.safeParse([{ name: 'a', listen: '0.0.0.0:1790', ...entry }])
  expect(parse({}).error?.issues[0]?.message).toContain('set `insecure: true`')
  expect(bmpClaims(parse({ insecure: true }).data ?? [])).toEqual({
    listens: [{ at: '0.0.0.0:1790', path: ['sources', 'bmp', 0, 'listen'] }],
  })
})
