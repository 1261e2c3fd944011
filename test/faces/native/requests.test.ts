import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { type Call, type Method, method } from '../../../src/methods/method.js'
import { type Fixture, type FixtureOptions, startFixture } from './fixture.js'
import { RawPeer } from './raw-peer.js'

let fixture: Fixture
const peers: RawPeer[] = []

async function start(methods: Method[], options: FixtureOptions = {}): Promise<RawPeer> {
  fixture = await startFixture({ methods, ...options })
  const peer = new RawPeer(fixture.path)
  peers.push(peer)
  await peer.hello()
  return peer
}

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close()
  await fixture.close()
})

const nothing = z.strictObject({})

function simple(name: string, run: (call: Call) => Promise<unknown>, right: Method['right'] = 'see'): Method {
  return method({ name, summary: name, right, params: nothing, result: z.unknown(), run })
}

it('a request is answered under its id', async () => {
  const add = method({
    name: 'test.add',
    summary: 'adds',
    right: 'see',
    params: z.strictObject({ a: z.number(), b: z.number().default(1) }),
    result: z.unknown(),
    run: async (_, { a, b }) => ({ sum: a + b }),
  })
  const peer = await start([add])
  peer.send('request', { id: 4, method: 'test.add', params: { a: 2 } })
  peer.send('request', { id: 5, method: 'test.add', params: { a: 2, b: 5 } })
  expect((await peer.take('reply')).body).toEqual({ id: 4, result: { sum: 3 } })
  expect((await peer.take('reply')).body).toEqual({ id: 5, result: { sum: 7 } })
})

it('an unknown method, a missing right or wrong parameters get an error code, and the connection stays open', async () => {
  const deep = method({
    name: 'test.deep',
    summary: 'wants much',
    right: 'see',
    params: z.strictObject({ list: z.array(z.strictObject({ n: z.int() })) }),
    result: z.unknown(),
    run: async () => 'never',
  })
  const peer = await start([deep, simple('test.admin', async () => 'never', 'admin')], {
    grants: { low: { see: '*' } },
    principal: 'low',
  })
  const errorOf = async (name: string, params?: Record<string, unknown>) => {
    peer.send('request', { id: 1, method: name, params })
    return (await peer.take('reply')).body.error
  }
  expect(await errorOf('test.nothing')).toMatchObject({ code: 'TCN_METHOD_UNKNOWN' })
  expect(await errorOf('toString')).toMatchObject({ code: 'TCN_METHOD_UNKNOWN' })
  expect(await errorOf('test.admin')).toMatchObject({
    code: 'TCN_ACCESS_DENIED',
    details: { right: 'admin' },
  })
  const params = { list: [{ n: 1 }, { n: 'x' }] }
  expect(await errorOf('test.deep', params)).toMatchObject({
    code: 'TCN_METHOD_PARAMS',
    details: { path: 'params.list.1.n' },
  })
  expect(await errorOf('test.deep')).toMatchObject({
    code: 'TCN_METHOD_PARAMS',
    details: { path: 'params.list' },
  })
})

it('a request of more values than are decoded is refused by its id, and the connection stays open', async () => {
  const peer = await start([simple('test.simple', async () => 'done')])
  peer.send('request', { id: 7, method: 'test.simple', params: { list: new Array(40_000).fill(0) } })
  expect((await peer.take('reply')).body).toMatchObject({ id: 7, error: { code: 'TCN_METHOD_PARAMS' } })
  peer.send('request', { id: 8, method: 'test.simple', params: {} })
  expect((await peer.take('reply')).body).toEqual({ id: 8, result: 'done' })
})

it('an error that a method throws is the answer', async () => {
  const peer = await start([
    simple('test.named', async () => {
      throw new TocsinError('TCN_EVENT_UNKNOWN', 'no such event', { details: { cursor: 'a-1' } })
    }),
    simple('test.plain', async () => {
      throw new Error('oh')
    }),
    simple('test.large', async () => 'x'.repeat(17 * 1024 * 1024)),
    simple('test.strange', async () => () => 1),
  ])
  const errorOf = async (name: string) => {
    peer.send('request', { id: 1, method: name })
    return (await peer.take('reply')).body.error
  }
  expect(await errorOf('test.named')).toEqual({
    code: 'TCN_EVENT_UNKNOWN',
    message: 'no such event',
    details: { cursor: 'a-1' },
  })
  expect(await errorOf('test.plain')).toMatchObject({ code: 'TCN_METHOD_FAILED' })
  expect(await errorOf('test.large')).toMatchObject({ code: 'TCN_PROTOCOL_LENGTH' })
  expect(await errorOf('test.strange')).toMatchObject({ code: 'TCN_BODY_UNSUPPORTED' })
})

it('a long answer is sent in parts, produced no faster than they are read', async () => {
  let made = 0
  const parts = simple('test.parts', async (call) => {
    const part = new Uint8Array(50_000)
    for (; made < 100; made++) await call.part({ n: made, part })
    return 'done'
  })
  const peer = await start([parts])
  peer.socket.pause()
  peer.send('request', { id: 1, method: 'test.parts' })
  const [connection] = fixture.server.peers
  await until(() => made > 0 && connection.pending > 256 * 1024)
  for (let turn = 0; turn < 100; turn++) await new Promise((go) => setImmediate(go))
  expect(made).toBeLessThan(30)
  expect(connection.pending).toBeLessThan(500_000)
  peer.socket.resume()
  for (let n = 0; n < 100; n++) {
    expect((await peer.take('reply')).body).toMatchObject({ id: 1, more: true, result: { n } })
  }
  expect((await peer.take('reply')).body).toEqual({ id: 1, result: 'done' })
})

it('requests are aborted when the connection closes', async () => {
  let reason: unknown
  const wait = simple('test.wait', async ({ signal }) => {
    await new Promise((go) => signal.addEventListener('abort', go))
    reason = signal.reason
  })
  const endless = simple('test.endless', async (call) => {
    for (;;) await call.part(new Uint8Array(10_000))
  })
  const peer = await start([wait, endless])
  peer.socket.pause()
  peer.send('request', { id: 1, method: 'test.wait' }).send('request', { id: 2, method: 'test.endless' })
  await until(() => fixture.server.runningRequests === 2)
  peer.close()
  await until(() => fixture.server.runningRequests === 0)
  expect(reason).toMatchObject({ code: 'TCN_CLIENT_ABORTED' })
})

it('a request with an endless answer ends with its peer, even if that goes on reading', async () => {
  const endless = simple('test.endless', async (call) => {
    for (;;) await call.part(new Uint8Array(10_000))
  })
  const peer = await start([endless])
  peer.socket.removeAllListeners('data').resume()
  peer.send('request', { id: 1, method: 'test.endless' })
  await until(() => fixture.server.runningRequests === 1)
  peer.socket.end()
  await until(() => fixture.server.runningRequests === 0)
})

it('requests over the limit are refused one by one: TCN_PROTOCOL_TOO_MANY', async () => {
  const go: (() => void)[] = []
  const wait = simple('test.wait', () => new Promise<void>((done) => go.push(done)))
  const peer = await start([wait], { budgets: { requests: 2, requestsInAll: 3 } })
  for (const id of [1, 2, 3]) peer.send('request', { id, method: 'test.wait' })
  expect((await peer.take('reply')).body).toMatchObject({ id: 3, error: { code: 'TCN_PROTOCOL_TOO_MANY' } })
  const other = new RawPeer(fixture.path)
  peers.push(other)
  await other.hello()
  for (const id of [1, 2]) other.send('request', { id, method: 'test.wait' })
  expect((await other.take('reply')).body).toMatchObject({ id: 2, error: { code: 'TCN_PROTOCOL_TOO_MANY' } })
  go[0]()
  expect((await peer.take('reply')).body).toEqual({ id: 1 })
  peer.send('request', { id: 1, method: 'test.wait' })
  await until(() => go.length === 4)
  for (const done of go) done()
})

it('a principal has a share of all requests, over all its connections', async () => {
  const go: (() => void)[] = []
  const wait = simple('test.wait', () => new Promise<void>((done) => go.push(done)))
  const peer = await start([wait], { budgets: { requests: 2, requestsOfOne: 3, requestsInAll: 4 } })
  const other = new RawPeer(fixture.path)
  peers.push(other)
  await other.hello()
  for (const id of [1, 2]) peer.send('request', { id, method: 'test.wait' })
  for (const id of [1, 2]) other.send('request', { id, method: 'test.wait' })
  expect((await other.take('reply')).body).toMatchObject({ id: 2, error: { code: 'TCN_PROTOCOL_TOO_MANY' } })
  await until(() => go.length === 3)
  for (const done of go.splice(0)) done()
  expect((await other.take('reply')).body).toEqual({ id: 1 })
  other.send('request', { id: 2, method: 'test.wait' })
  await until(() => go.length === 1)
  go[0]()
})

it('an id in use ends the connection: TCN_PROTOCOL_BODY', async () => {
  const peer = await start([simple('test.wait', () => new Promise(() => {}))])
  peer.send('request', { id: 1, method: 'test.wait' }).send('request', { id: 1, method: 'test.wait' })
  expect(await peer.fault()).toBe('TCN_PROTOCOL_BODY')
})

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((go) => setImmediate(go))
}
