import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { headerBlock, headerLine } from '../../../src/storage/nats/header-block.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { eachPublication, wireLine } from '../../../src/storage/nats/wire.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

function wireOf(subject: string, reply: string, payload: string): Buffer {
  const header = headerBlock(headerLine('name', subject))
  const line = wireLine(subject, reply, header.length, payload.length)
  return Buffer.concat([Buffer.from(line), header, Buffer.from(`${payload}\r\n`)])
}

const wire = Buffer.concat([
  wireOf('t.a', '', 'one'),
  wireOf('t.b', 'reply.1', ''),
  wireOf('t.c', '', '\r\nHPUB'),
])

describe('messages in the form of the protocol', () => {
  test('are read back in their parts', () => {
    const found: string[][] = []
    eachPublication(wire, ({ subject, reply, header, payload }) =>
      found.push([subject, reply, String(header).split('\r\n')[1], String(payload)]),
    )
    expect(found).toEqual([
      ['t.a', '', 'name: t.a', 'one'],
      ['t.b', 'reply.1', 'name: t.b', ''],
      ['t.c', '', 'name: t.c', '\r\nHPUB'],
    ])
  })

  test('are published in one write, as if they were published one by one', async () => {
    const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
    onTestFinished(() => link.close())
    const received: string[][] = []
    link.subscribe('t.*', ({ subject, reply, header, payload }) =>
      received.push([subject, reply, header.split('\r\n')[1], String(payload)]),
    )
    let calls = 0
    const publish = link.publish.bind(link)
    link.publish = (...message) => {
      calls++
      publish(...message)
    }
    link.publishWire(wire)
    // The part of the library that takes them is not in its interface.
    expect(calls).toBe(0)
    eachPublication(wire, ({ subject, payload, reply, header }) =>
      link.publish(subject, payload, reply, header),
    )
    await expect.poll(() => received.length).toBe(6)
    expect(received.slice(0, 3)).toEqual(received.slice(3))
    expect(received[1]).toEqual(['t.b', 'reply.1', 'name: t.b', ''])
  })
})

test('messages are read from the memory in which they came, also from a server that was away', async () => {
  const own = await NatsServer.start()
  onTestFinished(() => own.stop())
  const link = await NatsLink.open({ runtime: realRuntime, servers: own.address })
  onTestFinished(() => link.close())
  const received: [text: string, before: number][] = []
  link.subscribe('t.a', ({ payload, start }) => received.push([String(payload), start]))
  link.publish('t.a', Buffer.from('one'))
  await expect.poll(() => received).toHaveLength(1)
  await own.kill()
  await own.start()
  await expect
    .poll(() => {
      link.publish('t.a', Buffer.from('two'))
      return received.length
    })
    .toBeGreaterThan(1)
  // A copy of the library's message begins with the subject alone. The library has no interface for the place.
  const line = 'MSG t.a 1 3\r\n'.length
  expect(received.slice(0, 2).map(([text]) => text)).toEqual(['one', 'two'])
  expect(Math.min(...received.map(([, start]) => start))).toBeGreaterThanOrEqual(line)
})

test('a link without a connection takes messages as large as its last connection did', async () => {
  const short = await NatsServer.start({ maxPayload: '64KB' })
  onTestFinished(() => short.stop())
  const link = await NatsLink.open({ runtime: realRuntime, servers: short.address })
  onTestFinished(() => link.close())
  await short.kill()
  // The library forgets the server when it tries to connect again.
  await expect.poll(() => link.version).toBe('')
  expect(link.maxPayload).toBe(64 * 1024)
})

/** Kills a server, and closes a link to it when its socket ends. False if the socket was reset instead. */
async function closeAtEnd(): Promise<boolean> {
  const sockets: Socket[] = []
  const note = (message: unknown) => sockets.push((message as { socket: Socket }).socket)
  subscribe('net.client.socket', note)
  const dying = await NatsServer.start()
  const link = await NatsLink.open({ runtime: realRuntime, servers: dying.address })
  unsubscribe('net.client.socket', note)
  const end = link.subscribe('t.*', () => undefined)
  await link.flush()
  const port = Number(dying.address.split(':')[1])
  const socket = sockets.find(({ remotePort }) => remotePort === port)!
  const closed = new Promise<boolean>((resolve) => {
    socket.once('end', () => {
      // The library writes this to a socket that takes no more.
      end()
      resolve(link.close().then(() => true))
    })
    socket.once('close', () => resolve(link.close().then(() => false)))
  })
  await dying.kill()
  return closed
}

test('a connection that is closed in the moment in which its server dies ends without an error', async () => {
  const thrown: unknown[] = []
  const take = (error: unknown) => thrown.push(error)
  process.on('uncaughtException', take)
  onTestFinished(() => void process.off('uncaughtException', take))
  while (!(await closeAtEnd()));
  await new Promise(setImmediate)
  expect(thrown).toEqual([])
})
