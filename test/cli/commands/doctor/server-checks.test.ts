import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { z } from 'zod'
import { serverChecks } from '../../../../src/cli/commands/doctor/server-checks.js'
import type { hubConfig } from '../../../../src/hub/config/index.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { look, patientIn } from './patient.js'

let folder: string
let server: Server
/** Of a server that accepts connections. */
let open: number
/** Nobody listens there. */
let closed: number

beforeEach(async () => {
  folder = temporaryFolder('doctor')
  server = await listen({ host: '127.0.0.1', port: 0 })
  open = (server.address() as AddressInfo).port
  const other = await listen({ host: '127.0.0.1', port: 0 })
  closed = (other.address() as AddressInfo).port
  await new Promise((done) => other.close(done))
})
afterEach(() => {
  server.close()
})

function listen(where: { host: string; port: number } | { path: string }): Promise<Server> {
  const made = createServer((socket) => socket.destroy())
  return new Promise((resolve) => made.listen(where, () => resolve(made)))
}

const examine = (name: string, config: z.input<typeof hubConfig>) =>
  look(serverChecks, name, patientIn(folder, config))

const at = (port: number, scheme = '') => `${scheme}127.0.0.1:${port}`

it('names each upstream that cannot be reached, and what becomes of the events', async () => {
  const found = await examine('upstreams', {
    upstreams: [
      { name: 'core', servers: [at(open, 'tls://')] },
      { name: 'far', servers: [at(closed, 'ws://')] },
    ],
  })
  expect(found).toEqual([
    { state: 'ok', text: `core: tls://127.0.0.1:${open} can be reached` },
    {
      state: 'wrong',
      text: `far: ws://127.0.0.1:${closed} cannot be reached: ECONNREFUSED`,
      next: expect.stringContaining('events wait here'),
    },
  ])
})

it('only warns of one server of several', async () => {
  const path = join(folder, 'core.sock')
  const local = await listen({ path })
  const servers = [at(closed, 'tcp://'), `unix:${path}`]
  const found = await examine('upstreams', { upstreams: [{ name: 'core', servers }] })
  local.close()
  expect(found).toMatchObject([
    { state: 'warning', text: expect.stringContaining(`tcp://127.0.0.1:${closed} cannot be reached`) },
    { state: 'ok', text: `core: ${path} can be reached` },
  ])
})

it('looks for the servers of NATS if they keep the log', async () => {
  const nats = { servers: [at(closed, 'nats://')] }
  expect(await examine('nats', { log: { engine: 'jetstream' }, nats })).toMatchObject([
    { state: 'wrong', text: `log: nats://127.0.0.1:${closed} cannot be reached: ECONNREFUSED` },
  ])
  expect(await examine('nats', {})).toEqual([])
})

it('counts the devices that can be reached, and names the others', async () => {
  const login = { user: 'admin', keyFile: '/k' }
  const device = (name: string, port: number) => ({ name, host: '127.0.0.1', port, ...login })
  const found = await examine('devices', {
    sources: {
      netconf: [device('r1', open), device('r2', closed)],
      restconf: [
        { name: 'r3', url: at(open, 'http://') },
        { name: 'r4', url: at(closed, 'https://') },
      ],
    },
  })
  expect(found.map(({ state, text }) => [state, text])).toEqual([
    ['ok', '2 devices can be reached'],
    ['wrong', `netconf/r2: 127.0.0.1:${closed} cannot be reached: ECONNREFUSED`],
    ['wrong', `restconf/r4: https://127.0.0.1:${closed} cannot be reached: ECONNREFUSED`],
  ])
  expect(found[1].next).toContain(`\`tocsin netconf hello 127.0.0.1:${closed}\``)
  expect(await examine('devices', {})).toEqual([])
  const caller = { name: 'r5', callHome: true, hostKey: `SHA256:${'A'.repeat(43)}`, ...login }
  const home = { sources: { netconf: [caller] } }
  expect(await examine('devices', { ...home, listen: { callHome: '127.0.0.1:4334' } })).toEqual([])
  expect(await examine('devices', home)).toMatchObject([
    { state: 'wrong', text: 'r5 cannot call home: listen.callHome is off' },
  ])
  const overTls = { name: 'r6', callHome: true, tls: { fingerprint: 'ab'.repeat(32) } }
  const both = { sources: { netconf: [caller, overTls] }, listen: { callHome: '127.0.0.1:4334' } }
  expect(await examine('devices', both)).toMatchObject([
    {
      state: 'wrong',
      text: 'r6 cannot call home: listen.callHome.tls is off',
      next: 'set listen.callHome.tls to an address',
    },
  ])
})

it('connects to the servers of sinks, and shows no path of a URL', async () => {
  const found = await examine('destinations', {
    sinks: {
      hook: { type: 'webhook', url: at(open, 'http://').concat('/secret?token=1') },
      metrics: { type: 'otlp', url: at(closed, 'https://') },
      mail: { type: 'mail', server: at(open), sender: 'a@example.com', recipients: ['b@example.com'] },
      lines: { type: 'syslog', address: at(closed) },
      file: { type: 'file', path: join(folder, 'events') },
    },
  })
  expect(found.map(({ state, text }) => [state, text])).toEqual([
    ['ok', `hook: http://127.0.0.1:${open} can be reached`],
    ['wrong', `metrics: https://127.0.0.1:${closed} cannot be reached: ECONNREFUSED`],
    ['ok', `mail: 127.0.0.1:${open} can be reached`],
    ['wrong', `lines: 127.0.0.1:${closed} cannot be reached: ECONNREFUSED`],
  ])
  expect(await examine('destinations', {})).toEqual([])
})

it('names each NSO that cannot be reached, by its port or its socket', async () => {
  const path = join(folder, 'ipc')
  const local = await listen({ path })
  const found = await examine('ncs', {
    sources: {
      ncs: [
        { name: 'a', path },
        { name: 'b', port: closed },
      ],
    },
  })
  local.close()
  expect(found).toEqual([
    { state: 'ok', text: `ncs/a: ${path} can be reached` },
    {
      state: 'wrong',
      text: `ncs/b: 127.0.0.1:${closed} cannot be reached: ECONNREFUSED`,
      next: expect.stringContaining('sources.ncs'),
    },
  ])
})
