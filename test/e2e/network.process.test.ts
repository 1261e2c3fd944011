import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../src/client/index.js'
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
  const { stdout } = await hub.tocsin(['status', '--format', 'json'])
  const { listeners } = JSON.parse(stdout) as { listeners: { address: string }[] }
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

const fire = ({ hub }: NetworkHub, first: number, count: number, tag = 'shop/order') =>
  hub.tocsin(['fire', '-'], {
    input: upTo(count)
      .map((n) => JSON.stringify({ tag, data: first + n }))
      .join('\n'),
  })

const read = async ({ hub }: NetworkHub, filter = 'shop/') =>
  jsonLines((await hub.tocsin(['read', filter, '--format', 'json'])).stdout)
const numbers = async (at: NetworkHub, filter?: string) => (await read(at, filter)).map(({ data }) => data)

describe('forward', () => {
  let from: NetworkHub
  let to: NetworkHub
  beforeAll(async () => {
    ;[from, to] = await Promise.all([startHub(), startHub()])
  })
  afterAll(() => Promise.all([from, to].map(({ hub }) => hub[Symbol.asyncDispose]())))

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

  it('continues over TCP after a restart of the other hub', { timeout: 60_000 }, async () => {
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
    const at = await start()
    const token = await addToken(at, 'me', '--see', '*', '--publish', 'shop/')
    const env = { TOCSIN_URL: at[face], TOCSIN_TOKEN: token }
    expect((await at.hub.tocsin(['fire', 'shop/order', '7'], { env })).code).toBe(0)
    const { stdout } = await at.hub.tocsin(['read', 'shop/', '--format', 'json'], { env })
    expect(jsonLines(stdout).map(({ data }) => data)).toEqual([7])
    const refused = await at.hub.tocsin(['read', 'shop/'], { env: { ...env, TOCSIN_TOKEN: 'tcn_x' } })
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain('TCN_ACCESS_TOKEN')
  })
})

describe('the CloudEvents SDK', () => {
  it.each([Mode.BINARY, Mode.STRUCTURED])('publishes in %s mode and reads the same event', async (mode) => {
    const at = await start()
    const token = await addToken(at, 'lab', '--see', '*', '--publish', 'lab/', '--source', 'lab/oven')
    const authorization = `Bearer ${token}`
    const event = new CloudEvent({
      source: 'lab/oven',
      type: 'lab.oven.hot',
      subject: 'lab/oven/1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      data: { degrees: 250, text: 'grüß' },
    })
    const emit = emitterFor(httpTransport(`${at.http}/v1/events`), { mode })
    await emit(event, { headers: { authorization } })
    const answer = await fetch(`${at.http}/v1/events?filter=lab/`, { headers: { authorization } })
    const { events } = (await answer.json()) as { events: object[] }
    expect(events).toHaveLength(1)
    const headers = { 'content-type': 'application/cloudevents+json' }
    const received = HTTP.toEvent({ headers, body: JSON.stringify(events[0]) }) as CloudEvent<unknown>
    expect(received.validate()).toBe(true)
    const { id, source, type, subject, traceparent, data } = event
    expect(received).toMatchObject({ id, source, type, subject, traceparent, data })
    await using client = await connect({ address: at.tcp, token })
    for await (const native of client.read('lab/').events()) {
      expect(native.attributes).toMatchObject({ id, traceparent })
      expect(native.data).toEqual(data)
    }
  })
})
