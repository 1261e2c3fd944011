import { afterAll, beforeAll, expect, it } from 'vitest'
import { ADMIN } from '../../../src/access/index.js'
import { type Client, connect } from '../../../src/client/index.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import type { MadeTokenInfo } from '../../../src/methods/contract/index.js'
import { displaysOf, hubTypes, TypeRegistry } from '../../../src/types/index.js'

let hub: TestHub
let admin: Client
let events: AsyncIterator<{ tag: string; data: unknown }>

beforeAll(async () => {
  hub = await startTestHub({
    http: true,
    config: { principals: { eye: { see: '*' }, worker: { see: '*', consume: ['jobs'] } } },
  })
  admin = await hub.connect()
  events = admin.subscribe('hub/audit/', { from: 'start' }).events()[Symbol.asyncIterator]()
})

afterAll(async () => {
  await admin?.close()
  await hub?.close()
})

async function next(): Promise<{ tag: string; data: unknown }> {
  const { tag, data } = (await events.next()).value
  return { tag, data }
}

const post = (path: string, token: string, body: object = {}) =>
  fetch(hub.http + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

let token: string

it('publishes who made which token, but never the token', async () => {
  token = (await admin.request<MadeTokenInfo>('tokens.add', { name: 'eye' })).token
  const event = await next()
  expect(event).toEqual({
    tag: 'hub/audit/tokens/add',
    data: {
      principal: 'admin',
      face: 'native',
      method: 'tokens.add',
      result: 'ok',
      changed: { name: 'eye', principal: 'eye' },
    },
  })
  expect(JSON.stringify(event)).not.toContain(token)
  await admin.request('passwords.set', { principal: 'eye', password: 'correct horse battery' })
  const password = await next()
  expect(password).toMatchObject({ tag: 'hub/audit/passwords/set', data: { changed: { principal: 'eye' } } })
  expect(JSON.stringify(password)).not.toContain('horse')
})

it('publishes calls that failed, with the code', async () => {
  await expect(admin.request('tokens.revoke', { name: 'nobody' })).rejects.toThrow()
  expect(await next()).toMatchObject({
    tag: 'hub/audit/tokens/revoke',
    data: { result: 'TCN_TOKEN_UNKNOWN', changed: { name: 'nobody' }, count: 1 },
  })
})

it('publishes who was refused a method, with the address and the right', async () => {
  expect((await post('/v1/log.compact', token)).status).toBe(403)
  expect(await next()).toEqual({
    tag: 'hub/audit/denied',
    data: {
      principal: 'eye',
      face: 'http',
      address: '127.0.0.1',
      method: 'POST /v1/log.compact',
      right: 'admin',
      result: 'TCN_ACCESS_DENIED',
      count: 1,
    },
  })
  const client = await connect({ address: hub.address, token })
  await expect(client.request('log.compact', {})).rejects.toThrow()
  await client.close()
  expect(await next()).toMatchObject({
    tag: 'hub/audit/denied',
    data: { principal: 'eye', face: 'native', method: 'log.compact', right: 'admin' },
  })
})

it('publishes refused logins: one event, and then a count a second however many there are', async () => {
  const wrong = `${token.slice(0, -8)}AAAAAAAA`
  for (let n = 0; n < 15; n++) expect((await post('/v1/log.info', wrong)).status).toBe(401)
  const of = { face: 'http', address: '127.0.0.1', way: 'token', result: 'TCN_ACCESS_TOKEN' }
  expect(await next()).toEqual({ tag: 'hub/audit/login', data: { ...of, count: 1 } })
  let repeated = 0
  for (let told = 1; repeated < 14; told++) {
    expect(told).toBeLessThan(15)
    const { data } = (await next()) as { data: { count: number } }
    repeated += data.count
  }
  expect(repeated).toBe(14)
})

it('names the user of a refused password only if it is a principal', async () => {
  const login = (user: string) =>
    fetch(`${hub.http}/v1/info`, {
      headers: { authorization: `Basic ${Buffer.from(`${user}:wrong wrong`).toString('base64')}` },
    })
  await login('eye')
  expect(await next()).toMatchObject({ tag: 'hub/audit/login', data: { principal: 'eye', way: 'password' } })
})

it('publishes what happened to consumers, and nothing for those who only look', async () => {
  await admin.request('consumers.create', { name: 'jobs', filters: 'demo/' })
  await admin.request('consumers.create', { name: 'jobs', filters: 'demo/' })
  await admin.request('consumers.list')
  await admin.request('consumers.seek', { name: 'jobs', to: 'start', dryRun: true })
  await admin.request('consumers.seek', { name: 'jobs', to: 'start' })
  await admin.request('consumers.delete', { name: 'jobs' })
  const seen = []
  while (seen.length < 3) seen.push(await next())
  expect(seen).toMatchObject([
    { tag: 'hub/audit/consumers/create', data: { principal: 'admin', changed: { name: 'jobs' } } },
    {
      tag: 'hub/audit/consumers/seek',
      data: { changed: { name: 'jobs', to: expect.stringMatching(/-\d+$/) } },
    },
    { tag: 'hub/audit/consumers/delete', data: { changed: { name: 'jobs', parked: 0 } } },
  ])
})

it('publishes from where a consumer was created, whether by a method or by the first that joins it', async () => {
  const made = await admin.request<MadeTokenInfo>('tokens.add', { name: 'worker' })
  await next()
  expect((await post('/v1/consumers.create', made.token, { name: 'jobs' })).status).toBe(200)
  expect(await next()).toEqual({
    tag: 'hub/audit/consumers/create',
    data: {
      principal: 'worker',
      face: 'http',
      address: '127.0.0.1',
      method: 'consumers.create',
      result: 'ok',
      changed: { name: 'jobs' },
    },
  })
  await admin.request('consumers.delete', { name: 'jobs' })
  await next()
  const joined = admin.subscribe('demo/', { consumer: 'jobs' }).events()[Symbol.asyncIterator]()
  void joined.next()
  expect(await next()).toMatchObject({
    tag: 'hub/audit/consumers/create',
    data: { principal: 'admin', face: 'native', changed: { name: 'jobs' } },
  })
  await joined.return?.()
})

it('publishes compactions and reloads by hand', async () => {
  await admin.request('log.compact', { policy: { count: 1_000_000 } })
  expect(await next()).toMatchObject({
    tag: 'hub/audit/log/compact',
    data: { changed: { policy: { count: 1_000_000 } } },
  })
  await expect(admin.request('config.reload')).rejects.toThrow()
  expect(await next()).toMatchObject({
    tag: 'hub/audit/config/reload',
    data: { result: 'TCN_CONFIG_ABSENT', face: 'native' },
  })
  await hub.hub.observers.audit.reloaded(
    hub.hub.access.principal(ADMIN),
    Promise.resolve({ file: '/etc/x.yaml', applied: ['limits.frame'], restart: [] }),
  )
  expect(await next()).toMatchObject({
    tag: 'hub/audit/hub/reload',
    data: { principal: 'admin', face: 'signal', result: 'ok', changed: { applied: ['limits.frame'] } },
  })
})

it('keeps long input short', async () => {
  await expect(admin.request('consumers.delete', { name: 'x'.repeat(100_000) })).rejects.toThrow()
  const { data } = (await next()) as { data: { changed: { name: string } } }
  expect(JSON.stringify(data).length).toBeLessThan(1500)
})

it('has types for what it publishes', () => {
  const types = new TypeRegistry(hubTypes)
  const tags = ['hub/audit/tokens/add', 'hub/audit/denied', 'hub/audit/login']
  expect(tags.map(types.typeOf)).toEqual(['hub.audit.call', 'hub.audit.denied', 'hub.audit.login'])
})

it('says in a line who did what, and from where', () => {
  const displays = displaysOf(hubTypes)
  const line = (type: string, data: object) => displays.get(type)?.(data, 200)
  const address = '10.0.0.9'
  expect(
    line('hub.audit.call', {
      principal: 'admin',
      method: 'tokens.add',
      result: 'ok',
      changed: { name: 'ci' },
    }),
  ).toBe('admin: tokens.add ci, ok')
  expect(
    line('hub.audit.denied', {
      principal: 'eye',
      method: 'log.compact',
      right: 'admin',
      result: 'X',
      address,
      count: 1,
    }),
  ).toBe('eye: log.compact, X, needs admin, from 10.0.0.9')
  expect(line('hub.audit.login', { way: 'token', address, result: 'TCN_ACCESS_TOKEN', count: 1 })).toBe(
    'token refused from 10.0.0.9: TCN_ACCESS_TOKEN',
  )
  expect(line('hub.audit.login', { way: 'password', principal: 'admin', result: 'X', count: 2 })).toBe(
    'password of admin refused: X',
  )
})
