import { once } from 'node:events'
import { beforeAll, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Runtime } from '../../src/event/runtime.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { type BridgeFixture, startBridge } from './fixture.js'
import { type OpensslKey, opensslKey, type ScriptedPeer } from './scripted-peer.js'

let keys: OpensslKey[]

beforeAll(() => {
  keys = [0, 1, 2].map(() => opensslKey())
})

const server = (...shared: OpensslKey[]) =>
  ({ type: 'server', key: keys[0], md5s: shared.map(({ md5 }) => md5) }) as const
const client = (key: OpensslKey) => ({ type: 'client', key }) as const

const KIB = 1024
const PADDING = 'x'.repeat(64 * KIB)
const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => `${from + i} ${PADDING}`)

/** Turns without progress after which nothing more is coming. */
const QUIET_TURNS = 200

/** Sends to a reader that does not read, until the bridge takes nothing more. Returns how many were sent. */
async function fill(from: ScriptedPeer, to: string, { bridge }: BridgeFixture): Promise<number> {
  let sent = 0
  for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
    const before = bridge.counts.messages
    if (from.socket.bufferedAmount < 4 * KIB * KIB)
      for (const payload of numbered(sent, 16)) {
        from.relay(to, payload)
        sent++
      }
    await new Promise((resolve) => setImmediate(resolve))
    if (bridge.counts.messages > before || bridge.counts.heldUp === 0) quiet = 0
  }
  return sent
}

it('holds up only those that send to a slow reader, keeps little of what waits, and loses nothing', async () => {
  await using at = await startBridge(keys, { config: { limits: { buffer: '256KiB' } } })
  const both = await at.login({ ...server(keys[1]), hostname: 'both' })
  const [slow] = [await at.login(client(keys[1]))]
  const [toSlow] = await both.reaches(1)
  const other = await at.login(server(keys[2]))
  const fast = await at.login(client(keys[2]))
  const [toFast] = await other.reaches(1)

  slow.socket.pause()
  const sent = await fill(both, toSlow, at)
  const taken = at.bridge.counts.messages
  expect(at.bridge.waiting).toBeLessThan(256 * KIB + 5 * PADDING.length)

  for (const payload of numbered(0, 200)) other.relay(toFast, payload)
  await fast.until(() => fast.relayed.length === 200)
  expect(at.bridge.counts.messages).toBeLessThan(taken + 200 + 5)
  expect(slow.relayed.length).toBeLessThan(sent)

  slow.socket.resume()
  await slow.until(() => slow.relayed.length === sent)
  const order = slow.relayed.map(({ payload }) => Number(payload.slice(0, payload.indexOf(' '))))
  expect(order).toEqual(Array.from({ length: sent }, (_, i) => i))
  await vi.waitUntil(() => at.bridge.waiting === 0)
})

it('disconnects a reader that takes nothing while others wait for it, and lets those continue', async () => {
  const STALL = 12_345
  const stalls: (() => void)[] = []
  const runtime: Runtime = {
    ...realRuntime,
    after(ms, run) {
      if (ms !== STALL) return realRuntime.after(ms, run)
      stalls.push(run)
      return () => {}
    },
  }
  const config = { limits: { buffer: '256KiB', stall: '12345ms' } }
  await using at = await startBridge(keys, { config, runtime })
  const nas = await at.login(server(keys[1], keys[2]))
  const stuck = await at.login(client(keys[1]))
  const [toStuck] = await nas.reaches(1)
  const fine = await at.login(client(keys[2]))
  const toFine = (await nas.reaches(2)).find((id) => id !== toStuck)!
  stuck.socket.pause()
  await fill(nas, toStuck, at)
  nas.relay(toFine, 'after all')
  // Only the last timer is not cancelled. It may find that the system has taken something meanwhile.
  for (let times = 0; times < 2 && !at.bridge.counts.closed.has('stalled'); times++) stalls.at(-1)!()
  await fine.until(() => fine.relayed.length === 1)
  expect(at.bridge.counts.closed.get('stalled')).toBe(1)
  expect(await nas.reaches(1)).toEqual([toFine])
  expect(at.bridge.waiting).toBe(0)
  expect(at.lines.at(-2)).toContain('is disconnected: it does not read')
})

it('disconnects the slow reader that would make too much wait for all peers together', async () => {
  const config = { limits: { buffer: '4MiB', memory: '4MiB', message: '4MiB' } }
  await using at = await startBridge(keys, { config })
  const nas = await at.login(server(keys[1]))
  const readers = [await at.login(client(keys[1])), await at.login(client(keys[1]))]
  const ids = await nas.reaches(2)
  for (const { socket } of readers) socket.pause()
  const senders = [nas, await at.login(server(keys[1]))]
  await senders[1].reaches(2)
  // The system itself takes some of it.
  for (let i = 0; i < 12; i++)
    for (const [j, sender] of senders.entries()) sender.relay(ids[j], 'x'.repeat(3 * KIB * KIB))
  await vi.waitUntil(() => at.bridge.counts.closed.has('memory'))
  expect(at.bridge.waiting).toBeLessThanOrEqual(4 * KIB * KIB)
})

it('refuses more connections of an address than are allowed', async () => {
  await using at = await startBridge(keys, { config: { limits: { connectionsOfAddress: 2 } } })
  const [first] = [await at.connect(client(keys[0])), await at.connect(client(keys[0]))]
  const third = new WebSocket(at.url, { rejectUnauthorized: false })
  const [error] = await once(third, 'error')
  expect((error as Error).message).toContain('Unexpected server response: 503')
  expect(at.bridge.counts.refused).toBe(1)
  first.kill()
  await vi.waitUntil(() => at.bridge.connections === 1)
  await at.connect(client(keys[0]))
})

it('refuses an address from which logins fail, also from this machine', async () => {
  await using at = await startBridge(keys, { config: { blacklist: { failures: 2 } } })
  const peer = await at.connect({ ...client(keys[0]), encrypted: 'AAAA' })
  for (const times of [1, 2]) {
    peer.send('{"args":"","id":"a","name":"auth_ssl","namespace":"rpc"}')
    await peer.until(() => peer.received.filter((text) => text.includes('unauthorized')).length === times)
  }
  const next = await at.connect(client(keys[0]))
  expect(await next.untilClosed()).toEqual({ code: 1000, reason: '' })
  expect(next.received).toEqual([])
  expect(at.lines.at(-1)).toContain('the address is refused from now on')
})

it('disconnects a peer that does not log in within 30 s', async () => {
  let later = 0
  const runtime = { ...realRuntime, monotonic: () => performance.now() + later }
  await using at = await startBridge(keys, { runtime })
  const known = await at.login(client(keys[0]))
  const stranger = await at.connect(client(keys[0]))
  later = 29_000
  await vi.waitUntil(() => at.bridge.connections === 2)
  later = 31_000
  await stranger.untilClosed()
  expect(known.closed).toBeUndefined()
  expect(at.bridge.counts.strangers).toBe(1)
})

it('disconnects a peer whose message is too long: before the login, to the bridge itself, and at all', async () => {
  await using at = await startBridge(keys, { config: { limits: { message: '1MiB' } } })
  const stranger = await at.connect(client(keys[0]))
  stranger.relay('::{x}', 'x'.repeat(65 * KIB))
  await stranger.untilClosed()
  const talker = await at.login(client(keys[0]))
  talker.send(`{"args":"${'x'.repeat(65 * KIB)}","id":"","name":"identify","namespace":"rpc"}`)
  await talker.untilClosed()
  expect(at.bridge.counts.closed.get('message')).toBe(2)
  const sender = await at.login(client(keys[0]))
  sender.relay('::{x}', 'x'.repeat(1025 * KIB))
  expect((await sender.untilClosed()).code).toBe(1009)
})

it('reads only whole checksums, and no more than it has room for', async () => {
  await using at = await startBridge(keys)
  const odd = await at.login(client(keys[1]))
  odd.send(
    '{"args":{"md5_keys":[1,"",null,"x","__proto__",["a"]]},"id":"bridge_request_list_keys","name":"response","namespace":"rpc"}',
  )
  const many = Array.from({ length: 1030 }, (_, i) => Buffer.alloc(16, String(i)).toString('base64'))
  const nas = await at.login({ ...server(), md5s: [...many, keys[1].md5] })
  odd.send('{"args":"","id":"i","name":"identify","namespace":"rpc"}')
  nas.send('{"args":"","id":"i","name":"identify","namespace":"rpc"}')
  await Promise.all([odd, nas].map((peer) => peer.until(() => peer.received.at(-1)!.includes('"bridge"'))))
  expect([...odd.lists, ...nas.lists]).toEqual([])
})
