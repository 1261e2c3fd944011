import { expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { iterateFrames } from '../../src/event/event.js'
import { callMethod } from '../../src/faces/shared/call-method.js'
import type {
  EdgeAnswers,
  EdgesPart,
  EventPage,
  Facets,
  Histogram,
  HubStatus,
  ReadParams,
} from '../../src/methods/contract/index.js'
import { RawPeer } from '../faces/native/raw-peer.js'
import { EdgeHub, edgeOf, publishLater } from './fixture.js'

const EVERYTHING = { see: '*' as const }

async function readAll(client: Client, params: ReadParams): Promise<string[]> {
  const found: string[] = []
  const way = params.before === undefined ? 'from' : 'before'
  for (let at: ReadParams = params; ; ) {
    const page: EventPage = await client.request('events.read', at)
    for (const { tag, attributes } of iterateFrames(page.frames)) found.push(`${attributes.edge} ${tag}`)
    if (page.next === undefined) return found
    at = { ...at, [way]: page.next }
  }
}

it('events that were not forwarded are read from all edge hubs as one answer, in the order of their times', async () => {
  await using core = await EdgeHub.start()
  await using one = await edgeOf(core, 'web1')
  await using two = await edgeOf(core, 'web2')
  for (let n = 1; n <= 6; n++) await publishLater(n % 2 === 1 ? one : two, n)
  const expected = [1, 2, 3, 4, 5, 6].map((n) => `web${n % 2 === 1 ? 1 : 2} demo/${n}`)
  const wanted = { edges: 'web*', filters: ['demo/'] }
  const page = await core.client.request('events.read', wanted)
  expect(page.asked).toEqual({ asked: 2, answered: 2, missing: [] })
  expect(await readAll(core.client, wanted)).toEqual(expected)
  for (const limit of [1, 2, 5]) {
    expect(await readAll(core.client, { ...wanted, limit })).toEqual(expected)
    expect(await readAll(core.client, { ...wanted, limit, before: 'end' })).toEqual(expected.toReversed())
  }
  expect(core.numbers).toEqual([])
})

it('counts of edge hubs are added', async () => {
  await using core = await EdgeHub.start()
  await using one = await edgeOf(core, 'web1')
  await using two = await edgeOf(core, 'web2')
  await one.publish(1, 2, 3)
  await two.publish(2, 3)
  const wanted = { edges: 'web*', filters: ['demo/'] }
  const histogram: Histogram = await core.client.request('events.histogram', { ...wanted, by: 'tag' })
  expect(histogram).toMatchObject({ exact: true, total: 5, asked: { asked: 2, answered: 2 } })
  expect(histogram.counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(5)
  expect(histogram.series?.map(({ value, total }) => [value, total])).toContainEqual(['demo/2', 2])
  const facets: Facets = await core.client.request('events.facets', { ...wanted, field: 'data.n' })
  expect(facets.values).toEqual([
    { value: 2, count: 2 },
    { value: 3, count: 2 },
    { value: 1, count: 1 },
  ])
  const { tags } = await core.client.request('tags.complete', { ...wanted, prefix: '' })
  expect(tags).toEqual([{ text: 'demo/', count: 5, complete: false }])
})

it('an edge hub that does not answer is named', async () => {
  await using core = await EdgeHub.start()
  await using one = await edgeOf(core, 'web1')
  await using _silent = await edgeOf(core, 'web2', null)
  {
    await using _gone = await edgeOf(core, 'web3')
  }
  await core.until(() => core.data('hub/edge/web3').at(-1)?.state === 'down')
  await one.publish(1)
  const page = await core.client.request('events.read', { edges: 'web*,web9', filters: ['demo/'] })
  expect(page.count).toBe(1)
  expect(page.asked).toMatchObject({ asked: 4, answered: 1 })
  expect(page.asked?.missing.map(({ edge, code }) => `${edge} ${code}`).sort()).toEqual([
    'web2 TCN_EDGE_SILENT',
    'web3 TCN_EDGE_AWAY',
    'web9 TCN_EDGE_UNKNOWN',
  ])
})

it('a core sees of an edge hub what both its own rights and the edge hub allow', async () => {
  await using core = await EdgeHub.start({
    config: {
      principals: {
        ops: { see: ['demo/1', 'deploy/'].map((tag) => ({ prefix: { tag } })), ask: ['web*'] },
        mute: { see: '*' },
      },
    },
  })
  await using edge = await edgeOf(core, 'web1', { see: ['demo/'] })
  await using _other = await edgeOf(core, 'db1')
  await edge.publish(1, 2, 12)
  await edge.client.publish('deploy/x', { n: 0 }, { ack: 'durable' })
  const ask = async (name: string, method: string, params: object) => {
    const call = {
      principal: core.hub.hub.access.principal(name),
      signal: new AbortController().signal,
      part: () => Promise.resolve(),
    }
    return callMethod(
      { methods: core.hub.hub.methods, authorize: core.hub.hub.access.authorize },
      method,
      params,
      call,
    )
  }
  const page = (await ask('ops', 'events.read', { edges: '*' })) as EventPage
  expect([...iterateFrames(page.frames)].map(({ tag }) => tag)).toEqual(['demo/1', 'demo/12'])
  expect(page.asked).toEqual({ asked: 1, answered: 1, missing: [] })
  const counted = (await ask('ops', 'events.histogram', { edges: '*' })) as Histogram
  expect(counted.total).toBe(2)
  await expect(ask('mute', 'events.read', { edges: '*' })).rejects.toMatchObject({
    code: 'TCN_ACCESS_DENIED',
  })
  const state = await core.client
    .request('edges.ask', { edges: 'web1', method: 'hub.status' })
    .catch((error) => error)
  expect(state.asked ?? state.details?.asked).toMatchObject({
    answered: 0,
    missing: [{ edge: 'web1', code: 'TCN_ACCESS_DENIED' }],
  })
})

it('a question goes through an edge hub to those behind it', async () => {
  await using core = await EdgeHub.start()
  await using mid = await edgeOf(core, 'mid', { see: '*', ask: '*' })
  await using one = await edgeOf(mid, 'leaf1')
  await using two = await edgeOf(mid, 'leaf2')
  for (let n = 1; n <= 6; n++) await publishLater([one, two, mid][n % 3], n)
  const wanted = { filters: ['demo/'] }
  const of = (n: number) => `${['mid/leaf1', 'mid/leaf2', 'mid'][n % 3]} demo/${n}`
  const all = [1, 2, 3, 4, 5, 6]
  for (const limit of [1, 4, 100]) {
    const both = { ...wanted, edges: 'mid,mid/leaf*', limit }
    expect(await readAll(core.client, both)).toEqual(all.map(of))
    expect(await readAll(core.client, { ...both, before: 'end' })).toEqual(all.map(of).toReversed())
    expect(await readAll(core.client, { ...wanted, edges: 'mid/*,!mid/leaf2', limit })).toEqual(
      [3, 6].map(of),
    )
  }
  const page = await core.client.request('events.read', { ...wanted, edges: 'mid/*,mid/leaf9' })
  expect(page.asked).toEqual({
    asked: 3,
    answered: 2,
    missing: [{ edge: 'mid/leaf9', code: 'TCN_EDGE_UNKNOWN', reason: expect.any(String) }],
  })
})

it('the state of edge hubs is asked through an edge hub too', async () => {
  const told = { see: '*' as const, monitor: true }
  await using core = await EdgeHub.start()
  await using mid = await edgeOf(core, 'mid', { ...told, ask: '*' })
  await using _one = await edgeOf(mid, 'leaf1', told)
  await using _two = await edgeOf(mid, 'leaf2')
  const states = new Map<string, Partial<HubStatus>>()
  const ask = { edges: 'mid,mid/*', method: 'hub.status' as const }
  let asked: unknown
  for await (const part of core.client.requestParts('edges.ask', ask)) {
    const { answers = [], ...end } = part as Partial<EdgeAnswers> & { asked?: unknown }
    for (const { edge, result } of answers) states.set(edge, result as HubStatus)
    asked = end.asked ?? asked
  }
  expect([...states.keys()]).toEqual(['mid', 'mid/leaf1'])
  expect(states.get('mid/leaf1')?.log?.epoch).not.toBe(states.get('mid')?.log?.epoch)
  expect(asked).toMatchObject({
    asked: 3,
    answered: 2,
    missing: [{ edge: 'mid/leaf2', code: 'TCN_ACCESS_DENIED' }],
  })
})

it('an event that two hubs have is in an answer once', async () => {
  await using core = await EdgeHub.start()
  await using mid = await edgeOf(core, 'mid', { see: '*', ask: '*' })
  await using leaf = await EdgeHub.start()
  leaf.forward({ servers: [mid.hub.address], edge: 'leaf1', filter: ['demo/'], answers: EVERYTHING })
  await mid.until(() => mid.data('hub/edge/leaf1').length > 0)
  await leaf.publish(1, 2, 3)
  await mid.until(() => mid.numbers.length === 3)
  await leaf.client.publish('other/1', {}, { ack: 'durable' })
  const read = (edges: string) => readAll(core.client, { edges, filters: ['demo/', 'other/'] })
  const copies = ['mid demo/1', 'mid demo/2', 'mid demo/3']
  expect(await read('mid')).toEqual(copies)
  expect(await readAll(mid.client, { edges: '@here,leaf1', filters: ['demo/', 'other/'] })).toEqual([
    'leaf1 demo/1',
    'leaf1 demo/2',
    'leaf1 demo/3',
    'leaf1 other/1',
  ])
})

it('events are followed at all edge hubs, also at one that was away and at one that is new', async () => {
  await using core = await EdgeHub.start()
  await using one = await edgeOf(core, 'web1')
  await using two = await EdgeHub.start()
  const runner = two.forward({
    servers: [core.hub.address],
    edge: 'web2',
    filter: ['none/'],
    answers: EVERYTHING,
  })
  await core.until(() => core.data('hub/edge/web2').length > 0)
  await one.publish(1)
  const seen: string[] = []
  const said: string[] = []
  const abort = new AbortController()
  const params = { edges: 'web*', filters: ['demo/'], from: 'start', follow: true }
  const parts = core.client.requestParts('edges.read', params, { signal: abort.signal, timeout: 60_000 })
  const reading = (async () => {
    for await (const part of parts as AsyncIterable<Partial<EdgesPart>>) {
      for (const { tag, attributes } of iterateFrames(part.frames ?? new Uint8Array(0)))
        seen.push(`${attributes.edge} ${tag}`)
      if (part.asked) said.push('live')
      said.push(
        ...(part.missing ?? []).map(({ edge }) => `${edge} away`),
        ...(part.back ?? []).map((edge) => `${edge} back`),
      )
    }
  })().catch(() => undefined)
  await core.until(() => said.includes('live'))
  expect(seen).toEqual(['web1 demo/1'])
  await two.publish(2)
  await core.until(() => seen.length === 2)
  await runner.stop()
  await core.until(() => said.includes('web2 away'))
  await two.publish(3)
  await one.publish(4)
  await core.until(() => seen.includes('web1 demo/4'))
  runner.start()
  await core.until(() => seen.includes('web2 demo/3'))
  await using three = await edgeOf(core, 'web3')
  await three.publish(5)
  await core.until(() => seen.includes('web3 demo/5'))
  expect(seen).toEqual(['web1 demo/1', 'web2 demo/2', 'web1 demo/4', 'web2 demo/3', 'web3 demo/5'])
  expect(said).toEqual(['live', 'web2 away', 'web2 back', 'web3 back'])
  abort.abort()
  await reading
  await one.until(() => [...one.hub.bus.subscriptions].every(({ label }) => label !== 'events.read'))
})

it('both hubs tell of a question once, with who has asked and how much was answered', async () => {
  await using core = await EdgeHub.start()
  await using one = await edgeOf(core, 'web1')
  await one.publish(1, 2, 3)
  await readAll(core.client, { edges: 'web*', filters: ['demo/'], limit: 3 })
  await core.until(() => core.data('hub/audit/ask').length === 1)
  const [asked] = core.data('hub/audit/ask')
  expect(asked).toMatchObject({
    principal: 'admin',
    method: 'events.read',
    edges: 'web*',
    asked: 1,
    answered: 1,
    events: 3,
    result: 'ok',
  })
  await one.until(() => one.data('hub/audit/ask').length === 1)
  const [answered] = one.data('hub/audit/ask')
  expect(answered).toMatchObject({
    question: asked.question,
    principal: 'admin',
    upstream: 'core',
    method: 'events.read',
    result: 'ok',
  })
})

it('an edge hub that is late at its core does not take the answers of others with it', async () => {
  await using core = await EdgeHub.start()
  await using mid = await edgeOf(core, 'mid', { see: '*', ask: '*' })
  await using leaf = await edgeOf(mid, 'leaf1')
  await leaf.publish(1)
  const late = new RawPeer(mid.hub.address.slice('unix:'.length))
  const edge = { name: 'leaf2', answers: 'all' as const }
  late.send('hello', { version: 1, features: ['edge'], producer: 'edge:leaf2:lateepoch0000', edge })
  await late.skipTo('welcome')
  const params = { edges: 'mid/*', filters: ['demo/'], timeout: 1_000 }
  const { count, asked } = await core.client.request('events.read', params)
  expect(count).toBe(1)
  expect(asked).toMatchObject({
    asked: 2,
    answered: 1,
    missing: [{ edge: 'mid/leaf2', code: 'TCN_EDGE_LATE' }],
  })
  late.socket.destroy()
})
