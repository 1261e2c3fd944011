import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { z } from 'zod'
import { answerShapes } from '../../src/cli/hub/answer-shapes.js'
import { encode, encodeFrame } from '../../src/event/index.js'
import { encodeRecord } from '../../src/protocols/native/codec.js'
import { type Ended, startTocsin } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { closing, endless, once, silent, type Talk } from './hostile-server.js'

/** Commands against a hub that keeps to no protocol. Each ends with a reason that a terminal can show. */

const welcome = encodeRecord('welcome', {
  version: 1,
  features: [],
  epoch: '0123456789abcdef',
  source: 'unix:',
  largestFrame: 16_777_216,
  lastCounter: 0,
  durable: true,
  principal: 'ann',
  hub: { name: '\x1b]0;hub\x07', version: '0.1.0' },
})
const frame = encodeFrame({ tag: 'a/\x1b[2J', source: 'x', body: encode({}), seq: 1 })

/** Answers each request at once. */
function answering(...results: unknown[]): Talk {
  return (socket) => {
    let id = 0
    socket.write(welcome)
    socket.on('data', () =>
      socket.write(encodeRecord('reply', { id: ++id, result: results[id % results.length] })),
    )
  }
}

/** Each name that any answer has, with this value. */
function everywhere(value: unknown): Record<string, unknown> {
  const names = Object.values(answerShapes).flatMap((shape) =>
    shape instanceof z.ZodObject ? Object.keys(shape.shape) : [],
  )
  return Object.fromEntries(names.map((name) => [name, value]))
}

const samePage = {
  ...{ frames: new Uint8Array(0), count: 0, gaps: [], cursor: '0123456789abcdef@5', next: '@5' },
  ...{ exact: false, atLeast: 0, more: 'x', series: [], from: 0, to: 1, interval: 1 },
}

const hubs: Record<string, Talk> = {
  'says nothing': silent,
  'closes at once': closing,
  'sends bytes that are 0, without end': endless('\0'),
  'sends text without end': endless('HTTP/1.1 200 OK\r\n'),
  'sends lists of MessagePack within each other': endless(Buffer.from([0x91])),
  'welcomes, and says nothing more': (socket) => void socket.resume().write(welcome),
  'welcomes, and leaves': once(welcome),
  'welcomes, and sends pings without end': endless(encodeRecord('ping', { id: 1 }), welcome),
  'welcomes, and sends events without end': endless(frame, welcome),
  'answers what was not asked': endless(encodeRecord('reply', { id: 77, result: {} }), welcome),
  'answers with no map': endless(encodeRecord('reply', { id: 1, result: null }), welcome),
  'answers with an empty map': answering({}),
  'answers with numbers': answering(everywhere(2 ** 53)),
  'answers with texts': answering(everywhere('\x1b[31m')),
  'answers with lists of nothing': answering(everywhere([null])),
  'answers with maps within maps': answering(everywhere(everywhere({}))),
  'answers with the same page, which is never the last': answering(samePage),
  'answers with pages that lead to each other': answering(samePage, { ...samePage, next: '@6', more: 'y' }),
  'says that more of its answer follows, without end': endless(
    encodeRecord('reply', { id: 1, result: {}, more: true }),
    welcome,
  ),
  'refuses with control characters': once(
    Buffer.concat([
      welcome,
      encodeRecord('error', { code: 'TCN_\x1b[31m', message: '\x1b]0;title\x07\x9b2J\r\n\u202e' }),
    ]),
  ),
}

/** Each makes another use of the connection. */
const uses: readonly (readonly string[])[] = [
  ['status'],
  ['fire', 'a/b', '{}'],
  ['read', '--limit', '5'],
  ['read', '--event-time', '--limit', '5'],
  ['wait', 'a/', '--timeout', '2s'],
]

/** These make something of an answer. */
const showing: readonly (readonly string[])[] = [
  ['stats'],
  ['who'],
  ['gaps'],
  ['hosts'],
  ['consumers', 'list'],
  ['config', 'history'],
]

/** A request, the greeting and the end of a connection each have a time of their own. */
const LONGEST_MS = 50_000

const folder = temporaryFolder('commands')
const servers: Server[] = []
const sockets = new Set<Socket>()
afterAll(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
})

async function listen(place: string, talk: Talk): Promise<void> {
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.once('data', () => talk(socket))
  })
  servers.push(server)
  await new Promise<void>((done) => server.listen(place, done))
}

/** Undefined if the command does not end. */
async function run(place: string, args: readonly string[]): Promise<Ended | undefined> {
  const running = startTocsin(['--socket', place, ...args], { input: '' })
  const cut = setTimeout(() => running.child.kill('SIGKILL'), LONGEST_MS)
  const ended = await running.ended
  clearTimeout(cut)
  return ended.code === null ? undefined : ended
}

// They wait for most of their time.
it.concurrent.each(Object.entries(hubs))('every command ends against a hub that %s', async (hub, talk) => {
  const place = join(folder, `${Object.keys(hubs).indexOf(hub)}.sock`)
  const commands = hub.startsWith('answers') ? [...uses, ...showing] : uses
  await listen(place, talk)
  const ended = await Promise.all(commands.map((args) => run(place, args)))
  for (const [n, outcome] of ended.entries()) {
    const name = `${commands[n].join(' ')}, ${hub}`
    expect(outcome, name).toBeDefined()
    const { code, stdout, stderr } = outcome!
    expect(stdout + stderr, name).not.toMatch(/[^\P{Cc}\n\t]|\u202e/u)
    expect(stderr, name).not.toMatch(/TCN_INTERNAL|\n {4}at /)
    if (code !== 0) expect(stderr, name).toMatch(/^tocsin: .*TCN_/m)
  }
})
