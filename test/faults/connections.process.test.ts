import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { frameBytes, setFrameSeq } from '../../src/event/frame.js'
import type { HubStatus, SubscriberInfo } from '../../src/methods/contract/index.js'
import { encodeRecord } from '../../src/protocols/native/codec.js'
import { HubProcess, Running } from '../e2e/hub-process.js'
import { hex } from '../event/bytes.js'
import { frame, RawPeer } from '../faces/native/raw-peer.js'
import { eventually } from './eventually.js'
import { Pair } from './pair.js'

const CROWD = 10_000
const FLOOD = 250_000
const KiB = 2 ** 10
const MiB = 2 ** 20

/** Allows enough open files for the crowd: a shell can raise the limit, a process cannot exceed its parent's. */
const manyFiles = ['sh', '-c', `ulimit -n ${CROWD + 2000} && exec "$0" "$@"`]

function crowd(hub: HubProcess, count: number, kind: 'idle' | 'storm'): Running {
  const script = fileURLToPath(new URL('crowd.mjs', import.meta.url))
  const command = [...manyFiles, process.execPath, script, hub.socket, String(count), kind]
  return new Running(command[0], command.slice(1))
}

function status(pair: Pair): Promise<HubStatus> {
  return pair.client.request<HubStatus>('hub.status')
}

async function connections(pair: Pair): Promise<number> {
  return (await status(pair)).listeners[0].connections
}

/** Returns the anonymous memory of the hub, without mapped files. */
function ownMemory({ pid }: HubProcess): number {
  const kib = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) * 1024
}

test(`${CROWD} idle connections cost other clients nothing, and the hub little memory`, {
  timeout: 120_000,
}, async () => {
  await using hub = await HubProcess.start({ wrapper: manyFiles })
  await using pair = await Pair.open(hub.socket)
  const before = { connections: await connections(pair), memory: ownMemory(hub) }
  const idle = crowd(hub, CROWD, 'idle')
  await pair.during(idle.prints('ready'))
  expect((await status(pair)).subscribers).toBe(CROWD + 1)
  expect(ownMemory(hub) - before.memory).toBeLessThan(CROWD * 16 * KiB)
  for (let n = 0; n < 20; n++) await pair.roundTrip()
  await pair.during(idle.signal('SIGKILL'))
  await pair.during(eventually(async () => (await connections(pair)) === before.connections))
})

test('a storm of connections that break off at any point leaves nothing behind', {
  timeout: 60_000,
}, async () => {
  await using hub = await HubProcess.start()
  await using pair = await Pair.open(hub.socket)
  const before = await connections(pair)
  const storm = await pair.during(crowd(hub, 2000, 'storm').ended)
  expect(storm).toMatchObject({ code: 0, stderr: '' })
  await eventually(async () => (await connections(pair)) === before)
  expect((await status(pair)).subscribers).toBe(1)
})

test('half-open peers are closed, and affect no other peers until then', async () => {
  await using hub = await HubProcess.start()
  await using pair = await Pair.open(hub.socket)
  const before = await connections(pair)
  const silent = new RawPeer(hub.socket)
  const slow = new RawPeer(hub.socket).write(encodeRecord('hello', { version: 1 }).subarray(0, 7))
  // These peers have sent their requests and closed their side of the connection.
  const shut = Array.from({ length: 50 }, () => new RawPeer(hub.socket, { allowHalfOpen: true }))
  for (const peer of shut) peer.send('hello', { version: 1 }).send('subscribe', {}).socket.end()
  const inTheMiddle = new RawPeer(hub.socket)
  await inTheMiddle.hello()
  inTheMiddle.write(frame(1, 'a').subarray(0, 20)).socket.end()
  await pair.during(Promise.all([...shut, inTheMiddle].map((peer) => peer.closed())))
  const codes = await pair.during(Promise.all([silent.fault(), slow.fault()]))
  expect(codes).toEqual(['TCN_PROTOCOL_HELLO_TIMEOUT', 'TCN_PROTOCOL_HELLO_TIMEOUT'])
  await eventually(async () => (await connections(pair)) === before)
  expect((await status(pair)).subscribers).toBe(1)
})

test('a reader of one byte a second falls behind alone, and uses no memory', {
  timeout: 60_000,
}, async () => {
  await using hub = await HubProcess.start()
  await using pair = await Pair.open(hub.socket)
  const reader = readSlowly(hub.socket)
  reader.write(encodeRecord('hello', { version: 1, name: 'slow' }))
  reader.write(encodeRecord('subscribe', { filters: 'load/' }))
  await eventually(async () => (await status(pair)).subscribers === 2)
  await pair.during(publishLoad(pair, 400))
  const before = ownMemory(hub)
  await pair.during(publishLoad(pair, 1000))
  const { subscribers } = await pair.client.request<{ subscribers: SubscriberInfo[] }>('subscribers.list')
  const slow = subscribers.find(({ label }) => label.endsWith('slow'))
  expect(slow).toMatchObject({ state: 'catching-up' })
  expect(slow?.lagEvents).toBeGreaterThan(1000)
  expect(ownMemory(hub) - before).toBeLessThan(64 * MiB)
  expect(reader.bytesRead).toBeLessThan(1000)
  reader.destroy()
  await eventually(async () => (await status(pair)).subscribers === 1)
})

/** Publishes events of 100 KB each. */
async function publishLoad(pair: Pair, count: number): Promise<void> {
  const batch = new Array(20).fill({ tag: 'load/event', data: new Uint8Array(100_000) })
  for (let n = 0; n < count; n += 20) await pair.client.publishBatch(batch, { ack: 'durable' })
}

/** Reads one byte a second. */
function readSlowly(path: string): Socket {
  const callback = () => {
    setTimeout(() => socket.resume(), 1000)
    return false
  }
  const socket: Socket = connect({ path, onread: { buffer: Buffer.alloc(1), callback } })
  return socket
}

test(`${FLOOD} tiny events from one peer do not delay other peers`, async () => {
  await using hub = await HubProcess.start()
  await using pair = await Pair.open(hub.socket)
  const peer = new RawPeer(hub.socket)
  await peer.hello()
  await pair.during(flood(peer, FLOOD))
  const { events } = await status(pair)
  expect(events).toMatchObject({ refused: 0 })
  expect(events.accepted).toBeGreaterThan(FLOOD)
})

/** Sends events as fast as they are accepted; resolves when all are acknowledged. */
async function flood(peer: RawPeer, count: number): Promise<void> {
  const one = frame(0, 'a', { body: hex('c0'), source: '' })
  const length = frameBytes(one, 0)
  for (let counter = 1; counter <= count; ) {
    const block = new Uint8Array(length * 10_000)
    for (let at = 0; at < block.length; at += length) {
      block.set(one, at)
      setFrameSeq(block, at, counter++)
    }
    if (!peer.socket.write(block)) await new Promise<void>((go) => peer.socket.once('drain', go))
  }
  while ((await peer.take('accepted')).body.counter < count);
}
