import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { type Ended, startTocsin } from '../e2e/hub-process.js'
import { someOf } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import type { Talk } from './hostile-server.js'
import { hubs } from './hubs.js'

/** Commands against a hub that keeps to no protocol. Each ends with a reason that a terminal can show. */

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
const LONGEST_MS = 100_000

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
  const commands = [...someOf(uses, 2), ...(hub.startsWith('answers') ? someOf(showing, 2) : [])]
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
