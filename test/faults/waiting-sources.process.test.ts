import { once } from 'node:events'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import type { HubStatus } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { freePorts } from '../hub/live-hub.js'

const TIMEOUT = 30_000
/** Sources whose other side is away or says nothing, and one whose command fails. All others are up. */
const STATES: Record<string, string> = {
  'exec/rests': 'down',
  'salt/away': 'down',
  'sysadm/away': 'down',
  'sysadm/mute': 'down',
  'upstream/away': 'degraded',
  'upstream/mute': 'degraded',
}
const SECRET = 'x'.repeat(32)

test('a hub killed while every source waits continues where each was, and then stops at once', async () => {
  const folder = temporaryFolder('waiting-sources')
  const at = (name: string) => join(folder, name)
  await using mute = await Mute.start()
  const [http, syslog, snmp, nobody] = await freePorts(4)
  writeFileSync(at('secret'), SECRET, { mode: 0o600 })
  mkdirSync(at('watched'))
  writeFileSync(at('half.log'), 'one\nhalf of')
  writeFileSync(at('joined.log'), '1 first\n  more\n2 second\n')
  writeFileSync(at('dpkg.log'), DPKG)
  writeFileSync(at('history.log'), '')
  writeFileSync(at('lpreserver.log'), '')
  const salt = (name: string, port: number) => ({ name, tcp: { pub: port, pull: port } })
  const sysadm = (name: string, port: number) => ({
    ...{ name, url: `wss://127.0.0.1:${port}`, tls: { insecure: true } },
    login: { user: 'a', passwordFile: at('secret') },
  })
  const config = JSON.stringify({
    listen: { http: `127.0.0.1:${http}` },
    sources: {
      system: { enabled: true },
      systemState: { enabled: true },
      packages: { enabled: true, log: at('dpkg.log'), history: at('history.log'), from: 'start' },
      lifePreserver: { enabled: true, log: at('lpreserver.log'), from: 'start' },
      files: [
        { name: 'half', lines: [at('half.log')], from: 'start', partialAfter: '1h' },
        {
          name: 'joined',
          lines: [at('joined.log')],
          from: 'start',
          multiline: { indented: true, wait: '1m' },
        },
        { name: 'later', lines: [at('later/*.log')], from: 'start' },
        { name: 'watched', changes: [at('watched')] },
      ],
      exec: [
        { name: 'half', command: ['/bin/sh', '-c', 'echo whole; printf half; sleep 600'] },
        { name: 'rests', command: ['/bin/sh', '-c', 'exit 3'] },
        { name: 'once', command: ['/bin/echo', 'ran'], every: '1h' },
      ],
      syslog: [{ name: 'in', tcp: `127.0.0.1:${syslog}`, unix: at('log.sock') }],
      snmp: [{ name: 'traps', udp: `127.0.0.1:${snmp}`, communityFile: at('secret') }],
      webhook: [{ name: 'hook', bearerFile: at('secret') }],
      salt: [salt('away', nobody), salt('mute', mute.port)],
      sysadm: [sysadm('away', nobody), sysadm('mute', mute.port)],
    },
    upstreams: [
      { name: 'away', servers: [`tcp://127.0.0.1:${nobody}`], from: 'start' },
      { name: 'mute', servers: [`tcp://127.0.0.1:${mute.port}`], from: 'start' },
    ],
  })
  const start = () => HubProcess.start({ folder, sources: true, config })
  {
    await using hub = await start()
    await using client = await connect({ address: hub.socket })
    const sender = await openSyslog(syslog)
    sender.write('<13>1 - a b - - - whole\n30 <13>1 - a b - - - half of')
    const unfinished = halfOfHook(http)
    const stored = [
      'files/half one',
      'files/joined 1 first\n  more',
      'exec/half whole',
      'exec/once ran',
      'syslog/in whole',
    ]
    await expect.poll(() => texts(client), { timeout: TIMEOUT }).toEqual(expect.arrayContaining(stored))
    await expect.poll(() => notAsWanted(client), { timeout: TIMEOUT }).toEqual([])
    await hub.signal('SIGKILL')
    sender.destroy()
    unfinished.destroy()
  }
  appendFileSync(at('half.log'), ' two\n')
  appendFileSync(at('joined.log'), '  of it\n3 third\n')
  appendFileSync(at('dpkg.log'), ' 1.0\n')
  mkdirSync(at('later'))
  writeFileSync(at('later/a.log'), 'late\n')
  await using hub = await start()
  await using client = await connect({ address: hub.socket })
  await expect.poll(() => notAsWanted(client), { timeout: TIMEOUT }).toEqual([])
  writeFileSync(at('watched/new'), '')
  const sender = await openSyslog(syslog)
  sender.write('<13>1 - a b - - - again\n')
  expect(await hook(http)).toBe(200)
  const wanted = [
    ...['files/half one', 'files/half half of two', 'files/joined 1 first\n  more'],
    ...['files/joined 2 second\n  of it', 'files/later late', 'syslog/in whole', 'syslog/in again'],
  ]
  const inFiles = async () => (await texts(client)).filter((each) => /^(?:files|syslog)/.test(each)).sort()
  await expect.poll(inFiles, { timeout: TIMEOUT }).toEqual([...wanted].sort())
  await expect
    .poll(() => changes(client), { timeout: TIMEOUT })
    .toEqual([
      'files/watched/changed',
      'packages/hello/install',
      'packages/other/upgrade',
      'webhook/hook/received',
    ])
  sender.destroy()
  const { code } = await hub.signal('SIGTERM')
  expect(code).toBe(0)
})

/** The beginning of a line of dpkg. */
const DPKG = '2026-11-25 10:00:00 install hello:amd64 <none> 2.0\n2026-11-25 10:00:01 upgrade other:amd64 0.9'

/** Accepts connections, and says nothing. */
class Mute implements AsyncDisposable {
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((socket) => {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
  })

  static async start(): Promise<Mute> {
    const mute = new Mute()
    await once(mute.#server.listen(0, '127.0.0.1'), 'listening')
    return mute
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }
}

async function openSyslog(port: number): Promise<Socket> {
  const socket = connectTo(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

function asked(port: number, length: number) {
  const headers = {
    authorization: `Bearer ${SECRET}`,
    'content-type': 'application/json',
    'content-length': length,
  }
  const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/v1/hook/hook', headers })
  return sent.on('error', () => undefined)
}

/** Sends the half of a body. */
function halfOfHook(port: number) {
  const sent = asked(port, 100)
  sent.write('{"half":')
  return sent
}

/** Resolves with the status. */
async function hook(port: number): Promise<number> {
  const body = '{"whole":true}'
  const sent = asked(port, body.length).end(body)
  const [answer] = await once(sent, 'response')
  answer.resume()
  return answer.statusCode
}

/** The lines and messages of all events that have one, behind the names of their sources. */
async function texts(client: Client): Promise<string[]> {
  const found: string[] = []
  for await (const { tag, data } of client.read(undefined, { from: 'start' }).events()) {
    const { line, message } = (data ?? {}) as { line?: unknown; message?: unknown }
    const name = /^(?:host\/[^/]+\/)?((?:files|exec|syslog)\/\w+)/.exec(tag)?.[1]
    if (name !== undefined && typeof (line ?? message) === 'string') found.push(`${name} ${line ?? message}`)
  }
  return found
}

/** The ends of the tags of all events about something that has changed. */
async function changes(client: Client): Promise<string[]> {
  const found: string[] = []
  for await (const { tag } of client.read(undefined, { from: 'start' }).events()) {
    const end = /(?:packages\/\w+|webhook\/hook|files\/watched)\/(?!hook)\w+$/.exec(tag)
    if (end !== null && !tag.startsWith('hub/')) found.push(end[0])
  }
  return found.sort()
}

/** All sources that are not as they should be, and all faults. */
async function notAsWanted(client: Client): Promise<string[]> {
  const { sources, faults = [] } = await client.request<HubStatus>('hub.status')
  const others = sources.filter(({ name, state }) => state !== (STATES[name] ?? 'up'))
  return [
    ...others.map(({ name, state }) => `${name} is ${state}`),
    ...faults.map((fault) => JSON.stringify(fault)),
  ]
}
