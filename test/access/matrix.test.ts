import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Grant } from '../../src/access/index.js'
import type { MadeTokenInfo } from '../../src/bus/token-types.js'
import { type Client, connect } from '../../src/client/index.js'
import { Op, type OpName } from '../../src/faces/native/protocol.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../src/hub/testing.js'

/**
 * Principal × face × path: what is delivered, counted or named is what the principal may see, whichever
 * way it is asked for. The paths come from the tables of routes, methods and ops: one that is added without
 * an entry here fails.
 */

/** In tag, data and source of every event that only `admin` may see. */
const SECRET = 'classified'

const grants = {
  nobody: {},
  eye: { see: ['open/'] },
  pen: { publish: ['open/'] },
  worker: { see: ['open/'], consume: ['jobs'] },
  /** May change the hub, and yet not see what is in it. */
  keeper: { admin: true, see: ['open/'] },
} satisfies Record<string, Grant>

const principals = [...Object.keys(grants), 'admin'] as const
const restricted = Object.keys(grants)
const sees = (name: string) => ['eye', 'worker', 'keeper'].includes(name)
const isAdmin = (name: string) => name === 'admin' || name === 'keeper'
const OPEN = 3

let hub: TestHub
let admin: Client
let secretCursor: string
let parkedId: string
const tokens = new Map<string, string>()
const clients: Client[] = []

beforeAll(async () => {
  const principals = grants as NonNullable<TestHubOptions['config']>['principals']
  hub = await startTestHub({ http: true, config: { principals, listen: { tcp: '127.0.0.1:0' } } })
  await hub.hub.listenNetwork()
  admin = await hub.connect()
  for (const name of [...restricted, 'admin']) {
    const { token } = await admin.request<MadeTokenInfo>('tokens.add', { name })
    tokens.set(name, token)
  }
  for (let n = 0; n < OPEN; n++) {
    await admin.publish(`open/${n}`, { n })
    secretCursor = (await publishSecret(n)).cursor ?? ''
  }
  parkedId = await parkSecret()
})

afterAll(async () => {
  for (const client of clients) await client.close()
  await admin?.close()
  await hub?.close()
})

function publishSecret(n: number) {
  return admin.publish(
    `${SECRET}/${n}`,
    { [SECRET]: `${SECRET} ${n}` },
    { source: `${admin.welcome.source}/${SECRET}` },
  )
}

/** The consumer `jobs` has failed on an event that its next user may not see. */
async function parkSecret(): Promise<string> {
  const subscription = admin.subscribe(`${SECRET}/`, { consumer: 'jobs', from: 'start' })
  for await (const event of subscription.events()) {
    subscription.ack(event, 'park', { reason: SECRET })
    break
  }
  for (;;) {
    const { parked } = await admin.request<{ parked: { id: string }[] }>('parked.list', {})
    if (parked.length > 0) {
      await subscription.close()
      return parked[0].id
    }
  }
}

function addressOf(face: string): string {
  if (face === 'unix') return hub.address
  if (face === 'websocket') return hub.http
  return hub.hub.listeners.find(({ address }) => address.startsWith('tcp:'))?.address ?? ''
}

async function come(face: string, as: string): Promise<Client> {
  const client = await connect({ address: addressOf(face), token: tokens.get(as), reconnect: false })
  clients.push(client)
  return client
}

function ask(as: string | undefined, path: string, init: RequestInit = {}): Promise<Response> {
  const headers: Record<string, string> = { ...(init.headers as Record<string, string>) }
  if (as !== undefined) headers.authorization = `Bearer ${tokens.get(as)}`
  return fetch(hub.http + path, { ...init, headers })
}

/** Frames are bytes: their text counts too. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, each) =>
    each instanceof Uint8Array ? Buffer.from(each).toString('latin1') : each,
  )
}

interface MethodEntry {
  params: () => Record<string, unknown>
  /** Looks at an answer that was given. */
  check?: (result: never, as: string) => void
  /** Changes something for all that come after it: only refusals are tried. */
  refusalsOnly?: boolean
  tellsFilter?: boolean
}

const from = 'start'
const counted = (as: string) => (sees(as) ? OPEN : 0)
const notHad = { params: () => ({}), refusalsOnly: true }

const methods: Record<string, MethodEntry> = {
  'events.get': { params: () => ({ cursor: secretCursor }) },
  'events.read': { params: () => ({ from }) },
  'events.histogram': {
    params: () => ({ from: '-1h', filters: ['open/', `${SECRET}/`] }),
    check: ({ total }: { total: number }, as) => expect(total).toBe(counted(as)),
  },
  'events.facets': {
    params: () => ({ field: 'tag', from: '-1h', filters: ['open/', `${SECRET}/`] }),
    check: ({ total }: { total: number }, as) => expect(total).toBe(counted(as)),
  },
  'tags.complete': { params: () => ({ prefix: '' }) },
  'filters.explain': {
    params: () => ({ filters: { not: { prefix: { tag: 'hub/' } } }, from }),
    check: ({ count }: { count: { matched: number; seen: number } }, as) => {
      expect(count).toMatchObject({ matched: counted(as), seen: counted(as) })
    },
  },
  'gaps.list': { params: () => ({ from }) },
  'types.list': { params: () => ({}) },
  // Whoever may use a consumer may know its filter and how far it is.
  'consumers.list': { params: () => ({}), tellsFilter: true },
  'consumers.get': { params: () => ({ name: 'jobs' }), tellsFilter: true },
  'consumers.create': { params: () => ({ name: 'jobs', filters: `${SECRET}/` }) },
  'consumers.seek': {
    params: () => ({ name: 'jobs', to: 'start', dryRun: true }),
    check: ({ events }: { events: number }, as) => expect(events).toBeLessThanOrEqual(sees(as) ? OPEN : 0),
  },
  'consumers.delete': notHad,
  'parked.list': { params: () => ({}) },
  'parked.get': { params: () => ({ id: parkedId }) },
  'parked.redeliver': { params: () => ({ ids: [parkedId] }), refusalsOnly: true },
  'parked.delete': { params: () => ({ ids: [parkedId] }), refusalsOnly: true },
  'subscribers.list': { params: () => ({}) },
  'log.info': { params: () => ({}) },
  'log.verify': { params: () => ({}) },
  'log.compact': notHad,
  'hub.status': { params: () => ({}) },
  'sources.list': { params: () => ({}) },
  'metrics.read': { params: () => ({}) },
  'config.reload': notHad,
  'tokens.add': { params: () => ({ name: 'mine', rights: '*' }) },
  'tokens.list': { params: () => ({}) },
  'tokens.rotate': { params: () => ({ name: 'admin' }) },
  'tokens.revoke': notHad,
  'passwords.set': { params: () => ({ principal: 'admin', password: 'correct horse' }) },
  'passwords.remove': notHad,
}

/** What keepers are told of filters, tags in metrics and the like is theirs to know; events are not. */
const forAdmins = new Set(['consumers.list', 'subscribers.list', 'metrics.read'])

describe('methods', () => {
  it('are all in this matrix', () => {
    expect([...hub.hub.methods.keys()].sort()).toEqual(Object.keys(methods).sort())
  })

  for (const [name, { params, check, refusalsOnly, tellsFilter }] of Object.entries(methods)) {
    for (const as of restricted) {
      it(`${name} gives ${as} only what it may have`, async () => {
        const needsAdmin = hub.hub.methods.get(name)?.right === 'admin'
        if (refusalsOnly && needsAdmin && isAdmin(as)) return
        const client = await come('unix', as)
        const overHttp = await ask(as, `/v1/${name}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(params()),
        })
        const body = await overHttp.text()
        const answer = await client.request(name, params()).catch((error) => error)
        if (needsAdmin && !isAdmin(as)) {
          expect(answer).toMatchObject({ code: 'TCN_ACCESS_DENIED' })
          expect(overHttp.status).toBe(403)
          return
        }
        if (forAdmins.has(name) && isAdmin(as)) return
        const echoed = textOf(params()).includes(SECRET) || (tellsFilter === true && as === 'worker')
        const isError = answer instanceof Error
        if (!echoed) {
          expect(isError ? answer.message : textOf(answer)).not.toContain(SECRET)
          expect(body).not.toContain(SECRET)
        }
        if (!isError) check?.(answer as never, as)
      })
    }
  }
})

interface RouteEntry {
  path: () => string
  init?: RequestInit
}

/** The status with which a request to leave HTTP is answered. */
function upgrade(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const key = Buffer.alloc(16).toString('base64')
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      // Of this one the request must say who it is; the others do with hello.
      'sec-websocket-protocol': 'cloudevents.json',
    }
    request(hub.http + path, { headers })
      .on('response', ({ statusCode }) => resolve(statusCode))
      .on('upgrade', (_response, socket) => {
        socket.destroy()
        resolve(101)
      })
      .on('error', reject)
      .end()
  })
}

const event = { specversion: '1.0', id: '1', source: 'x', type: 't', tag: `${SECRET}/x` }
const plain = { method: 'POST', headers: { 'content-type': 'application/json' } }

const routes: Record<string, RouteEntry> = {
  'get /healthz': { path: () => '/healthz' },
  'get /readyz': { path: () => '/readyz' },
  'get /metrics': { path: () => '/metrics' },
  'get /v1/info': { path: () => '/v1/info' },
  'get /v1/openapi.json': { path: () => '/v1/openapi.json' },
  'get /v1/types': { path: () => '/v1/types' },
  'get /v1/types/{type}': { path: () => '/v1/types/hub.started' },
  'get /v1/events': { path: () => '/v1/events?from=start' },
  'get /v1/events/{cursor}': { path: () => `/v1/events/${secretCursor}` },
  'get /v1/stream': { path: () => '/v1/stream?from=start&to=end' },
  'get /v1/histogram': { path: () => '/v1/histogram?from=-1h&by=tag' },
  'get /v1/facets': { path: () => '/v1/facets?from=-1h&field=tag' },
  'get /v1/tags': { path: () => '/v1/tags?prefix=' },
  'get /v1/ws': { path: () => '/v1/ws' },
  'post /v1/ticket': { path: () => '/v1/ticket', init: { method: 'POST' } },
  'post /v1/events': { path: () => '/v1/events', init: { ...plain, body: JSON.stringify(event) } },
}

describe('routes', () => {
  it('are all in this matrix, each with a right', async () => {
    const document = (await (await ask('admin', '/v1/openapi.json')).json()) as {
      paths: Record<string, Record<string, { 'x-right'?: string }>>
    }
    const found = Object.entries(document.paths).flatMap(([path, ways]) =>
      Object.entries(ways).map(([method, about]) => ({ name: `${method} ${path}`, right: about['x-right'] })),
    )
    for (const { right } of found)
      expect(['none', 'any', 'publish', 'see', 'consume', 'admin']).toContain(right)
    const open = found.filter(({ right }) => right === 'none').map(({ name }) => name)
    expect(open).toEqual(['get /healthz', 'get /readyz'])
    const others = found.map(({ name }) => name).filter((name) => !/^post \/v1\/[a-z]+\.[a-z]+$/i.test(name))
    expect(others.sort()).toEqual(Object.keys(routes).sort())
  })

  for (const [name, { path, init }] of Object.entries(routes)) {
    it(`${name} wants to know who it is, but for health`, async () => {
      const status = name.endsWith('/ws')
        ? await upgrade(path())
        : (await ask(undefined, path(), init)).status
      if (/healthz|readyz/.test(name)) expect(status).toBe(200)
      else expect(status).toBe(401)
    })

    it.each(restricted)(`${name} gives %s only what it may have`, async (as) => {
      const response = await ask(as, path(), init)
      const body = await response.text()
      if (name === 'get /metrics') expect(response.status).toBe(isAdmin(as) ? 200 : 403)
      else if (name === 'post /v1/events') expect(response.status).toBe(403)
      else expect(body).not.toContain(SECRET)
    })
  }

  it('that count count what may be seen', async () => {
    for (const as of restricted) {
      const histogram = (await (
        await ask(as, `/v1/histogram?from=-1h&filter=open/&filter=${SECRET}/`)
      ).json()) as { total: number }
      expect(histogram.total).toBe(counted(as))
    }
  })
})

/** Which right a record asks for; `none`: it asks for nothing that anybody might not have. */
const ops: Record<OpName, string> = {
  event: 'publish',
  gate: 'gate',
  gateDone: 'gate',
  subscribe: 'see',
  ack: 'consume',
  request: 'as its method',
  forwarded: 'not spoken',
  ...none('hello', 'welcome', 'unsubscribe', 'accepted', 'durable', 'refused', 'gap', 'live', 'position'),
  ...none('reply', 'ping', 'pong', 'error', 'goodbye'),
} as Record<OpName, string>

function none(...names: OpName[]): Partial<Record<OpName, string>> {
  return Object.fromEntries(names.map((name) => [name, 'none']))
}

describe('the native protocol', () => {
  it('has all its ops in this matrix', () => {
    expect(Object.keys(ops).sort()).toEqual(Object.keys(Op).sort())
  })

  describe.each(['unix', 'tcp', 'websocket'])('over %s', (face) => {
    it.each(principals)('delivers to %s from the log and live what it may see', async (as) => {
      const client = await come(face, as)
      const subscription = client.subscribe(undefined, { from: 'start' })
      const live = new Promise<void>((resolve) =>
        subscription.onStatus(({ status }) => status === 'live' && resolve()),
      )
      const seen: string[] = []
      const reading = (async () => {
        for await (const { tag } of subscription.events()) seen.push(tag)
      })()
      await live
      const { cursor: last = '' } = await publishSecret(9)
      // Behind the secret one: when this has come, the other would have.
      if (sees(as)) await admin.publish('open/last', {})
      if (sees(as)) await expect.poll(() => seen.at(-1)).toBe('open/last')
      if (as === 'admin') await expect.poll(() => seen.at(-1)).toBe(`${SECRET}/9`)
      expect(last).not.toBe('')
      await subscription.close()
      await reading.catch(() => {})
      if (as === 'admin') expect(seen.some((tag) => tag.startsWith(SECRET))).toBe(true)
      else expect(seen.filter((tag) => !(sees(as) && tag.startsWith('open/')))).toEqual([])
    })

    if (face !== 'unix') {
      it('wants to know who it is', async () => {
        await expect(connect({ address: addressOf(face), reconnect: false })).rejects.toMatchObject({
          code: 'TCN_ACCESS_TOKEN',
        })
      })
    }

    it.each(restricted)('takes from %s what it may publish', async (as) => {
      const client = await come(face, as)
      await expect(client.publish(`${SECRET}/x`, {})).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
      const allowed = client.publish('open/by-pen', {}).then(
        () => true,
        () => false,
      )
      expect(await allowed).toBe(as === 'pen')
    })

    it.each(restricted)('gives %s no consumer that is not its own', async (as) => {
      const client = await come(face, as)
      for (const consumer of as === 'worker' ? ['others'] : ['jobs', 'others']) {
        const events = client.subscribe(undefined, { consumer }).events()
        await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({
          code: 'TCN_ACCESS_DENIED',
        })
      }
    })
  })
})
