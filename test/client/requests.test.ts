import { afterEach, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Client, connect } from '../../src/client/index.js'
import { type Call, type Method, method } from '../../src/methods/method.js'
import { type Fixture, startFixture } from '../faces/native/fixture.js'
import { CuttingProxy } from './cutting-proxy.js'

let fixture: Fixture
let client: Client
let proxy: CuttingProxy | undefined

function simple(name: string, run: (call: Call) => Promise<unknown>): Method {
  return method({
    name,
    summary: name,
    right: 'see',
    params: z.record(z.string(), z.unknown()),
    result: z.unknown(),
    run,
  })
}

async function start(...methods: Method[]): Promise<void> {
  fixture = await startFixture({ methods })
  client = await connect(fixture.path)
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((go) => setImmediate(go))
}

afterEach(async () => {
  await client.close()
  await proxy?.close()
  proxy = undefined
  await fixture.close()
})

it('a request resolves to its result, or rejects with the code of the error', async () => {
  await start(
    method({
      name: 'test.echo',
      summary: '',
      right: 'see',
      params: z.object({ a: z.number() }),
      result: z.unknown(),
      run: async (_, p) => p,
    }),
  )
  expect(await client.request<unknown>('test.echo', { a: 1 })).toEqual({ a: 1 })
  await expect(client.request<unknown>('test.echo', { a: 'x' })).rejects.toMatchObject({
    code: 'TCN_METHOD_PARAMS',
    details: { path: 'params.a' },
  })
  await expect(client.request<unknown>('test.none')).rejects.toMatchObject({ code: 'TCN_METHOD_UNKNOWN' })
})

it('an answer that is no map is a fault of the hub', async () => {
  await start(
    simple('test.null', async () => null),
    simple('test.list', async () => []),
  )
  for (const name of ['test.null', 'test.list'])
    await expect(client.request<unknown>(name)).rejects.toMatchObject({ code: 'TCN_PROTOCOL_BODY' })
})

it('many requests run at once', async () => {
  const go: (() => void)[] = []
  await start(
    simple('test.wait', () => new Promise((done) => go.push(() => done({ now: false })))),
    simple('test.now', async () => ({ now: true })),
  )
  const late = client.request<unknown>('test.wait')
  expect(await client.request<unknown>('test.now')).toEqual({ now: true })
  go[0]()
  expect(await late).toEqual({ now: false })
})

it('a request can be aborted and has a timeout', async () => {
  await start(simple('test.wait', () => new Promise(() => {})))
  await expect(client.request<unknown>('test.wait', {}, { timeout: 10 })).rejects.toMatchObject({
    code: 'TCN_CLIENT_TIMEOUT',
  })
  const given = new AbortController()
  const asked = client.request<unknown>('test.wait', {}, { signal: given.signal })
  given.abort()
  await expect(asked).rejects.toMatchObject({ code: 'TCN_CLIENT_ABORTED' })
  const late = client.request<unknown>('test.wait', {}, { signal: AbortSignal.abort() })
  await expect(late).rejects.toMatchObject({ code: 'TCN_CLIENT_ABORTED' })
})

it('a lost connection rejects pending requests, and later ones wait for the next connection', async () => {
  await start(
    simple('test.wait', () => new Promise(() => {})),
    simple('test.now', async () => ({ now: true })),
  )
  proxy = await CuttingProxy.start(fixture.path)
  let attempts = 0
  const far = await connect({
    address: proxy.path,
    onStatus: ({ status }) => void (status === 'reconnecting' && attempts++),
  })
  onTestFinished(() => far.close())
  const asked = far.request<unknown>('test.wait')
  await until(() => fixture.server.runningRequests === 1)
  proxy.accepting = false
  proxy.cut()
  await expect(asked).rejects.toMatchObject({ code: 'TCN_CLIENT_UNREACHABLE' })
  const waiting = far.request<unknown>('test.now')
  // An attempt that fails ends no request that was never sent.
  await until(() => attempts > 2)
  await expect(far.request<unknown>('test.now', { key: Symbol('x') })).rejects.toMatchObject({
    code: 'TCN_BODY_UNSUPPORTED',
  })
  await expect(far.request<unknown>('test.now', {}, { timeout: 20 })).rejects.toMatchObject({
    code: 'TCN_CLIENT_TIMEOUT',
  })
  proxy.accepting = true
  expect(await waiting).toEqual({ now: true })
})

it('parts arrive one by one, the result last', async () => {
  await start(
    simple('test.parts', async (call) => {
      for (let n = 0; n < 1000; n++) await call.part({ n })
      return 'done'
    }),
  )
  const seen: unknown[] = []
  for await (const part of client.requestParts('test.parts')) seen.push(part)
  expect(seen).toEqual([...Array.from({ length: 1000 }, (_, n) => ({ n })), 'done'])
})

it('a program that reads parts slowly delays their creation, and nothing else', async () => {
  let made = 0
  await start(
    simple('test.parts', async (call) => {
      for (; made < 2000; made++) await call.part(new Uint8Array(10_000))
    }),
  )
  const parts = client.requestParts('test.parts')[Symbol.asyncIterator]()
  await parts.next()
  await client.publish('a', 1)
  let before = -1
  while (made !== before) {
    before = made
    for (let turn = 0; turn < 50; turn++) await new Promise((go) => setImmediate(go))
  }
  expect(made).toBeLessThan(500)
  let count = 1
  while (!(await parts.next()).done) count++
  expect(count).toBe(2001)
})

it('leaving the loop, a signal and a timeout cancel the request', async () => {
  await start(
    simple('test.parts', async (call) => {
      for (;;) await call.part('x'.repeat(1000))
    }),
    simple(
      'test.silent',
      async ({ signal }) => await new Promise((done) => signal.addEventListener('abort', done)),
    ),
  )
  for await (const _ of client.requestParts('test.parts')) break
  await until(() => fixture.server.runningRequests === 0)
  const given = new AbortController()
  const abort = async () => {
    for await (const _ of client.requestParts('test.parts', {}, { signal: given.signal })) given.abort()
  }
  await expect(abort()).rejects.toMatchObject({ code: 'TCN_CLIENT_ABORTED' })
  const wait = async () => {
    for await (const _ of client.requestParts('test.silent', {}, { timeout: 10 })) break
  }
  await expect(wait()).rejects.toMatchObject({ code: 'TCN_CLIENT_TIMEOUT' })
  await until(() => fixture.server.runningRequests === 0)
  const none = async () => {
    for await (const _ of client.requestParts('test.none')) break
  }
  await expect(none()).rejects.toMatchObject({ code: 'TCN_METHOD_UNKNOWN' })
})
