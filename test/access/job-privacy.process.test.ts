import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import type { EventPage, JobInfo, MadeTokenInfo } from '../../src/methods/contract/index.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { textOf } from './matrix-hub.js'

/** The output of a job reaches its owner and those that see all jobs, by every method and route that reads. */

const OUTPUT = 'output of the job'
const everything = { see: '*', run: '*', consume: '*', monitor: true } as const
const mayRead: Record<string, boolean> = { ann: true, keeper: true, bob: false, eye: false }

let hub: TestHub
const clients = new Map<string, Client>()
const tokens = new Map<string, string>()
let cursor: string
let parked: string

const as = (name: string) => clients.get(name)!

beforeAll(async () => {
  const { run: _, ...eye } = everything
  const principals = {
    ann: everything,
    bob: everything,
    eye,
    keeper: { ...everything, admin: true },
  } as const
  hub = await startTestHub({ http: true, config: { principals, jobs: { programs: ['cat'] } } })
  const admin = await hub.connect()
  clients.set('admin', admin)
  for (const name of Object.keys(principals)) {
    const { token } = await admin.request<MadeTokenInfo>('tokens.add', { name })
    tokens.set(name, token)
    clients.set(name, await connect({ address: hub.address, token }))
  }
  const file = join(temporaryFolder('job-privacy'), 'text')
  writeFileSync(file, OUTPUT)
  await as('ann').request('jobs.run', { id: 'private', commands: [`cat ${file}`] })
  const watching = as('ann').subscribe('sysadm/dispatcher/', { from: 'start' })
  for await (const event of watching.events()) {
    const { state } = event.data as { state: string }
    cursor = event.cursor
    if (state === 'finished') break
  }
  await watching.close()
  const subscription = as('ann').subscribe('sysadm/', { consumer: 'shared', from: 'start' })
  for await (const event of subscription.events()) {
    subscription.ack(event, event.cursor === cursor ? 'park' : undefined, { reason: 'kept' })
    if (event.cursor === cursor) break
  }
  for (parked = ''; parked === ''; ) {
    const list = await as('ann').request<{ parked: { id: string }[] }>('parked.list', {})
    parked = list.parked[0]?.id ?? ''
  }
  await subscription.close()
})

afterAll(async () => {
  for (const client of clients.values()) await client.close()
  await hub?.close()
})

const filters = { prefix: { tag: 'sysadm/dispatcher/' } }

/** Parameters with which a method that reads would show the job; the others are called with none. */
const parameters = (): Record<string, Record<string, unknown>> => ({
  'events.get': { cursor },
  'events.read': { from: 'start', filters },
  'events.histogram': { from: '-1h', by: 'type', filters },
  'events.facets': { field: 'data.state', from: '-1h', filters },
  'tags.complete': { prefix: 'sysadm/' },
  'filters.explain': { filters: { contains: { 'data.state': 'nonsense' } }, cursor },
  'gaps.list': { from: 'start' },
  'jobs.get': { id: 'private' },
  'jobs.output': { id: 'private' },
  'parked.get': { id: parked },
  'consumers.get': { name: 'shared' },
})

describe.each(Object.entries(mayRead))('the output of a job of ann', (name, may) => {
  it(`is shown to ${name} by ${may ? 'what reads events and jobs' : 'no method'}`, async () => {
    const known = parameters()
    const shown: string[] = []
    for (const [method, { changes }] of hub.hub.methods) {
      if (changes !== undefined && known[method] === undefined) continue
      const answer = await as(name)
        .request<unknown>(method, known[method] ?? {})
        .catch((error) => error)
      const text = answer instanceof Error ? answer.message : textOf(answer)
      if (text.includes(OUTPUT)) shown.push(method)
    }
    const readers = ['events.get', 'events.read', 'jobs.get', 'jobs.output', 'parked.get']
    expect(shown.sort()).toEqual(may ? readers : [])
  })

  it(`is ${may ? '' : 'not '}counted for ${name}`, async () => {
    const known = parameters()
    const total = async (method: string) =>
      (await as(name).request<{ total: number }>(method, known[method])).total
    const { frames } = await as(name).request<EventPage>('events.read', known['events.read'])
    expect(frames.length > 0).toBe(may)
    for (const method of ['events.histogram', 'events.facets'])
      expect((await total(method)) > 0, method).toBe(may)
    expect(textOf(await as(name).request<unknown>('tags.complete', known['tags.complete']))).toMatch(
      may ? /dispatcher/ : /^(?!.*dispatcher)/,
    )
  })

  it(`reaches ${may ? name : `everybody but ${name}`} over HTTP and through a durable consumer`, async () => {
    const headers = { authorization: `Bearer ${tokens.get(name)}` }
    const paths = ['events?from=start', `events/${cursor}`, 'stream?from=start&to=end']
    for (const path of paths) {
      const text = await (await fetch(`${hub.http}/v1/${path}`, { headers })).text()
      expect(text.includes(OUTPUT), path).toBe(may)
    }
    await as('admin').publish(`open/${name}`, {})
    const consumed = as(name).subscribe(undefined, { consumer: `own-${name}`, from: 'start' })
    const seen: unknown[] = []
    for await (const event of consumed.events()) {
      seen.push(event.data)
      consumed.ack(event)
      if (event.tag === `open/${name}`) break
    }
    await consumed.close()
    expect(textOf(seen).includes(OUTPUT)).toBe(may)
  })
})

it('a principal that can no longer run jobs reads none of those that it had', async () => {
  hub.hub.access.replace({ ann: { see: '*' } })
  hub.hub.bus.reauthorize()
  const page = await as('ann').request<EventPage>('events.read', { from: 'start', filters })
  expect(page.frames).toHaveLength(0)
  await expect(as('ann').request<JobInfo>('jobs.get', { id: 'private' })).rejects.toMatchObject({
    code: 'TCN_ACCESS_DENIED',
  })
})
