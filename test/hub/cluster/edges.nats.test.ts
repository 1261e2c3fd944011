import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import { iterateFrames } from '../../../src/event/event.js'
import type { EdgeInfo, EdgesPart, ReadParams } from '../../../src/methods/contract/index.js'
import { type ClusterHub, startClusterHub } from '../../helpers/cluster-hub.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { EdgeHub, publishLater } from '../../upstream/fixture.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

vi.setConfig({ testTimeout: 240_000 })
const LONG = { timeout: 60_000, interval: 100 }

const wanted = { edges: 'web*', filters: ['demo/'] }

/** An edge hub that forwards nothing, and answers; with several servers, it goes to another when its hub is gone. */
async function attach(edge: string, ...hubs: ClusterHub[]): Promise<EdgeHub> {
  const hub = await EdgeHub.start()
  const servers = hubs.map(({ address }) => address)
  const answers = { see: '*' as const, monitor: true }
  hub.forward({ servers, edge, filter: ['none/'], answers })
  const client = await hubs[0].client()
  const isUp = ({ name, state }: EdgeInfo) => name === edge && state === 'up'
  await vi.waitUntil(async () => (await client.request('hub.status', {})).edges?.some(isUp), LONG)
  return hub
}

async function tagsOf(client: Client, params: ReadParams) {
  const { frames, asked } = await client.request('events.read', { ...wanted, ...params })
  return { asked, tags: [...iterateFrames(frames)].map(({ tag, attributes }) => `${attributes.edge} ${tag}`) }
}

test('any hub of a cluster asks the edge hubs of all, wherever they are attached and go', async () => {
  const one = await startClusterHub(server.address, 'edges', 'one')
  const first = await one.client()
  const two = await startClusterHub(server.address, 'edges', 'two')
  const second = await two.client()
  await using web1 = await attach('web1', one, two)
  await using web2 = await attach('web2', two)
  await web1.publish(1)
  await publishLater(web2, 2)
  const both = { asked: { asked: 2, answered: 2, missing: [] } }
  for (const client of [first, second]) {
    await expect
      .poll(() => tagsOf(client, {}), LONG)
      .toEqual({ ...both, tags: ['web1 demo/1', 'web2 demo/2'] })
    const counted = await client.request('events.histogram', wanted)
    expect(counted).toMatchObject({ total: 2, ...both })
    const { answered } = (await client.request('edges.ask', { edges: 'web*', method: 'hub.status' })).asked
    expect(answered).toBe(2)
  }
  const seen: string[] = []
  const said: string[] = []
  const abort = new AbortController()
  const reading = (async () => {
    const parts = second.requestParts('edges.read', { ...wanted, follow: true }, { signal: abort.signal })
    for await (const part of parts) {
      const { frames, missing = [], back = [], asked } = part as Partial<EdgesPart>
      for (const { tag, attributes } of iterateFrames(frames ?? new Uint8Array(0)))
        seen.push(`${attributes.edge} ${tag}`)
      if (asked !== undefined) said.push('live')
      said.push(...missing.map(({ edge }) => `${edge} away`), ...back.map((edge) => `${edge} back`))
    }
  })().catch(() => undefined)
  await vi.waitUntil(() => said.includes('live'), LONG)
  await web1.publish(3)
  await web2.publish(4)
  await vi.waitUntil(() => seen.length === 4, LONG)
  await one.stop()
  await vi.waitUntil(() => said.includes('web1 back'), LONG)
  await web1.publish(5)
  await vi.waitUntil(() => seen.length === 5, LONG)
  expect(seen.toSorted()).toEqual(['web1 demo/1', 'web1 demo/3', 'web1 demo/5', 'web2 demo/2', 'web2 demo/4'])
  expect(said.slice(0, 3)).toEqual(['live', 'web1 away', 'web1 back'])
  const tags = ['web1 demo/1', 'web2 demo/2', 'web1 demo/3', 'web2 demo/4', 'web1 demo/5']
  expect(await tagsOf(second, {})).toEqual({ ...both, tags })
  abort.abort()
  await reading
})
