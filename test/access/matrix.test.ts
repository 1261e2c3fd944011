import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import {
  MatrixHub,
  mayOperate,
  restricted,
  SECRET,
  SECRET_DATA,
  sees,
  textOf,
  upgrade,
} from './matrix-hub.js'

/**
 * Tests principal × face × path: a principal receives only the events, counts and names that it may see,
 * whichever way it asks. The paths come from the tables of routes and methods here, and of ops in
 * test/node/access/matrix-native.test.ts: one that is added without an entry fails.
 */

const OPEN = 3

let hub: MatrixHub
let admin: Client
let secretCursor: string
let parkedId: string

beforeAll(async () => {
  hub = await MatrixHub.start()
  admin = hub.admin
  for (let n = 0; n < OPEN; n++) {
    await admin.publish(`open/${n}`, { n })
    secretCursor = (await hub.publishSecret(n)).cursor ?? ''
  }
  parkedId = await hub.parkSecret()
  for (const name of [SECRET, 'web1']) await admin.publish(`host/${name}/x`, {})
  hub.test.hub.hosts.start()
  while ((await admin.request('hosts.list', { match: [SECRET] })).hosts.length === 0);
})

afterAll(() => hub?.close())

interface MethodEntry {
  params: () => Record<string, unknown>
  /** Checks the result. */
  check?: (result: never, as: string) => void
  /** Affects all later tests, so only refusals are tested. */
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
  'events.late': { params: () => ({ to: 'now' }) },
  'filters.check': {
    params: () => ({ filters: ['open/', `${SECRET}/`], where: 'EXISTS data.missing', from }),
    check: ({ looked }: { looked: number }, as) => expect(looked).toBe(counted(as)),
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
  // A principal that may use a consumer may know its filter and position.
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
  'streams.list': { params: () => ({}) },
  'rules.list': { params: () => ({}) },
  'rules.show': notHad,
  'alerts.list': { params: () => ({}) },
  'alerts.silence': notHad,
  'alerts.unsilence': notHad,
  'alerts.resolve': notHad,
  'hosts.map': { params: () => ({}) },
  'edges.read': { params: () => ({ edges: '@here', from }) },
  'edges.ask': { params: () => ({ edges: '@here', method: 'hub.status' }) },
  'edges.forget': notHad,
  'hosts.list': {
    params: () => ({}),
    check: ({ hosts }: { hosts: unknown[] }) => expect(hosts).toEqual([]),
  },
  'hosts.show': {
    params: () => ({ name: SECRET }),
    check: () => expect.unreachable(),
  },
  'hosts.remove': notHad,
  'sinks.list': { params: () => ({}) },
  'sinks.pause': notHad,
  'sinks.resume': notHad,
  'sinks.test': notHad,
  'cluster.status': { params: () => ({}), refusalsOnly: true },
  'cluster.overview': { params: () => ({}), refusalsOnly: true },
  'cluster.stepDown': notHad,
  'cluster.verify': notHad,
  'log.info': { params: () => ({}) },
  'log.verify': { params: () => ({}) },
  'log.compress': { params: () => ({}) },
  'log.index': { params: () => ({}) },
  'log.compact': notHad,
  'hub.status': { params: () => ({}) },
  'hub.health': { params: () => ({}) },
  'hub.history': { params: () => ({}) },
  'config.describe': { params: () => ({ key: 'limits.requests' }), refusalsOnly: true },
  'hub.trends': { params: () => ({ of: 'sinks' }) },
  'hub.reload': notHad,
  'sources.list': { params: () => ({}) },
  'devices.list': { params: () => ({}) },
  'devices.push': notHad,
  'devices.queue': { params: () => ({}), refusalsOnly: true },
  'devices.prune': notHad,
  'sctp.associations': { params: () => ({}) },
  'sctp.publish': {
    params: () => ({
      source: SECRET,
      platform: 'linux',
      endian: 'little',
      notifications: ['CYAAAAwAAAADAAAA'],
    }),
    check: (answer, _as) =>
      expect(answer).toMatchObject({ accepted: 0, errors: [{ index: 0, code: 'TCN_ACCESS_DENIED' }] }),
  },
  'metrics.read': { params: () => ({}) },
  'jobs.run': { params: () => ({ id: 'mine', commands: ['true'] }) },
  'jobs.list': { params: () => ({}), check: ({ jobs }: { jobs: [] }, _as) => expect(jobs).toEqual([]) },
  'jobs.get': { params: () => ({ id: SECRET }) },
  'jobs.output': { params: () => ({ id: SECRET }) },
  'jobs.kill': { params: () => ({ ids: [SECRET] }) },
  'config.reload': notHad,
  'config.get': { params: () => ({}), refusalsOnly: true },
  'config.diff': { params: () => ({}), refusalsOnly: true },
  'config.validate': notHad,
  'config.history': notHad,
  'config.lock': notHad,
  'config.edit': { params: () => ({ edits: [] }), refusalsOnly: true },
  'config.discard': notHad,
  'config.commit': notHad,
  'config.confirm': notHad,
  'config.abort': notHad,
  'config.rollback': { params: () => ({ number: 1 }), refusalsOnly: true },
  // Nothing waits here; what a waiting transaction gives is tested with the store.
  'ncs.diff': { params: () => ({ thandle: 1, usid: 1 }) },
  // Nobody reads PROGRESS here; who may produce it is tested with the face.
  'ncs.progress': {
    params: () => ({ state: 'start', name: 'mine', span: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }),
    check: ({ reported }: { reported: boolean }) => expect(reported).toBe(false),
  },
  'ncs.event': { params: () => ({ notification: { type: 'REOPEN_LOGS' } }) },
  'tokens.add': { params: () => ({ name: 'mine', rights: '*' }) },
  'tokens.list': { params: () => ({}) },
  'tokens.rotate': { params: () => ({ name: 'admin' }) },
  'tokens.revoke': notHad,
  'passwords.set': { params: () => ({ principal: 'admin', password: 'correct horse' }) },
  'passwords.remove': notHad,
  'views.list': { params: () => ({}) },
  'views.save': { params: () => ({ name: 'mine', query: 'filter=open/', replace: true }) },
  'views.rename': { params: () => ({ name: 'of nobody', to: 'mine' }) },
  'views.delete': { params: () => ({ name: 'of admin', owner: 'admin' }) },
}

/** Methods that show filters and tags to principals with the right monitor; events stay hidden from them. */
const forOperators = new Set(['subscribers.list', 'metrics.read'])

describe('methods', () => {
  it('are all in this matrix', () => {
    expect([...hub.test.hub.methods.keys()].sort()).toEqual(Object.keys(methods).sort())
  })

  for (const [name, { params, check, refusalsOnly, tellsFilter }] of Object.entries(methods)) {
    for (const as of restricted) {
      it(`${name} gives ${as} only what it is allowed to see`, async () => {
        const rights = [hub.test.hub.methods.get(name)!.right].flat()
        const may = rights.some((right) => hub.may(as, right))
        if (refusalsOnly && may) return
        const client = await hub.come('unix', as)
        const overHttp = await hub.ask(as, `/v1/${name}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(params()),
        })
        const body = await overHttp.text()
        const answer = await client.request<unknown>(name, params()).catch((error) => error)
        if (!may) {
          expect(answer).toMatchObject({
            code: 'TCN_ACCESS_DENIED',
            details: { right: rights.join(' or ') },
          })
          expect(overHttp.status).toBe(403)
          return
        }
        if (forOperators.has(name) && mayOperate(as, 'monitor')) {
          for (const text of [textOf(answer), body]) expect(text).not.toContain(SECRET_DATA)
          return
        }
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

const event = { specversion: '1.0', id: '1', source: 'x', type: 't', tag: `${SECRET}/x` }
const plain = { method: 'POST', headers: { 'content-type': 'application/json' } }
const restconfState = '/restconf/data/ietf-restconf-monitoring:restconf-state'
const pastOf = (stream: string) =>
  `/restconf/streams/${stream}?start-time=1970-01-01T00:00:00Z&stop-time=${new Date().toISOString()}`

const routes: Record<string, RouteEntry> = {
  'get /': { path: () => '/' },
  'get /view/*': { path: () => '/view/events' },
  'get /console/{file}': { path: () => '/console/absent.js' },
  'get /v1/session': { path: () => '/v1/session' },
  'post /v1/session': { path: () => '/v1/session', init: { method: 'POST' } },
  'delete /v1/session': { path: () => '/v1/session', init: { method: 'DELETE' } },
  'get /v1/session/oidc': { path: () => '/v1/session/oidc' },
  'post /v1/session/oidc': { path: () => '/v1/session/oidc', init: { ...plain, body: '{}' } },
  'get /v1/session/oidc/callback': { path: () => '/v1/session/oidc/callback', init: { redirect: 'manual' } },
  'get /healthz': { path: () => '/healthz' },
  'get /readyz': { path: () => '/readyz' },
  'get /metrics': { path: () => '/metrics' },
  'get /v1/health': { path: () => '/v1/health' },
  'get /v1/info': { path: () => '/v1/info' },
  'get /v1/openapi.json': { path: () => '/v1/openapi.json' },
  'get /v1/types': { path: () => '/v1/types' },
  'get /v1/types/{type}': { path: () => '/v1/types/hub.started' },
  'get /v1/events': { path: () => '/v1/events?from=start' },
  'get /v1/events/{cursor}': { path: () => `/v1/events/${secretCursor}` },
  'get /v1/stream': { path: () => '/v1/stream?from=start&to=end' },
  'get /.well-known/host-meta': { path: () => '/.well-known/host-meta' },
  'get /restconf': { path: () => '/restconf' },
  'get /restconf/data/{module}': { path: () => restconfState },
  'get /restconf/data/{module}/{part}': { path: () => `${restconfState}/streams` },
  'get /restconf/streams/{name}': { path: () => pastOf('NETCONF') },
  'get /restconf/streams/{name}/{encoding}': { path: () => pastOf('NETCONF/json') },
  'get /v1/histogram': { path: () => '/v1/histogram?from=-1h&by=tag' },
  'get /v1/facets': { path: () => '/v1/facets?from=-1h&field=tag' },
  'get /v1/hosts': { path: () => '/v1/hosts' },
  'get /v1/hosts/{name}': { path: () => '/v1/hosts/web1' },
  'get /v1/tags': { path: () => '/v1/tags?prefix=' },
  'get /v1/ws': { path: () => '/v1/ws' },
  'post /v1/ticket': { path: () => '/v1/ticket', init: { method: 'POST' } },
  'post /v1/hook/{name}': { path: () => '/v1/hook/absent', init: { method: 'POST' } },
  'post /v1/otlp/{name}/v1/logs': { path: () => '/v1/otlp/absent/v1/logs', init: { ...plain, body: '{}' } },
  'post /v1/otlp/{name}/v1/traces': {
    path: () => '/v1/otlp/absent/v1/traces',
    init: { ...plain, body: '{}' },
  },
  'post /v1/events': { path: () => '/v1/events', init: { ...plain, body: JSON.stringify(event) } },
}

describe('the right monitor', () => {
  const looks = [
    'devices.list',
    'gaps.list',
    'hub.health',
    'hub.history',
    'hub.status',
    'hub.trends',
    'log.info',
    'metrics.read',
    'rules.list',
    'sctp.associations',
    'sinks.list',
    'sources.list',
    'subscribers.list',
  ]

  it('is enough for what shows the state of the hub, and for nothing that changes it', () => {
    const found = [...hub.test.hub.methods.values()].filter(({ right }) => [right].flat().includes('monitor'))
    expect(found.map(({ name }) => name).sort()).toEqual(
      ['cluster.overview', 'cluster.status', 'devices.queue', 'edges.ask', ...looks].sort(),
    )
  })

  it.each(looks)('answers %s over HTTP and over a socket', async (name) => {
    const client = await hub.come('unix', 'probe')
    expect(await client.request<unknown>(name, {})).toBeDefined()
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    expect((await hub.ask('probe', `/v1/${name}`, init)).status).toBe(200)
  })

  it('shows the gaps that sources reported', async () => {
    hub.test.bus.emit({ tag: 'hub/gap/x', data: { source: 'x', reason: 'overflow', count: 3 } })
    const probe = await hub.come('unix', 'probe')
    expect(await probe.request('gaps.list', {})).toMatchObject({ gaps: [{ source: 'x', count: 3 }] })
    const eye = await hub.come('unix', 'eye')
    expect(await eye.request('gaps.list', {})).toMatchObject({ gaps: [] })
  })
})

/** What needs no token, and its answer to requests of this matrix. */
const withoutToken: Record<string, number> = {
  'delete /v1/session': 204,
  'get /': 200,
  'get /.well-known/host-meta': 200,
  'get /console/{file}': 404,
  'get /healthz': 200,
  'get /readyz': 200,
  'get /v1/openapi.json': 200,
  'get /v1/session/oidc': 200,
  'get /v1/session/oidc/callback': 303,
  'get /view/*': 200,
  // A webhook and a source of OTLP ask their senders for a secret of their own; here there are none.
  'post /v1/hook/{name}': 404,
  'post /v1/otlp/{name}/v1/logs': 404,
  'post /v1/otlp/{name}/v1/traces': 404,
  // It needs an issuer.
  'post /v1/session/oidc': 400,
}

describe('routes', () => {
  it('are all in this matrix, each with a right', async () => {
    const document = (await (await hub.ask('admin', '/v1/openapi.json')).json()) as {
      paths: Record<string, Record<string, { 'x-right'?: string }>>
    }
    const found = Object.entries(document.paths).flatMap(([path, ways]) =>
      Object.entries(ways).map(([method, about]) => ({ name: `${method} ${path}`, right: about['x-right'] })),
    )
    const rights = ['none', 'any', 'publish', 'produce', 'see', 'consume', 'run', 'monitor', 'admin']
    for (const { right } of found) expect(rights).toEqual(expect.arrayContaining(right!.split(' or ')))
    const open = found.filter(({ right }) => right === 'none').map(({ name }) => name)
    expect(open.sort()).toEqual(Object.keys(withoutToken).sort())
    const others = found.map(({ name }) => name).filter((name) => !/^post \/v1\/[a-z]+\.[a-z]+$/i.test(name))
    expect(others.sort()).toEqual(Object.keys(routes).sort())
  })

  for (const [name, { path, init }] of Object.entries(routes)) {
    it(`${name} requires identification, except for health, webhooks, the console and what describes the interface`, async () => {
      const status = name.endsWith('/ws')
        ? await upgrade(hub.test.http + path())
        : (await hub.ask(undefined, path(), init)).status
      expect(status).toBe(withoutToken[name] ?? 401)
    })

    it.each(restricted)(`${name} gives %s only what it is allowed to see`, async (as) => {
      const response = await hub.ask(as, path(), init)
      const body = await response.text()
      expect(body).not.toContain(SECRET_DATA)
      if (name === 'get /metrics') expect(response.status).toBe(mayOperate(as, 'monitor') ? 200 : 403)
      else if (name === 'post /v1/events') expect(response.status).toBe(403)
      else expect(body).not.toContain(SECRET)
    })
  }

  it('for counts include only visible events', async () => {
    for (const as of restricted) {
      const response = await hub.ask(as, `/v1/histogram?from=-1h&filter=open/&filter=${SECRET}/`)
      const histogram = (await response.json()) as { total?: number }
      expect(histogram.total).toBe(sees(as) ? OPEN : undefined)
      expect(response.status).toBe(sees(as) ? 200 : 403)
    }
  })
})
