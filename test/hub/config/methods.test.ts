import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, connect } from '../../../src/client/index.js'
import type { ConfigCommitted, ConfigDiff } from '../../../src/methods/contract/index.js'
import { eventually } from '../../faults/eventually.js'
import {
  actAs,
  admin,
  far,
  file,
  folder,
  http,
  hub,
  set,
  start,
  startConfigured,
  stop,
  TEXT,
  written,
} from './configured-hub.js'

beforeEach(startConfigured)
afterEach(stop)

describe('over a unix socket', () => {
  it('an edit is shown, committed with its comments, in effect at once, and undone', async () => {
    const diff = await admin.request<ConfigDiff>('config.edit', set('limits.requests', 5))
    expect(diff).toMatchObject({
      changes: [{ key: 'limits.requests', op: 'modify', old: 64, new: 5, effect: 'now' }],
      candidate: { user: 'admin', face: 'native' },
    })
    await admin.request('config.edit', set('log.ring', '32MiB'))
    const result = await admin.request<ConfigCommitted>('config.commit', { label: 'fewer' })
    expect(result).toMatchObject({
      commit: { number: 1, user: 'admin', label: 'fewer', state: 'final' },
      applied: ['limits.requests'],
      restart: ['log.ring'],
    })
    expect(written()).toContain('requests: 5 # at once')
    expect(written()).toContain('# this hub')
    await admin.request('config.rollback', { number: 1 })
    expect(written()).toBe(TEXT)
    const { commits } = await admin.request<{ commits: { number: number }[] }>('config.history')
    expect(commits.map(({ number }) => number)).toEqual([2, 1])
  })

  it('two connections cannot edit at the same time, until one of them ends', async () => {
    const other = await connect({ address: join(folder, 'tocsin.sock') })
    const outcomes = await Promise.allSettled([admin.request('config.lock'), other.request('config.lock')])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'TCN_CONFIG_LOCKED' },
    })
    const [winner, loser] = outcomes[0].status === 'fulfilled' ? [admin, other] : [other, admin]
    await winner.close()
    const locks = () =>
      loser.request('config.lock').then(
        () => true,
        () => false,
      )
    await eventually(locks)
    await other.close()
  })

  it('a named session continues on another connection', async () => {
    const first = await connect({ address: join(folder, 'tocsin.sock') })
    await first.request('config.edit', { session: 'ann', ...set('limits.requests', 5) })
    await first.close()
    await admin.request('config.commit', { session: 'ann' })
    expect(written()).toContain('requests: 5')
  })

  it('every change is reported by an event, and in the audit', async () => {
    const subscription = admin.subscribe(['hub/config', 'hub/audit/config/'])
    const events = subscription.events()[Symbol.asyncIterator]()
    await subscription.ready()
    await admin.request('config.edit', set('limits.requests', 5))

    await admin.request('config.commit', { comment: 'they asked' })
    const seen = [await events.next(), await events.next(), await events.next()].map(({ value }) => value)
    expect(seen).toMatchObject([
      { tag: 'hub/audit/config/edit', data: { changed: { keys: ['limits.requests'] } } },
      { tag: 'hub/config', data: { commit: 1, user: 'admin', state: 'final', applied: ['limits.requests'] } },
      {
        tag: 'hub/audit/config/commit',
        data: { result: 'ok', changed: { commit: 1, comment: 'they asked', keys: ['limits.requests'] } },
      },
    ])
  })

  it('an edited file is a commit by system when it is loaded', async () => {
    writeFileSync(file, TEXT.replace('64', '6'))
    await hub.reload()
    const { commits } = await admin.request<{ commits: unknown[] }>('config.history')
    expect(commits).toMatchObject([{ number: 1, user: 'system', keys: ['limits.requests'] }])
  })

  it('a file that is gone is no empty configuration', async () => {
    rmSync(file)
    await expect(hub.reload()).rejects.toMatchObject({ code: 'TCN_CONFIG_UNREADABLE' })
  })

  it('an invalid candidate is explained and not committed', async () => {
    await admin.request('config.edit', set('limits.request', 5))
    expect(await admin.request('config.validate')).toMatchObject({
      valid: false,
      problems: [{ key: 'limits.request', line: 4 }],
    })
    await expect(admin.request('config.commit')).rejects.toMatchObject({ code: 'TCN_CONFIG_INVALID' })
    expect(await admin.request('config.discard')).toEqual({ discarded: true })
    expect(await admin.request('config.validate')).toEqual({ valid: true, problems: [] })
  })

  it('a commit to be confirmed is reverted in time, without a call', async () => {
    await admin.request('config.edit', set('limits.requests', 5))
    await admin.request('config.commit', { confirmed: 1e6 })
    expect(written()).toContain('requests: 5')
    await eventually(() => written() === TEXT)
  })

  it('a commit to be confirmed can follow another one, and both are kept or reverted together', async () => {
    for (const requests of [5, 6]) {
      await admin.request('config.edit', set('limits.requests', requests))
      await admin.request('config.commit', { confirmed: 60e6 })
    }
    const { unconfirmed } = await admin.request<{ unconfirmed: { extends?: number; until: number } }>(
      'config.diff',
    )
    expect(unconfirmed).toMatchObject({ number: 2, extends: 1 })
    const { commit } = await admin.request<{ commit: { until: number } }>('config.commit', {
      confirmed: 600e6,
    })
    expect(commit.until).toBeGreaterThan(unconfirmed.until + 500e6)
    await admin.request('config.edit', set('limits.requests', 7))
    await expect(admin.request('config.commit')).rejects.toMatchObject({ code: 'TCN_CONFIG_UNCONFIRMED' })
    await admin.request('config.abort')
    expect(written()).toBe(TEXT)
    const { commits } = await admin.request<{ commits: { state: string }[] }>('config.history')
    expect(commits.map(({ state }) => state)).toEqual(['reverted', 'reverted'])
  })
})

describe('over a unix socket of an administrator that does not own the hub', () => {
  let ops: Client

  beforeEach(async () => {
    ops = await connect({ address: join(folder, 'ops.sock') })
  })
  afterEach(() => ops.close())

  it('its rights stay as they are, and nothing can be made to run or read as the user of the hub', async () => {
    const refused = { code: 'TCN_CONFIG_OWNER' }
    for (const [key, value] of [
      ['principals.ops.see', '*'],
      ['sinks', { all: { type: 'exec', program: '/bin/true', filters: 'x/' } }],
      ['jobs.programs', ['sh']],
      ['sources.files', [{ name: 'x', lines: ['/etc/shadow'] }]],
    ] as const)
      await expect(ops.request('config.edit', set(key, value))).rejects.toMatchObject(refused)
    const text = `${TEXT}jobs: { programs: [sh] }\n`
    await expect(ops.request('config.edit', { text })).rejects.toMatchObject(refused)
    expect(await ops.request('config.diff')).toMatchObject({ changes: [] })
    await expect(ops.request('config.commit')).rejects.toMatchObject({ code: 'TCN_CONFIG_UNCHANGED' })
    expect(written()).toBe(TEXT)
  })

  it('the file cannot be read', async () => {
    await expect(ops.request('config.get', { text: true })).rejects.toMatchObject({
      code: 'TCN_CONFIG_OWNER',
    })
    expect(await admin.request('config.get', { text: true })).toMatchObject({ text: TEXT })
  })

  it('limits can be changed', async () => {
    await ops.request('config.edit', set('limits.requests', 5))
    expect(await ops.request('config.commit')).toMatchObject({ applied: ['limits.requests'] })
  })
})

describe('over HTTP', () => {
  it.each([
    ['jobs.programs', ['sh']],
    ['principals.guest', { admin: true }],
    ['listen.unix', [{ path: '/tmp/x.sock' }]],
    ['listen.tls.key', '/etc/shadow'],
    ['sources.files', [{ name: 'x', lines: ['/etc/shadow'] }]],
    ['sysadm.tls.key', '/etc/shadow'],
    ['salt', [{ bus: 'x' }]],
    ['oidc', []],
    ['data', '/tmp/x'],
    ['log.engine', 'memory'],
  ])('%s cannot be changed', async (key, value) => {
    const { status, body } = await far('config.edit', set(key, value))
    expect([status, body]).toMatchObject([403, { code: 'TCN_CONFIG_LOCAL' }])
    expect((body as { detail: string }).detail).toContain(key.split('.')[0])
    expect((await far('config.diff')).body).toMatchObject({ changes: [] })
  })

  it('limits and retention can be changed, committed, confirmed, aborted and rolled back', async () => {
    expect((await far('config.edit', set('log.retention.age', '8d'))).status).toBe(200)
    expect((await far('config.commit', { confirmed: 60e6 })).body).toMatchObject({
      applied: ['log.retention.age'],
    })
    expect((await far('config.confirm')).body).toMatchObject({ commit: { state: 'final' } })
    expect(written()).toContain('age: 8d')
    await far('config.edit', set('limits.requests', 5))
    await far('config.commit', { confirmed: 60e6 })
    expect((await far('config.abort')).body).toMatchObject({ commit: { state: 'reverted' } })
    expect((await far('config.rollback', { number: 1 })).status).toBe(200)
    expect(written()).toBe(TEXT)
  })

  it('rules without a job can be changed by the owner, who could do the same otherwise, and by nobody else', async () => {
    const rule = { filter: 'work/', fire: { tag: 'alert/work' }, onceWithin: '10m' }
    expect((await far('config.edit', set('rules.work', rule))).status).toBe(200)
    const deleted = await far('config.edit', { edits: [{ key: 'rules.work', delete: true }] })
    expect([deleted.status, deleted.body]).toMatchObject([200, { changes: [] }])
    await far('config.edit', set('rules.work', rule))
    expect((await far('config.commit')).status).toBe(200)
    expect(written()).toContain('alert/work')
    for (const [key, value] of [
      ['rules.work.job', ['/bin/true']],
      ['rules.other', { filter: 'work/', job: ['/bin/true'] }],
      ['rules', { other: { filter: 'work/', job: ['/bin/true'] } }],
    ] as const) {
      const { status, body } = await far('config.edit', set(key, value))
      expect([status, body], key).toMatchObject([403, { code: 'TCN_CONFIG_LOCAL' }])
    }
    const asOwner = await actAs({ admin: true })
    const { status, body } = await far('config.edit', set('rules.work.onceWithin', '1h'))
    expect([status, body]).toMatchObject([403, { code: 'TCN_CONFIG_OWNER' }])
    asOwner()
    expect((await far('config.rollback', { number: 1 })).status).toBe(200)
    expect(written()).toBe(TEXT)
  })

  it('nothing of a rule with a job can be changed, nor may a change take the job away', async () => {
    const rule = { filter: 'work/', onceWithin: '10m', sink: 'hook', job: ['/bin/true', 'x'] }
    await admin.request('config.edit', set('jobs.programs', ['/bin/true']))
    await admin.request(
      'config.edit',
      set('sinks.hook', { type: 'webhook', url: 'http://127.0.0.1:9/', filter: 'never/' }),
    )
    await admin.request('config.edit', set('rules.work', rule))
    await admin.request('config.commit')
    const { job: _, ...jobless } = rule
    for (const [key, value] of [
      ['rules.work.filter', '*'],
      ['rules.work.where', 'data.n > 1'],
      ['rules.work.onceWithin', '1s'],
      ['rules.work.atMost.count', 1_000_000],
      ['rules.work', { ...rule, filter: '*' }],
      ['rules.work', jobless],
    ] as const) {
      const { status, body } = await far('config.edit', set(key, value))
      expect([status, body], key).toMatchObject([403, { code: 'TCN_CONFIG_LOCAL' }])
    }
    // Another rule is no concern of the job.
    expect((await far('config.edit', set('rules.other', { ...jobless, filter: 'x/' }))).status).toBe(200)
    await far('config.discard', {})
    expect((await far('config.rollback', { number: 1 })).body).toMatchObject({ code: 'TCN_CONFIG_LOCAL' })
  })

  it('a key is described with its values, and with who may change it', async () => {
    const described = async (key: string) =>
      ((await far('config.describe', { key })).body as { keys: object[] }).keys[0]
    expect(await described('limits.requests')).toMatchObject({
      key: 'limits.requests',
      reach: 'administrators',
      effect: 'now',
    })
    expect(await described('sources.files[].name')).toMatchObject({
      key: 'sources.files[].name',
      reach: 'local',
    })
    expect((await far('config.describe', { key: 'limits.none' })).body).toMatchObject({
      code: 'TCN_CONFIG_EDIT',
    })
    expect((await far('config.describe')).body).toMatchObject({ keys: expect.any(Array) })
  })

  it('neither a reload nor the text of the file is given', async () => {
    expect((await far('config.reload')).body).toMatchObject({ code: 'TCN_ACCESS_LOCAL' })
    expect((await far('config.get', { text: true })).body).toMatchObject({ code: 'TCN_ACCESS_LOCAL' })
    expect((await far('config.get', { key: 'limits.requests' })).body).toEqual({
      revision: expect.any(String),
      values: [{ key: 'limits.requests', value: 64, set: true }],
    })
  })

  it('every answer is as described', async () => {
    const validator = new Ajv2020({ strict: false, validateFormats: false })
    validator.addSchema({
      $id: 'hub',
      ...((await (await fetch(`${http}/v1/openapi.json`)).json()) as object),
    })
    const calls: [string, object][] = [
      ['config.lock', {}],
      ['config.edit', set('limits.requests', 5)],
      ['config.diff', {}],
      ['config.get', { candidate: true }],
      ['config.describe', { key: 'rules.x' }],
      ['config.validate', {}],
      ['config.commit', { confirmed: 60e6, label: 'a', comment: 'b' }],
      ['config.diff', { rollback: 1 }],
      ['config.confirm', {}],
      ['config.history', {}],
      ['config.rollback', { number: 1, confirmed: 60e6 }],
      ['config.abort', {}],
      ['config.discard', {}],
    ]
    for (const [name, params] of calls) {
      const { status, body } = await far(name, params)
      expect(status, `${name} ${JSON.stringify(body)}`).toBe(200)
      const path = `#/paths/${encodeURIComponent(`/v1/${name}`.replaceAll('/', '~1'))}/post/responses/200/content`
      const validate = validator.getSchema(`hub${path}/application~1json/schema`)
      expect(validate?.(body), `${name} ${JSON.stringify(validate?.errors)}`).toBe(true)
    }
  })
})

describe('a hub that starts', () => {
  it('waits on for a confirmation that has time, and commits nothing else meanwhile', async () => {
    await admin.request('config.edit', set('limits.requests', 5))
    await admin.request('config.commit', { confirmed: 60e6 })
    await stop()
    await start()
    expect(await admin.request('config.diff')).toMatchObject({ unconfirmed: { number: 1, user: 'admin' } })
    await admin.request('config.confirm')
    expect(written()).toContain('requests: 5')
  })

  it('goes back to the configuration before an unconfirmed commit that it cannot start with, and says so', async () => {
    const place = join(folder, 'more')
    await admin.request('config.edit', set('listen.unix', [{}, { path: join(place, 'b.sock') }]))
    await admin.request('config.commit', { confirmed: 60e6 })
    await stop()
    rmSync(place, { recursive: true })
    writeFileSync(place, '')
    await start()
    expect(written()).toBe(TEXT)
    expect(hub.notes.join()).toMatch(/commit 1 by admin: .* as before it \(the hub could not start with it: /)
  })
})
