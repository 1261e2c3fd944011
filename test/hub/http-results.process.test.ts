import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** Methods that need a cluster, a file, an SCTP socket, or a commit that waits. The compiler checks their results as all others'. */
const ELSEWHERE = [
  'hub.reload',
  'cluster.status',
  'cluster.overview',
  'cluster.stepDown',
  'cluster.verify',
  'devices.push',
  'devices.queue',
  'devices.prune',
  'ncs.diff',
  'sctp.publish',
]

let hub: TestHub
let client: Client
let folder: string
let token: string
let validator: Ajv2020
const called = new Set<string>()

beforeAll(async () => {
  folder = temporaryFolder('results')
  hub = await startTestHub({
    data: folder,
    http: true,
    config: {
      sinks: { archive: { type: 'file', path: join(folder, 'archive.ndjson') } },
      rules: {
        copy: { filter: 'rules/', fire: { tag: 'copied' } },
        down: { filter: 'down/', alert: { severity: 'critical', resolve: 'byHand' } },
      },
      jobs: { programs: ['echo', 'sleep'] },
      principals: { probe: { see: '*', run: '*' } },
    },
  })
  hub.hub.start()
  client = await hub.connect()
  token = (await client.request('tokens.add', { name: 'results', rights: '*' })).token
  validator = new Ajv2020({ strict: false, validateFormats: false })
  const document = (await (await fetch(`${hub.http}/v1/openapi.json`)).json()) as object
  validator.addSchema({ $id: 'hub', ...document })
})

afterAll(() => hub.close())

/** Calls a method over HTTP, checks every line of the answer against the description, and returns the result. */
// biome-ignore lint/suspicious/noExplicitAny: what the description promises is the point of the test
async function call(name: string, params: object = {}): Promise<any> {
  called.add(name)
  const answer = await fetch(`${hub.http}/v1/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(params),
  })
  const body = await answer.text()
  expect(answer.status, `${name}: ${body}`).toBe(200)
  const type = answer.headers.get('content-type')?.split(';')[0] ?? ''
  const lines = type === 'application/x-ndjson' ? body.trim().split('\n') : [body]
  for (const line of lines) check(name, type, JSON.parse(line))
  const last = JSON.parse(lines.at(-1) ?? '')
  return type === 'application/x-ndjson' ? last.result : last
}

function check(name: string, type: string, value: unknown): void {
  const at = `#/paths/${encodeURIComponent(`/v1/${name}`.replaceAll('/', '~1'))}/post/responses/200/content`
  const validate = validator.getSchema(`hub${at}/${type.replace('/', '~1')}/schema`)
  expect(validate, `${name} as ${type} is described`).toBeDefined()
  validate?.(value)
  expect(validate?.errors ?? [], `${name}: ${JSON.stringify(value).slice(0, 500)}`).toEqual([])
}

async function park(consumer: string, count: number): Promise<void> {
  const subscription = client.subscribe('demo/', { consumer })
  await subscription.ready()
  for (let n = 0; n < count; n++) await client.publish(`demo/${n}`, { n })
  let seen = 0
  for await (const event of subscription.events()) {
    subscription.ack(event, 'park', { reason: 'not now' })
    if (++seen === count) break
  }
  while ((await call('parked.list', { consumer })).parked.length < count);
}

it('results of methods are as the description of the interface says', async () => {
  const { cursor } = await client.publish('demo/first', { level: 3 }, { ack: 'durable' })
  expect(cursor).toBeDefined()
  await call('hub.trends', { of: 'sources' })
  for (const name of [
    'hub.status',
    'hub.health',
    'hub.history',
    'sources.list',
    'metrics.read',
    'types.list',
    'streams.list',
  ])
    await call(name)
  for (const name of [
    'log.info',
    'log.verify',
    'log.compress',
    'log.index',
    'log.compact',
    'subscribers.list',
    'sctp.associations',
    'devices.list',
  ])
    await call(name)
  await call('log.info')

  await call('events.get', { cursor })
  await call('events.read', { from: 'start', limit: 1 })
  await call('events.histogram', { by: 'tag' })
  await call('events.facets', { field: 'data.level' })
  await call('events.facets', { field: 'tag', from: 'start' })
  await call('events.late')
  await call('filters.check', { filters: { exact: { 'data.missing': 1 } }, fields: ['data.level'] })
  await call('filters.explain', { filters: 'demo/', cursor, from: 'start' })
  await call('tags.complete', { prefix: '' })
  await call('gaps.list')

  await call('consumers.create', { name: 'work', filters: 'demo/', from: 'start' })
  await call('consumers.list')
  await park('later', 3)
  await call('subscribers.list')
  await call('consumers.get', { name: 'later' })
  await call('consumers.seek', { name: 'work', to: 'start', dryRun: true })
  const { parked } = await call('parked.list')
  await call('parked.get', { id: parked[0].id })
  await call('parked.delete', { ids: [parked[0].id] })
  await call('parked.redeliver', { consumer: 'later' })
  await call('consumers.delete', { name: 'work' })

  await call('tokens.add', { name: 'made', rights: { see: ['demo/', { exact: { type: 'x' } }] } })
  await call('tokens.list')
  await call('tokens.rotate', { name: 'made', grace: 60_000_000 })
  await call('tokens.revoke', { name: 'made' })
  await call('passwords.set', { principal: 'probe', password: 'correct horse battery staple' })
  await call('passwords.remove', { principal: 'probe' })

  await call('views.save', {
    name: 'failed jobs',
    query: 'filter=salt/job/&is=data.retcode%3D1',
    shared: true,
  })
  await call('views.rename', { name: 'failed jobs', to: 'broken jobs' })
  await call('views.list')
  await call('views.delete', { name: 'broken jobs' })

  await call('ncs.progress', {
    state: 'stop',
    name: 'import',
    span: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    duration: 7,
  })
  await call('ncs.event', {
    notification: { type: 'AUDIT', audit: { logno: 1, user: 'ann', msg: 'x', usid: 2 } },
  })

  await call('rules.list')
  await call('rules.show', { name: 'copy' })
  await client.publish('down/web1', {})
  const until = Date.now() * 1000 + 60_000_000
  const { silence } = await call('alerts.silence', { matchers: { rule: 'down' }, until, why: 'a test' })
  let fires: { alerts: { key: string }[] } = { alerts: [] }
  while (fires.alerts.length === 0) fires = await call('alerts.list', { all: true })
  await call('alerts.resolve', { key: fires.alerts[0].key })
  while (!(await call('alerts.list')).silences.some(({ id }: { id: string }) => id === silence.id));
  await call('alerts.unsilence', { id: silence.id })
  await client.publish('host/web1/x', {})
  let known: { hosts: unknown[] } = { hosts: [] }
  while (known.hosts.length === 0) known = await call('hosts.list', { match: ['web1'] })
  await call('hosts.show', { name: 'web1' })
  await call('hosts.map')
  await call('edges.read', { edges: '@here,web9', filters: ['demo/'] })
  await call('edges.ask', { edges: '@here,web9', method: 'hub.status' })
  const login = { name: 'web9', principal: 'admin', address: 'unix', usid: 1 }
  hub.hub.observers.edges.attach(login, () => 0).detach()
  await call('edges.forget', { names: ['web9'] })
  await call('hosts.remove', { names: ['web1'] })
  await call('sinks.list')
  for (const name of ['sinks.test', 'sinks.pause', 'sinks.resume']) await call(name, { name: 'archive' })

  const { id } = await call('jobs.run', { commands: ['echo hello'] })
  const output = await call('jobs.output', { id, wait: 10_000_000 })
  expect(Buffer.from(output.bytes, 'base64').toString()).toBe('hello\n')
  await call('jobs.get', { id })
  await call('jobs.list')
  const sleeper = await call('jobs.run', { commands: ['sleep 600'] })
  await call('jobs.kill', { ids: [sleeper.id] })
})

it('every method has been called', async () => {
  const { paths } = (await (await fetch(`${hub.http}/v1/openapi.json`)).json()) as { paths: object }
  const methods = Object.keys(paths).flatMap((path) => /^\/v1\/(\w+\.\w+)$/.exec(path)?.[1] ?? [])
  // test/hub/config/methods.test.ts calls those for the configuration, which need a hub with a file.
  const here = methods.filter((name) => name !== 'openapi.json' && !name.startsWith('config.'))
  const notCalled = here.filter((name) => !called.has(name))
  expect(notCalled).toEqual(ELSEWHERE)
})
