import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { type Client, connect, type Subscription } from '../../../src/client/index.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { callMethod } from '../../../src/faces/shared/call-method.js'
import { hubConfig } from '../../../src/hub/config/index.js'
import { RunningConfig } from '../../../src/hub/config/running-config.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import { openSocket } from '../../helpers/open-face.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

type Written = z.input<typeof hubConfig>

const guest = (rights: object): Written => ({ principals: { guest: rights as never } })

let hub: TestHub
let admin: Client
let peer: Client
let written: Written
let folder: string

async function start(config: Written): Promise<RunningConfig> {
  written = config
  hub = await startTestHub({ config })
  const path = join(folder, 'guest.sock')
  await openSocket(hub, path, 'guest')
  admin = await hub.connect()
  peer = await connect({ address: path })
  return new RunningConfig({
    runtime: realRuntime,
    hub: hub.hub,
    config: hubConfig.parse(config),
    sources: true,
    read: async () => ({ file: 'tocsin.yaml', config: hubConfig.parse(written) }),
  })
}

async function live(subscription: Subscription): Promise<AsyncIterator<{ tag: string }>> {
  const events = subscription.events()[Symbol.asyncIterator]()
  await subscription.ready()
  return events as AsyncIterator<{ tag: string }>
}

beforeEach(() => {
  folder = temporaryFolder('reload')
})

afterEach(async () => {
  await peer?.close()
  await admin?.close()
  await hub?.close()
})

describe('rights', () => {
  it('that are removed and added apply to open subscriptions', async () => {
    const reload = await start(guest({ see: ['a/'] }))
    const events = await live(peer.subscribe())
    await admin.publish('a/1', 1)
    expect((await events.next()).value.tag).toBe('a/1')
    written = guest({ see: ['b/'] })
    expect(await reload.reload()).toMatchObject({ applied: ['principals.guest'], restart: [] })
    await admin.publish('a/2', 2)
    await admin.publish('b/3', 3)
    expect((await events.next()).value.tag).toBe('b/3')
  })

  it('to publish apply to connections that have already published', async () => {
    const reload = await start(guest({ publish: ['a/'] }))
    await peer.publish('a/1', 1)
    written = guest({ publish: ['b/'] })
    await reload.reload()
    await expect(peer.publish('a/2', 2)).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
    await peer.publish('b/1', 1)
  })

  it('to a consumer end its connections when they are removed', async () => {
    const reload = await start(guest({ see: ['a/'], consume: ['work'] }))
    const subscription = peer.subscribe('a/', { consumer: 'work' })
    const events = await live(subscription)
    const ended = events.next()
    written = guest({ see: ['a/'] })
    await reload.reload()
    await expect(ended).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  })

  it('of a removed principal no longer apply', async () => {
    const reload = await start(guest({ publish: ['a/'] }))
    await peer.publish('a/1', 1)
    written = {}
    await reload.reload()
    await expect(peer.publish('a/2', 2)).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  })
})

describe('a changed configuration', () => {
  it('is applied where possible, and reported as waiting for a restart elsewhere, at every reload', async () => {
    const reload = await start(guest({}))
    written = {
      ...guest({}),
      log: { retention: { age: '1h' }, compression: 'off', engine: 'memory' },
      limits: { connections: 7, frame: '1MiB' },
    }
    expect(await reload.reload()).toEqual({
      file: 'tocsin.yaml',
      applied: ['log.retention.age', 'log.compression', 'limits.connections'],
      restart: ['log.engine', 'limits.frame'],
    })
    expect(hub.hub.retention.policy.age).toBe(3600e6)
    expect(hub.hub.limits.connections).toBe(7)
    expect(await reload.reload()).toMatchObject({ applied: [], restart: ['log.engine', 'limits.frame'] })
  })

  it('is reported as an event', async () => {
    const reload = await start(guest({}))
    const events = await live(admin.subscribe('hub/config'))
    written = { ...guest({}), limits: { requests: 5 } }
    await reload.reload()
    const { value } = (await events.next()) as { value: { data: unknown } }
    expect(value.data).toEqual({ file: 'tocsin.yaml', applied: ['limits.requests'], restart: [] })
  })

  it('that is invalid changes nothing, and is reported with its problems', async () => {
    const reload = await start(guest({ publish: ['a/'] }))
    const events = await live(admin.subscribe('hub/config'))
    const problems = [{ line: 1, column: 1, key: 'x', message: 'unknown key' }]
    const broken = new RunningConfig({
      runtime: realRuntime,
      hub: hub.hub,
      config: hubConfig.parse(written),
      sources: true,
      read: async () => {
        throw new TocsinError('TCN_CONFIG_INVALID', 'no', { details: { file: 'f.yaml', problems } })
      },
    })
    await expect(broken.reload()).rejects.toMatchObject({ code: 'TCN_CONFIG_INVALID' })
    const { value } = (await events.next()) as { value: { data: unknown } }
    expect(value.data).toMatchObject({ file: 'f.yaml', error: { code: 'TCN_CONFIG_INVALID' }, problems })
    await peer.publish('a/1', 1)
    expect(await reload.reload()).toMatchObject({ applied: [], restart: [] })
  })
})

describe('sources', () => {
  const lines = (name: string) => ({ name, lines: [join(folder, `${name}.log`)], from: 'start' as const })
  const withSources = (...names: string[]): Written => ({
    ...guest({}),
    sources: { system: { enabled: false }, files: names.map(lines) },
  })

  it('are added, removed and changed, and unchanged ones keep running', async () => {
    const reload = await start(withSources())
    writeFileSync(join(folder, 'one.log'), '')
    written = withSources('one', 'two')
    expect(await reload.reload()).toMatchObject({ applied: ['sources.files'] })
    expect(hub.hub.sources.map(({ name }) => name)).toEqual(['files/one', 'files/two'])
    const [one] = hub.hub.sources
    written = withSources('one', 'three')
    await reload.reload()
    expect(hub.hub.sources.map(({ name }) => name)).toEqual(['files/one', 'files/three'])
    expect(hub.hub.sources[0]).toBe(one)
    const events = await live(admin.subscribe('host/'))
    appendFileSync(join(folder, 'one.log'), 'hello\n')
    expect((await events.next()).value.tag).toContain('/files/one/')
    written = withSources()
    await reload.reload()
    expect(hub.hub.sources).toEqual([])
    expect(one.status().state).toBe('stopped')
  })
})

describe('config.reload', () => {
  it('is accepted over a unix socket only', async () => {
    await start(guest({}))
    const { methods, access } = hub.hub
    const call = {
      principal: access.principal('admin'),
      signal: new AbortController().signal,
      part: async () => {},
    }
    await expect(
      callMethod({ methods, authorize: access.authorize }, 'config.reload', {}, call),
    ).rejects.toMatchObject({
      code: 'TCN_ACCESS_LOCAL',
    })
    // A test hub has no configuration file. This error shows that the request was accepted.
    await expect(admin.request('config.reload')).rejects.toMatchObject({ code: 'TCN_CONFIG_ABSENT' })
    await expect(peer.request('config.reload')).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  })
})

describe('programs of jobs', () => {
  it('and the rights to run them apply from the next job on', async () => {
    const reload = await start(guest({ run: ['echo'] }))
    const run = () => peer.request('jobs.run', { commands: ['echo a'] })
    await expect(run()).rejects.toMatchObject({ code: 'TCN_JOB_OFF' })
    written = { ...guest({ run: ['echo'] }), jobs: { programs: ['echo'] } }
    expect(await reload.reload()).toMatchObject({ applied: ['jobs.programs'], restart: [] })
    await run()
    written = { ...guest({ run: [] }), jobs: { programs: ['echo'] } }
    expect(await reload.reload()).toMatchObject({ applied: ['principals.guest'], restart: [] })
    await expect(run()).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  })
})
