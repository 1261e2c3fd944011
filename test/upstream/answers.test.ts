import { expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { iterateFrames } from '../../src/event/event.js'
import { callMethod } from '../../src/faces/shared/call-method.js'
import type { EdgesPart, EventPage, Facets, Histogram, ReadParams } from '../../src/methods/contract/index.js'
import { RawPeer } from '../faces/native/raw-peer.js'
import { EdgeHub, edgeOf } from './fixture.js'

const EVERYTHING = { see: '*' as const }

/** Publishes when the clocks of all hubs, which may differ by some milliseconds, are past the event before. */
async function publishLater(hub: EdgeHub, n: number): Promise<void> {
  const after = Date.now() + 6
  await hub.until(() => Date.now() > after)
  await hub.publish(n)
}

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

/** The events and notes of a reader that follows, until it is told to leave. */
class Follower implements AsyncDisposable {
  readonly seen: string[] = []
  readonly said: string[] = []
  error: unknown
  /** The reader takes nothing until it resolves. */
  isSlow: Promise<void> | undefined
  readonly #abort = new AbortController()
  readonly #done: Promise<void>

  constructor(core: EdgeHub, edges: string, principal = 'admin') {
    const { access, methods } = core.hub.hub
    const call = {
      principal: access.principal(principal),
      signal: this.#abort.signal,
      part: (part: unknown) => this.#take(part as Partial<EdgesPart>),
    }
    const params = { edges, filters: ['demo/'], follow: true }
    this.#done = callMethod({ methods, authorize: access.authorize }, 'edges.read', params, call).then(
      () => undefined,
      (error) => {
        this.error = error
      },
    )
  }

  async #take({
    frames = new Uint8Array(0),
    asked,
    missing = [],
    back = [],
  }: Partial<EdgesPart>): Promise<void> {
    for (const { tag, attributes } of iterateFrames(frames)) this.seen.push(`${attributes.edge ?? ''} ${tag}`)
    if (asked !== undefined) this.said.push('live')
    await this.isSlow
    this.said.push(
      ...missing.map(({ edge, code }) => `${edge} ${code}`),
      ...back.map((edge) => `${edge} back`),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.#done
  }
}

it('a reader that follows is left without events as soon as its rights are others', async () => {
  const rights = (see: string) => ({ ops: { see: [see], ask: '*' as const } })
  await using core = await EdgeHub.start({ config: { principals: rights('demo/') } })
  await using edge = await edgeOf(core, 'web1')
  await using reader = new Follower(core, 'web1', 'ops')
  await core.until(() => reader.said.includes('live'))
  await edge.publish(1)
  await core.until(() => reader.seen.length === 1)
  core.hub.hub.access.replace(rights('other/'))
  await edge.publish(2)
  await core.until(() => reader.error !== undefined)
  expect(reader.error).toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  expect(reader.seen).toEqual(['web1 demo/1'])
})

it('events of the hub itself are followed too, and those that were forwarded once', async () => {
  await using core = await EdgeHub.start()
  await using edge = await EdgeHub.start()
  edge.forward({ servers: [core.hub.address], edge: 'web1', filter: ['demo/2'], answers: EVERYTHING })
  await core.until(() => core.data('hub/edge/web1').length > 0)
  await using reader = new Follower(core, '@here,web1')
  await core.until(() => reader.said.includes('live'))
  await core.publish(1)
  await core.until(() => reader.seen.length === 1)
  await edge.publish(2)
  await core.until(() => core.numbers.includes(2))
  await core.publish(3)
  await core.until(() => reader.seen.length === 3)
  expect(reader.seen.toSorted()).toEqual([' demo/1', ' demo/3', 'web1 demo/2'])
})

it('events of edge hubs of an edge hub are followed, each once', async () => {
  await using core = await EdgeHub.start()
  await using mid = await edgeOf(core, 'mid', { see: '*', ask: '*' })
  await using one = await edgeOf(mid, 'leaf1')
  await using two = await edgeOf(mid, 'leaf2')
  await one.publish(1)
  await using reader = new Follower(core, 'mid/*')
  await core.until(() => reader.said.includes('live'))
  for (let n = 2; n <= 7; n++) {
    await publishLater(n % 2 === 0 ? two : one, n)
    await core.until(() => reader.seen.length === n)
  }
  expect(reader.seen).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `mid/leaf${n % 2 === 0 ? 2 : 1} demo/${n}`))
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

it('a reader that follows asks an edge hub again that has refused or failed', async () => {
  await using core = await EdgeHub.start()
  const peer = new RawPeer(core.hub.address.slice('unix:'.length))
  const edge = { name: 'web1', answers: 'all' as const }
  peer.send('hello', { version: 1, features: ['edge'], producer: 'edge:web1:peerepoch0000', edge })
  await peer.skipTo('welcome')
  const page = { frames: new Uint8Array(0), cursor: 'peerepoch0000-1', gaps: [] }
  const answer = async (reply: object) => {
    const { body } = await peer.skipTo('request')
    peer.send('reply', { id: body.id, ...reply })
  }
  await using reader = new Follower(core, 'web1')
  await answer({ result: page })
  await answer({ error: { code: 'TCN_PROTOCOL_TOO_MANY', message: 'busy' } })
  await core.until(() => reader.said.includes('web1 TCN_PROTOCOL_TOO_MANY'))
  await answer({ result: page })
  await core.until(() => reader.said.includes('web1 back'))
  peer.socket.destroy()
  await core.until(() => reader.said.includes('web1 TCN_EDGE_AWAY'))
})

it('an edge hub that comes back while the reader takes nothing is followed on', async () => {
  await using core = await EdgeHub.start()
  await using edge = await EdgeHub.start()
  const runner = edge.forward({
    servers: [core.hub.address],
    edge: 'web1',
    filter: ['none/'],
    answers: EVERYTHING,
  })
  await core.until(() => core.data('hub/edge/web1').length === 1)
  await using reader = new Follower(core, 'web1')
  await core.until(() => reader.said.includes('live'))
  let goOn = () => {}
  reader.isSlow = new Promise((resolve) => (goOn = resolve))
  await runner.stop()
  await core.until(() => core.data('hub/edge/web1').length === 2)
  runner.start()
  await core.until(() => core.data('hub/edge/web1').length === 3)
  goOn()
  await core.until(() => reader.said.includes('web1 back'))
  await edge.publish(1)
  await core.until(() => reader.seen.includes('web1 demo/1'))
})
