import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { systemTypes } from '../../src/types/host/system.js'

let hub: TestHub
let admin: Client
const clients = new Map<string, Promise<Client>>()

const config = {
  hosts: {
    aliases: { web1: ['10.0.0.1'] },
    labels: { 'web*': { site: 'fra', role: 'web' }, web2: { site: 'ber' } },
  },
  principals: {
    ann: { see: [{ prefix: { tag: 'host/web' } }] },
    bob: { see: ['salt/'] },
    eve: { see: [{ all: [{ prefix: { tag: 'host/' } }, { not: { glob: { tag: 'host/*/system/*' } } }] }] },
  },
}

beforeAll(async () => {
  hub = await startTestHub({ http: true, config, types: systemTypes })
  admin = await hub.connect()
  await admin.publish('host/web1/app/x', { severity: 'info' })
  await admin.publish('host/web2/app/x', { severity: 'warning' })
  await admin.publish('app/x', { severity: 'err', message: 'broken' }, { attributes: { host: '10.0.0.1' } })
  await admin.publish('host/db1/app/x', {})
  hub.hub.hosts.start()
  await vi.waitUntil(async () => (await list()).names.length >= 3, 10_000)
})
afterAll(() => hub?.close())

async function list(params = {}, as = admin) {
  const result = await as.request('hosts.list', params)
  return { ...result, names: result.hosts.map(({ name }) => name) }
}

/** A client with the rights of this principal. */
function as(principal: string): Promise<Client> {
  const known = clients.get(principal) ?? connectAs(principal)
  clients.set(principal, known)
  return known
}

async function connectAs(principal: string): Promise<Client> {
  const { token } = await admin.request('tokens.add', { name: principal, principal })
  return hub.connect({ token })
}

it('lists the worst first, with counts of states, labels and last events', async () => {
  const { names, hosts, states } = await list()
  expect(names).toEqual(['web1', 'web2', 'db1'])
  expect(states).toEqual({ error: 1, silent: 0, warning: 1, ok: 1, left: 0 })
  expect(hosts[0]).toMatchObject({
    state: 'error',
    events: 2,
    hour: { err: 1, info: 1 },
    day: { err: 1, info: 1 },
    labels: { site: 'fra', role: 'web' },
    lastError: { cursor: expect.stringContaining('-3') },
  })
  expect(hosts[1].labels).toEqual({ site: 'ber', role: 'web' })
})

it('chooses by glob, state, source and label', async () => {
  expect((await list({ match: ['web*', '!web1'] })).names).toEqual(['web2'])
  expect((await list({ match: ['!web*'] })).names).toEqual(['db1'])
  expect((await list({ states: ['ok', 'warning'] })).names).toEqual(['web2', 'db1'])
  expect((await list({ source: 'programs', limit: 1 })).names).toEqual(['web1'])
  expect((await list({ source: 'salt' })).names).toEqual([])
  expect((await list({ labels: { site: 'f*' } })).names).toEqual(['web1'])
  expect(await list({ order: 'name', limit: 1 })).toMatchObject({ names: ['db1'], more: true })
})

it('shows a host, by any of its names, with its last events', async () => {
  const { host, aliases, events } = await admin.request('hosts.show', { name: '10.0.0.1' })
  expect(host.name).toBe('web1')
  expect(aliases).toEqual(['10.0.0.1'])
  expect(events).toMatchObject([
    { tag: 'app/x', severity: 'err', summary: expect.stringContaining('broken') },
  ])
})

it('shows everybody only the hosts that they may see', async () => {
  const [ann, bob] = [await as('ann'), await as('bob')]
  expect(await list({}, ann)).toMatchObject({ names: ['web1', 'web2'], states: { ok: 0 } })
  expect(await list({}, bob)).toMatchObject({ names: [], states: { error: 0, ok: 0 } })
  await expect(bob.request('hosts.show', { name: 'web1' })).rejects.toMatchObject({
    code: 'TCN_HOST_UNKNOWN',
  })
  // Its last error has a tag that she may not see.
  expect((await ann.request('hosts.show', { name: 'web1' })).events).toEqual([])
})

it('removes a host, which is there again when it is heard', async () => {
  await admin.request('hosts.remove', { names: ['web2'] })
  await expect.poll(async () => (await list()).names).not.toContain('web2')
  await admin.publish('host/web2/app/x', {})
  await expect.poll(async () => (await list()).names).toContain('web2')
  await expect(admin.request('hosts.remove', { names: ['web9'] })).rejects.toMatchObject({
    code: 'TCN_HOST_UNKNOWN',
  })
})

it('returns all hosts in columns, a page at a time', async () => {
  await admin.publish('host/web2/system/facts', { os: 'Debian GNU/Linux 12' })
  await admin.publish('host/web2/app/x', { severity: 'warning' })
  await expect.poll(async () => (await list({ states: ['warning'] })).names).toEqual(['web2'])
  const own = { match: ['web*', 'db*'] }
  const isDescribed = async () => (await admin.request('hosts.map', own)).systems.length > 1
  await expect.poll(isDescribed).toBe(true)
  const whole = await admin.request('hosts.map', own)
  const at = (name: string) => whole.names.indexOf(name)
  expect(whole.names.toSorted()).toEqual(['db1', 'web1', 'web2'])
  expect(['web1', 'web2', 'db1'].map((name) => whole.levels[at(name)])).toEqual([3, 4, 8])
  expect(['web1', 'web2', 'db1'].map((name) => whole.troubles[at(name)])).toEqual([1, 1, 0])
  expect(whole.labelSets[whole.labels[at('web2')]]).toEqual({ site: 'ber', role: 'web' })
  expect(whole.sources.filter((_, bit) => (whole.kinds[at('db1')] & (1 << bit)) !== 0)).toEqual(['programs'])
  expect(whole.next).toBeUndefined()
  const systemOf = (map: typeof whole, name: string) => map.systems[map.os[map.names.indexOf(name)]]
  expect(['web1', 'web2'].map((name) => systemOf(whole, name))).toEqual(['', 'Debian GNU/Linux 12'])
  const toEve = await (await as('eve')).request('hosts.map', own)
  expect([systemOf(toEve, 'web2'), toEve.systems]).toEqual(['', ['']])

  const names: string[] = []
  let after: string | undefined
  do {
    const page = await admin.request('hosts.map', {
      ...own,
      limit: 1,
      within: 'day',
      ...(after && { after }),
    })
    expect(page.names.length).toBeLessThanOrEqual(1)
    names.push(...page.names)
    after = page.next
  } while (after !== undefined)
  expect(names.toSorted()).toEqual(['db1', 'web1', 'web2'])
  expect((await admin.request('hosts.map', { match: ['web*'], labels: { site: 'fra' } })).names).toEqual([
    'web1',
  ])
})

it('maps for everybody only the hosts that they may see', async () => {
  const [ann, bob] = [await as('ann'), await as('bob')]
  expect((await ann.request('hosts.map', {})).names.toSorted()).toEqual(['web1', 'web2'])
  expect((await bob.request('hosts.map', {})).names).toEqual([])
})

it('is there over HTTP with GET, for a list and for one host', async () => {
  const { token } = await admin.request('tokens.add', { name: 'curl', principal: 'ann' })
  const get = async (path: string) => {
    const answer = await fetch(hub.http + path, { headers: { authorization: `Bearer ${token}` } })
    return { status: answer.status, ...(await answer.json()) }
  }
  const { hosts, states } = await get('/v1/hosts?match=web*&state=error&state=warning&label=role=w*&limit=1')
  expect(hosts).toMatchObject([{ name: 'web1', state: 'error' }])
  expect(states).toMatchObject({ error: 1, warning: 1 })
  expect(await get('/v1/hosts/10.0.0.1')).toMatchObject({ status: 200, names: ['web1', '10.0.0.1'] })
  expect(await get('/v1/hosts/db1')).toMatchObject({ status: 404, code: 'TCN_HOST_UNKNOWN' })
  expect(await get('/v1/hosts?label=site')).toMatchObject({ status: 400, code: 'TCN_HTTP_QUERY' })
  expect(await get('/v1/hosts?state=ill')).toMatchObject({ status: 400, code: 'TCN_HTTP_QUERY' })
})
