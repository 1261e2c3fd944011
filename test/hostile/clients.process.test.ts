import { once } from 'node:events'
import { connect as dial, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { loaded, longTurns } from '../faults/turns/long-turns.js'
import { FuzzedHub, HOOK_TOKEN } from '../fuzz/listeners/fuzzed-hub.js'
import { type Door, doorsOf } from './doors.js'
import { endless, type Talk } from './hostile-server.js'

/** Clients that keep to no protocol, at every listener at the same time. Nobody else waits for them. */

/** Other tests that run at the same time have other workers. */
const FIRST_PORT = 21_000 + 40 * Number(process.env.VITEST_POOL_ID ?? 0)
const CONNECTIONS = 4
/** A client is left alone after this time, or when it is closed. */
const TALK_MS = 2000
const MIB = 2 ** 20
const MAX_GROWTH = 48 * MIB
/** Only work that takes long by itself takes long each of these times. */
const TRIES = 4

const peers: Record<string, Talk> = {
  'send empty lines without end': endless('\r\n'),
  'send a line without end': endless('a'),
  'send bytes that are 0, without end': endless('\0'),
  'send bytes that are 255, without end': endless(Buffer.from([255])),
  'greet as one of SSH, and never stop': endless('\r\n', 'SSH-2.0-x\r\n'),
  'send headers of HTTP without end': endless('x: y\r\n', 'GET / HTTP/1.1\r\n'),
  'send requests of HTTP without end': endless('GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'),
  'send requests of HTTP without end, and never read': unread('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'),
  'send lists of MessagePack within each other without end': endless(Buffer.from([0x91])),
  'declare the longest list of MessagePack': endless(Buffer.from([0xc0]), Buffer.from('ddffffffff', 'hex')),
  'declare the longest message of NCS': endless('\0', Buffer.from('7fffffff', 'hex')),
  'send elements of XML within each other': endless('<a>'),
  'say nothing': () => {},
  'leave at once': (socket) => void socket.end(),
  'say byte by byte what begins like TLS': (socket) =>
    void drip(socket, [22, 3, 1, 255, 255, 1, 0, 255, 255]),
}

function unread(bytes: string): Talk {
  return (socket) => {
    endless(bytes)(socket)
    socket.pause()
  }
}

/** Those that have a token, and send what takes more time and memory than its bytes. */
const users: Record<string, (post: string) => Talk> = {
  'chunks of one byte': (post) => endless('1\r\na\r\n', `${post}transfer-encoding: chunked\r\n\r\n`),
  'lists of JSON within each other': (post) => endless('[', `${post}content-length: 99999999\r\n\r\n`),
  'bombs of gzip': (post) =>
    endless(
      Buffer.concat([
        Buffer.from(`${post}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`),
        bomb,
      ]),
    ),
  'empty events': (post) => endless(`${post}content-length: 2\r\n\r\n{}`),
}
const bomb = gzipSync(Buffer.alloc(32 * MIB))

async function drip(socket: Socket, bytes: readonly number[]): Promise<void> {
  for (const byte of bytes) {
    socket.write(Buffer.from([byte]))
    await pause(20)
  }
}

let hub: FuzzedHub
let client: Client
beforeAll(async () => {
  hub = await FuzzedHub.start(FIRST_PORT)
  client = await connect(hub.places.unix)
  await loaded(client)
})
afterAll(async () => {
  await client?.close()
  await hub?.[Symbol.asyncDispose]()
})

const listeners = (): Door[] => Object.values(doorsOf(hub.places)).flat()

async function attack(where: Door, talk: Talk): Promise<void> {
  const socket = typeof where === 'string' ? dial(where) : dial(where, '127.0.0.1')
  socket.on('error', () => {})
  const closed = once(socket, 'close').catch(() => undefined)
  talk(socket)
  await Promise.race([closed, pause(TALK_MS)])
  socket.destroy()
}

async function holdsNobodyUp(talk: Talk): Promise<void> {
  const connections = Array.from({ length: CONNECTIONS }, listeners).flat()
  let long = 0
  let grown = 0
  for (let tries = 0; tries < TRIES; tries++) {
    const [turns, bytes] = [await longTurns(client), hub.residentBytes()]
    await Promise.all(connections.map((where) => attack(where, talk)))
    long = (await longTurns(client)) - turns
    grown = hub.residentBytes() - bytes
    if (long === 0 && grown < MAX_GROWTH) break
  }
  expect([long, grown < MAX_GROWTH], `${Math.round(grown / MIB)} MiB`).toEqual([0, true])
  await client.publish('others/work', {})
}

it.each(Object.keys(peers))('clients that %s hold nobody up', (peer) => holdsNobodyUp(peers[peer]))

it.each(Object.keys(users))('users that send %s hold nobody up', async (user) => {
  const paths = { '/v1/events': hub.places.token, '/v1/otlp/fuzz/v1/logs': HOOK_TOKEN }
  for (const [path, token] of Object.entries(paths)) {
    const headers = ['Host: x', `Authorization: Bearer ${token}`, 'Content-Type: application/json']
    await holdsNobodyUp(users[user](`POST ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n`))
  }
})

it('all their connections are closed', async () => {
  const before = hub.sockets()
  await Promise.all(listeners().map((where) => attack(where, endless('\n'))))
  await expect.poll(() => hub.sockets()).toBeLessThanOrEqual(before)
})
