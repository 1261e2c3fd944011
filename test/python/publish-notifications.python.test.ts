import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import * as ncs from '../../src/protocols/ncs/client/ncs.js'
import { HeldProxy } from '../helpers/held-proxy.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { samples } from '../protocols/ncs/samples.js'
import { PythonProgram, packages, shims } from './python.js'

/** A program for both clients: its text is the body of an async function, in which `wait` awaits what is awaitable. */
const START = `
import asyncio, inspect, json, os, socket, sys, tocsin, tocsin.aio
import _ncs
from _ncs import events
def tell(value): print(json.dumps(value))
async def line(): return await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
async def wait(given): return await given if inspect.isawaitable(given) else given
async def code(call, *args, **more):
    try: return await wait(call(*args, **more))
    except tocsin.TocsinError as error: return error.code
def network(user): return {"type": "AUDIT_NETWORK", "audit_network": {"usid": 1, "tid": 2, "user": user, "device": "r1", "config": ""}}
`

const clients = [
  ['tocsin', 'tocsin.connect'],
  ['tocsin.aio', 'await tocsin.aio.connect'],
] as const

let folder: string
let hub: TestHub
let client: Client
let ipc: string
type Subscriber = ReturnType<typeof ncs.socket>
const sockets: Subscriber[] = []

beforeEach(async () => {
  folder = temporaryFolder('python-notifications')
  ipc = join(folder, 'ipc')
  hub = await startTestHub({
    data: join(folder, 'data'),
    socket: ipc,
    config: { listen: { tcp: { address: '127.0.0.1:0' } } },
  })
  client = await hub.connect()
})

afterEach(async () => {
  for (const each of sockets.splice(0)) each.close()
  await client.close()
  await hub.close()
})

/** The address over TCP. */
const tcp = () =>
  hub.hub.listeners.find(({ face, address }) => face === 'native' && address.includes('127.0.0.1:'))
    ?.address ?? ''

function python(body: string, address = hub.address): PythonProgram {
  const main = `async def main():\n${body.replace(/^(?=.)/gm, '    ')}\nasyncio.run(main())`
  const env = { TOCSIN_URL: address, NCS_IPC_PATH: ipc, PYTHONPATH: `${packages}:${shims}` }
  return new PythonProgram(START + main, { env })
}

/** A subscriber that the publishers of AUDIT_NETWORK wait for. */
async function subscriber(name: string): Promise<Subscriber> {
  const socket = ncs.socket(ncs.AF_UNIX)
  sockets.push(socket)
  const mask = (ncs.NCS_NOTIF_AUDIT_NETWORK | ncs.NCS_NOTIF_AUDIT_NETWORK_SYNC) >>> 0
  await ncs.notificationsConnect(socket, { mask, path: ipc, name })
  return socket
}

/** Reads a notification and answers it; returns who is named in it. */
async function answer(socket: Subscriber): Promise<string> {
  const n = await ncs.readNotification(socket)
  if (n.type !== ncs.NCS_NOTIF_AUDIT_NETWORK) throw new Error(`type ${n.type} came`)
  socket.acknowledge(n)
  return n.audit_network.user
}

async function stored(): Promise<{ tag: string; kind: number; data: unknown; attributes: unknown }[]> {
  const found = []
  for await (const { tag, kind, data, attributes } of client.read('ncs/').events())
    found.push({
      tag,
      kind,
      data,
      attributes: { gate: attributes.ncsgate, verbosity: attributes.ncsverbosity },
    })
  return found
}

describe.each(clients)('publish_notification of %s', (_, connect) => {
  it('publishes every kind of notification, also as another program has read it', async () => {
    const program = python(`
hub = ${connect}()
for sample in json.loads(await line()):
    await wait(hub.publish_notification(sample, verbosity=2))
sock = socket.socket(socket.AF_UNIX)
everything = events.NotificationsData(verbosity=_ncs.VERBOSITY_DEBUG)
events.notifications_connect2(sock, int(await line()), everything, path=_ncs.PATH)
tell("connected")
found = []
for _ in range(int(await line())):
    found.append(events.read_notification(sock))
    if "commit_diff" in found[-1]: events.diff_notification_done(sock, found[-1]["commit_diff"]["tctx"])
sock.close()
for each in found:
    published = await wait(hub.publish_notification(each, durable=True, verbosity=2))
    assert published.cursor and not published.missing, published
await wait(hub.close())
`)
    program.say(JSON.stringify(samples))
    program.say(String(samples.reduce((mask, { type }) => (mask | type) >>> 0, 0)))
    await program.tells(1)
    program.say(String(samples.length))
    const { publishNotification } = ncs.producer(client)
    for (const sample of samples) await publishNotification(sample, { verbosity: 2 })
    await program.result()
    const all = await stored()
    const of = (part: number) => all.slice(part * samples.length, (part + 1) * samples.length)
    expect(all).toHaveLength(3 * samples.length)
    expect(of(0)).toEqual(of(1))
    expect(of(2)).toMatchObject(of(1))
  })

  it('says who has answered, and who has not within the deadline', async () => {
    const prompt = await subscriber('prompt')
    const slow = await subscriber('slow')
    const program = python(`
hub = ${connect}()
published = await wait(hub.publish_notification(network("ann"), deadline=0.3))
tell([published.acknowledged, published.missing, published.missing[0].reason])
await wait(hub.close())
`)
    expect(await answer(prompt)).toBe('ann')
    const [[acknowledged, missing, reason]] = (await program.result()) as [[string[], string[][], string]]
    expect(acknowledged).toEqual([expect.stringContaining('prompt')])
    expect(missing).toEqual([[expect.stringContaining('slow'), 'timeout']])
    expect(reason).toBe('timeout')
    expect(slow).toBeDefined()
  })

  it('refuses what is no notification, and what the principal may not publish', async () => {
    const { token } = await client.request('tokens.add', { name: 'reader', rights: { publish: 'demo/' } })
    const program = python(`
hub = ${connect}()
tell(await code(hub.publish_notification, {"type": "AUDIT", "audit": {"user": "ann"}}))
tell(await code(hub.publish_notification, {"type": "HEARTBEAT"}))
await wait(hub.close())
hub = ${connect}(token=(await line()).strip())
tell(await code(hub.publish_notification, {"type": "REOPEN_LOGS"}))
tell((await wait(hub.publish("demo/a", 1))).cursor is not None)
await wait(hub.close())
`)
    program.say(token)
    expect(await program.result()).toEqual([
      'TCN_NCS_NOTIFICATION',
      'TCN_NCS_NOTIFICATION',
      'TCN_KIND_RESERVED',
      true,
    ])
  })

  it('a lost connection ends the wait, the notification is stored once, and the client goes on', async () => {
    const slow = await subscriber('slow')
    const { token } = await client.request('tokens.add', { name: 'far', rights: '*' })
    const proxy = await HeldProxy.start(tcp().replace(/^tcp:\/*/, ''))
    const program = python(
      `
hub = ${connect}(token=(await line()).strip())
await wait(hub.publish("demo/a", 1))
tell("ready")
tell(await code(hub.publish_notification, network("ann")))
await line()
tell((await wait(hub.publish_notification({"type": "REOPEN_LOGS"}))).acknowledged)
await wait(hub.close())
`,
      `tcp://${proxy.address}`,
    )
    program.say(token)
    await program.tells(1)
    await ncs.readNotification(slow)
    proxy.cut()
    proxy.mend()
    expect(await program.tells(2)).toEqual(['ready', 'TCN_CLIENT_UNREACHABLE'])
    program.say('go on')
    expect((await program.result()).at(-1)).toEqual([])
    expect((await stored()).map(({ tag }) => tag)).toEqual(['ncs/audit_network/r1', 'ncs/reopen_logs'])
    await proxy.stop()
  })
})

describe('publish_notification of tocsin.aio', () => {
  it('lets many wait at the same time, and holds up nothing else', async () => {
    const reader = await subscriber('reader')
    const program = python(`
hub = await tocsin.aio.connect()
users = [f"user {n}" for n in range(20)]
waiting = [asyncio.ensure_future(hub.publish_notification(network(user), durable=user == "user 7")) for user in users]
await line()
tell((await hub.publish("demo/a", 1)).cursor is not None)
tell(sum(each.done() for each in waiting))
done = await asyncio.gather(*waiting)
tell([len(each.acknowledged) for each in done])
cancelled = asyncio.ensure_future(hub.publish_notification(network("nobody")))
await line()
cancelled.cancel()
tell((await hub.publish_notification({"type": "REOPEN_LOGS"})).missing)
await hub.close()
`)
    const pending = []
    for (let n = 0; n < 20; n++) pending.push(await ncs.readNotification(reader))
    program.say('all wait')
    await program.tells(2)
    for (const n of pending.reverse()) reader.acknowledge(n)
    await program.tells(3)
    await ncs.readNotification(reader)
    program.say('the last one waits')
    expect(await program.result()).toEqual([true, 0, Array(20).fill(1), []])
  })
})
