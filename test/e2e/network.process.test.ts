import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../src/client/index.js'
import type { HubStatus } from '../../src/methods/contract/index.js'
import { HubProcess, type HubProcessOptions, jsonLines } from './hub-process.js'

/** The hub listens over HTTP and TCP, on free ports. */
const config = `listen:
  http: 127.0.0.1:0
  tcp: 127.0.0.1:0
`

interface NetworkHub {
  hub: HubProcess
  http: string
  tcp: string
}

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

/** A hub until the end of the test. */
async function start(options: HubProcessOptions = {}): Promise<NetworkHub> {
  const started = await startHub(options)
  open.push(started.hub)
  return started
}

async function startHub(options: HubProcessOptions = {}): Promise<NetworkHub> {
  const hub = await HubProcess.start({ config, ...options })
  await using client = await connect({ address: hub.socket })
  const { listeners } = await client.request<HubStatus>('hub.status')
  const at = (scheme: string) => listeners.find(({ address }) => address.startsWith(scheme))?.address ?? ''
  return { hub, http: at('http:'), tcp: at('tcp:') }
}

async function addToken({ hub }: NetworkHub, name: string, ...rights: string[]): Promise<string> {
  const { code, stdout, stderr } = await hub.tocsin(['token', 'add', name, ...rights])
  expect(code, stderr).toBe(0)
  return stdout.trim()
}

function tokenFile({ hub }: NetworkHub, token: string): string {
  const file = join(hub.folder, 'token')
  writeFileSync(file, `${token}\n`)
  chmodSync(file, 0o600)
  return file
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

async function fire({ hub }: NetworkHub, first: number, count: number, tag = 'shop/order'): Promise<void> {
  await using client = await connect({ address: hub.socket })
  await client.publishBatch(
    upTo(count).map((n) => ({ tag, data: first + n })),
    { ack: 'durable' },
  )
}

const read = async ({ hub }: NetworkHub, filter = 'shop/') =>
  jsonLines((await hub.tocsin(['read', filter, '--format', 'json'])).stdout)

async function numbers({ hub }: NetworkHub, filter = 'shop/'): Promise<unknown[]> {
  await using client = await connect({ address: hub.socket })
  const found: unknown[] = []
  for await (const { data } of client.read(filter).events()) found.push(data)
  return found
}

let from: NetworkHub
let to: NetworkHub
beforeAll(async () => {
  ;[from, to] = await Promise.all([startHub(), startHub()])
})
afterAll(() => Promise.all([from, to].map(({ hub }) => hub[Symbol.asyncDispose]())))

describe('forward', () => {
  it.each([
    ['each alone', 'alone', []],
    ['in batches', 'batches', ['--batch', '20']],
  ])('posts to the HTTP listener of another hub, %s, with a token', async (_, topic, batch) => {
    const token = await addToken(to, topic, '--publish', `${topic}/`, '--produce', `${topic}/`)
    await fire(from, 0, 50, `${topic}/order`)
    const where = ['--target', `${to.http}/v1/events`, '--target-token-file', tokenFile(from, token)]
    const range = ['--from', 'start', '--to', 'end']
    const ended = await from.hub.tocsin(['forward', `${topic}/`, ...where, ...batch, ...range])
    expect(ended.code, ended.stderr).toBe(0)
    const [here, there] = [await read(from, `${topic}/`), await read(to, `${topic}/`)]
    expect(there.map(({ data }) => data)).toEqual(upTo(50))
    expect(there.map(({ id, time, source }) => ({ id, time, source }))).toEqual(
      here.map(({ id, time, source }) => ({ id, time, source })),
    )
  })

  it.each([
    ['each alone', 'refused', []],
    ['in batches', 'some-refused', ['--batch', '20']],
  ])('reports which events the other hub refuses, %s', async (_, topic, batch) => {
    const open = `${topic}/open/`
    const token = await addToken(to, topic, '--publish', open, '--produce', open)
    await fire(from, 0, 3, `${open}order`)
    await fire(from, 3, 1, `${topic}/secret`)
    await fire(from, 4, 3, `${open}order`)
    const where = ['--target', `${to.http}/v1/events`, '--target-token-file', tokenFile(from, token)]
    const range = ['--from', 'start', '--to', 'end', '--skip-refused']
    const ended = await from.hub.tocsin(['forward', `${topic}/`, ...where, ...batch, ...range])
    expect(ended.stderr).toContain(`${topic}/secret`)
    expect(ended.stderr).toContain('1 refused')
    expect(await numbers(to, `${topic}/`)).toEqual([0, 1, 2, 4, 5, 6])
  })

  it.each(['tcp', 'http'] as const)('ends with an error code for a wrong token over %s', async (face) => {
    await fire(from, 0, 1)
    const path = face === 'http' ? '/v1/events' : ''
    const where = ['--target', `${to[face]}${path}`, '--target-token-file', tokenFile(from, 'tcn_x_y')]
    const ended = await from.hub.tocsin(['forward', 'shop/', ...where, '--from', 'start', '--to', 'end'])
    expect(ended.code).not.toBe(0)
    expect(ended.stderr).toContain('token')
  })

  it('continues over TCP after a restart of the other hub', async () => {
    const from = await start()
    let to = await start()
    const token = await addToken(to, 'from', '--publish', 'shop/', '--produce', 'shop/')
    const where = ['--target', to.tcp, '--target-token-file', tokenFile(from, token)]
    await fire(from, 0, 100)
    const running = from.hub.startTocsin(['forward', 'shop/', ...where, '--from', 'start'])
    const arrived = async () => (await numbers(to)).length
    await expect.poll(arrived, { interval: 300 }).toBe(100)
    const { port } = new URL(to.tcp.replace('tcp:', 'http:'))
    await to.hub.signal('SIGKILL')
    await fire(from, 100, 100)
    to = await start({ folder: to.hub.folder, config: config.replace(/(tcp: .*:)0/, `$1${port}`) })
    await expect.poll(() => numbers(to), { timeout: 30_000, interval: 300 }).toEqual(upTo(200))
    const ended = await running.signal('SIGINT')
    expect(ended.code).toBe(130)
  })
})

describe('commands', () => {
  it.each(['tcp', 'http'] as const)('reach the hub over %s with a token', async (face) => {
    const token = await addToken(to, face, '--see', '*', '--publish', `${face}/`)
    const env = { TOCSIN_URL: to[face], TOCSIN_TOKEN: token }
    expect((await to.hub.tocsin(['fire', `${face}/order`, '7'], { env })).code).toBe(0)
    const { stdout } = await to.hub.tocsin(['read', `${face}/`, '--format', 'json'], { env })
    expect(jsonLines(stdout).map(({ data }) => data)).toEqual([7])
    const refused = await to.hub.tocsin(['read', `${face}/`], { env: { ...env, TOCSIN_TOKEN: 'tcn_x' } })
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain('TCN_ACCESS_TOKEN')
  })
})

describe('the CloudEvents SDK', () => {
  it.each([Mode.BINARY, Mode.STRUCTURED])('publishes in %s mode and reads the same event', async (mode) => {
    const filter = `lab/${mode}/`
    const token = await addToken(to, mode, '--see', '*', '--publish', filter, '--source', 'lab/oven')
    const authorization = `Bearer ${token}`
    const event = new CloudEvent({
      source: 'lab/oven',
      type: 'lab.oven.hot',
      subject: `${filter}1`,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      data: { degrees: 250, text: 'grüß' },
    })
    const emit = emitterFor(httpTransport(`${to.http}/v1/events`), { mode })
    await emit(event, { headers: { authorization } })
    const answer = await fetch(`${to.http}/v1/events?filter=${filter}`, { headers: { authorization } })
    const { events } = (await answer.json()) as { events: object[] }
    expect(events).toHaveLength(1)
    const headers = { 'content-type': 'application/cloudevents+json' }
    const received = HTTP.toEvent({ headers, body: JSON.stringify(events[0]) }) as CloudEvent<unknown>
    expect(received.validate()).toBe(true)
    const { id, source, type, subject, traceparent, data } = event
    expect(received).toMatchObject({ id, source, type, subject, traceparent, data })
    await using client = await connect({ address: to.tcp, token })
    for await (const native of client.read(filter).events()) {
      expect(native.attributes).toMatchObject({ id, traceparent })
      expect(native.data).toEqual(data)
    }
  })
})
