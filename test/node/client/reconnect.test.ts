// Runs on each supported Node.js: WebSockets.
import { afterEach, describe, expect, it } from 'vitest'
import {
  type Client,
  type ConnectionStatus,
  type ConnectOptions,
  connect,
  type Status,
} from '../../../src/client/index.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../../src/hub/testing.js'
import { CuttingProxy } from '../../client/cutting-proxy.js'
import { randomFrom } from '../../fuzz/mutations.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let hub: TestHub
let proxy: CuttingProxy
let clients: Client[] = []

async function start(options: TestHubOptions = {}): Promise<void> {
  hub = await startTestHub(options)
  proxy = await CuttingProxy.start(hub.address)
}

async function dial(options: ConnectOptions = {}): Promise<Client> {
  const client = await connect({ address: proxy.path, ...options })
  clients.push(client)
  return client
}

async function stored(): Promise<unknown[]> {
  const client = await hub.connect()
  const data: unknown[] = []
  for await (const event of client.read(['n', 'a', 'b']).events()) data.push(event.data)
  await client.close()
  return data
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((go) => setTimeout(go, 1))
}

afterEach(async () => {
  for (const client of clients) await client.close()
  clients = []
  await proxy.close()
  await hub.close()
})

/** Cuts each of the next connections at a random point, after at most 330 KB up or 8 KB down. */
function cutAtRandom(seed: number, times: number): void {
  const random = randomFrom(seed)
  proxy.nextCut = () => {
    if (--times < 0) proxy.nextCut = undefined
    // Sometimes before anything got through, which makes the client wait longer each time.
    const up = random(5) === 0 ? 100 + random(2000) : 30_000 + random(300_000)
    return { up, down: 300 + random(8000) }
  }
}

describe('a publisher whose connection breaks at any point', () => {
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => n * 7919)

  it.each(seeds)('neither loses nor duplicates events that it pushes (seed %i)', async (seed) => {
    await start()
    const client = await dial({ window: 512 })
    cutAtRandom(seed, 12)
    proxy.cut()
    for (let n = 0; n < 20_000; n++) {
      if (!client.push('n', n)) await client.ready()
    }
    await client.drain()
    expect(await stored()).toEqual(upTo(20_000))
    expect(proxy.cuts).toBeGreaterThan(3)
  })

  it.each(seeds)(
    'each promise has the cursor of its event, or none if it is unknown (seed %i)',
    async (seed) => {
      await start()
      const client = await dial({ window: 64 })
      cutAtRandom(seed, 8)
      proxy.cut()
      const published = await Promise.all(upTo(3000).map((n) => client.publish(`n/${n}`, n)))
      expect(await stored()).toEqual(upTo(3000))
      for (const [n, { cursor }] of published.entries()) {
        if (cursor !== undefined) expect(cursor).toBe(`${client.welcome.epoch}-${n + 1}`)
      }
      expect(published.filter(({ cursor }) => cursor !== undefined).length).toBeGreaterThan(1000)
    },
  )

  it('keeps the order with events from batches and single ones', async () => {
    await start()
    const client = await dial({ window: 128 })
    cutAtRandom(4711, 8)
    proxy.cut()
    const work: Promise<unknown>[] = []
    for (let block = 0; block < 20; block++) {
      const list = upTo(200).map((n) => ({ tag: `batch/${block}`, data: n }))
      work.push(client.publishBatch(list))
      work.push(client.publish(`single/${block}`, block))
    }
    await Promise.all(work)
    const seen = new Map<string, number>()
    const reader = await hub.connect()
    for await (const { tag, data } of reader.read().events()) {
      expect(data).toBe(tag.startsWith('batch') ? (seen.get(tag) ?? 0) : Number(tag.slice(7)))
      seen.set(tag, (seen.get(tag) ?? 0) + 1)
    }
    expect(seen.size).toBe(40)
    await reader.close()
  })

  it('reports a refused event once, although it was sent twice', async () => {
    await start({ config: { principals: { low: { publish: ['a/'], source: 'low' } } }, principal: 'low' })
    const client = await dial()
    cutAtRandom(99, 3)
    proxy.cut()
    const results = await Promise.allSettled(
      upTo(600).map((n) => client.publish(n % 3 === 0 ? 'b/' : 'a/', n)),
    )
    const refused = results.flatMap((result, n) => (result.status === 'rejected' ? [n] : []))
    expect(refused).toEqual(upTo(200).map((n) => n * 3))
    expect(hub.bus.log.last).toBe(400)
  })

  it('continues with durable acknowledgements', async () => {
    await start({ data: temporaryFolder('data') })
    const client = await dial({ ack: 'durable', window: 200 })
    cutAtRandom(2026, 8)
    proxy.cut()
    await Promise.all(upTo(4000).map((n) => client.publish('n', n)))
    expect(await stored()).toEqual(upTo(4000))
    expect(hub.bus.log.stats.unflushedBytes).toBe(0)
  })

  it('waits with a full window while the hub is unreachable, and reports it', async () => {
    await start()
    const statuses: ConnectionStatus[] = []
    const client = await dial({ window: 10, onStatus: (status) => statuses.push(status) })
    proxy.accepting = false
    proxy.cut()
    await until(() => statuses.length > 0)
    let pushed = 0
    while (client.push('n', pushed++));
    let isReady = false
    const ready = client.ready().then(() => {
      isReady = true
    })
    await until(() => statuses.length > 2)
    expect(isReady).toBe(false)
    proxy.accepting = true
    await ready
    await client.drain()
    expect(await stored()).toEqual(upTo(pushed))
    expect(statuses[0]).toMatchObject({ status: 'reconnecting', code: 'TCN_CLIENT_UNREACHABLE' })
    expect(statuses.at(-1)).toMatchObject({ status: 'connected', code: 'CONNECTED' })
    for (const status of statuses) expect(status.reason).not.toBe('')
    const delays = statuses.flatMap(({ delay }) => delay ?? [])
    for (const [index, delay] of delays.entries()) expect(delay).toBeLessThanOrEqual(50 * 2 ** index)
  })

  it('reports that it is suspended while the hub accepts no events', async () => {
    await start()
    const statuses: ConnectionStatus[] = []
    const client = await dial({ window: 10, onStatus: (status) => statuses.push(status) })
    proxy.held = true
    while (client.push('n', 1));
    const waiting = client.ready()
    await until(() => statuses.length > 0)
    expect(statuses[0]).toMatchObject({ status: 'suspended', code: 'TCN_BUS_SUSPENDED' })
    proxy.held = false
    proxy.cut()
    await waiting
    await client.drain()
  })

  it('fails at once without the option reconnect', async () => {
    await start()
    const client = await dial({ reconnect: false })
    const subscription = client.subscribe()
    await subscription.ready()
    proxy.held = true
    const open = client.publish('a', 1)
    const asked = client.request('hub.status')
    const next = subscription.events()[Symbol.asyncIterator]().next()
    proxy.cut()
    const unreachable = { code: 'TCN_CLIENT_UNREACHABLE' }
    await expect(open).rejects.toMatchObject(unreachable)
    await expect(asked).rejects.toMatchObject(unreachable)
    await expect(client.publish('a', 1)).rejects.toMatchObject(unreachable)
    await expect(next).rejects.toMatchObject(unreachable)
  })

  it('ends when another program takes its name: TCN_BUS_PRODUCER_TAKEN_OVER', async () => {
    await start()
    const first = await dial({ producer: 'same' })
    const reading = first.subscribe('b').events()[Symbol.asyncIterator]().next()
    const second = await dial({ producer: 'same' })
    await second.publish('a', 1)
    const takenOver = { code: 'TCN_BUS_PRODUCER_TAKEN_OVER' }
    await expect(first.publish('a', 2)).rejects.toMatchObject(takenOver)
    await expect(reading).rejects.toMatchObject(takenOver)
    await second.publish('a', 3)
    expect(await stored()).toEqual([1, 3])
  })
})

describe('a subscriber whose connection breaks at any point', () => {
  it.each([11, 12, 13, 14, 15, 16])('receives every event once and in order (seed %i)', async (seed) => {
    await start()
    const random = randomFrom(seed)
    const reader = await dial()
    const subscription = reader.subscribe('n/')
    await subscription.ready()
    let times = 10
    proxy.nextCut = () => {
      if (--times < 0) proxy.nextCut = undefined
      return { up: Number.POSITIVE_INFINITY, down: 200 + random(100_000) }
    }
    proxy.cut()
    const writer = await hub.connect()
    const writing = (async () => {
      for (let n = 0; n < 10_000; n++) {
        if (!writer.push(n % 10 === 0 ? 'other' : 'n/', n)) await writer.ready()
        if (n % 500 === 0) await new Promise((go) => setTimeout(go, 1))
      }
      await writer.drain()
    })()
    const seen: unknown[] = []
    const statuses: Status[] = []
    for await (const item of subscription) {
      if (item.status !== undefined) statuses.push(item)
      else seen.push(item.data)
      if (seen.length === 9000) break
    }
    await writing
    await writer.close()
    expect(seen).toEqual(upTo(10_000).filter((n) => n % 10 !== 0))
    expect(statuses.filter(({ status }) => status === 'gap')).toEqual([])
    expect(statuses.filter(({ status }) => status === 'connected').length).toBeGreaterThan(3)
    for (const { code, reason } of statuses) expect([code, reason]).not.toContain('')
  })

  it('resumes after a restart of the hub on the same log', async () => {
    const data = temporaryFolder('data')
    await start({ data })
    const socket = hub.address.replace('unix:', '')
    const client = await connect({ address: hub.address, ack: 'durable' })
    clients.push(client)
    const subscription = client.subscribe('n')
    await subscription.ready()
    const seen: unknown[] = []
    const statuses: Status[] = []
    const reading = (async () => {
      for await (const item of subscription) {
        if (item.status !== undefined) statuses.push(item)
        else seen.push(item.data)
        if (seen.length === 600) return
      }
    })()
    await client.publishBatch(upTo(200).map((data) => ({ tag: 'n', data })))
    await hub.close()
    hub = await startTestHub({ data, socket })
    const second = client.publishBatch(upTo(200).map((n) => ({ tag: 'n', data: 200 + n })))
    await second
    await hub.close()
    hub = await startTestHub({ data, socket })
    await client.publishBatch(upTo(200).map((n) => ({ tag: 'n', data: 400 + n })))
    await reading
    expect(seen).toEqual(upTo(600))
    expect(statuses.map(({ status }) => status).filter((status) => status === 'gap')).toEqual([])
    expect(await stored()).toEqual(upTo(600))
  })

  it('receives a gap when the hub restarts with another log', async () => {
    await start()
    const socket = hub.address.replace('unix:', '')
    const client = await connect({ address: hub.address })
    clients.push(client)
    const subscription = client.subscribe(['a', 'b'])
    const statuses: Status[] = []
    subscription.onStatus((status) => statuses.push(status))
    await subscription.ready()
    await client.publish('a', 1)
    const events = subscription.events()[Symbol.asyncIterator]()
    expect((await events.next()).value).toMatchObject({ tag: 'a' })
    await hub.close()
    hub = await startTestHub({ socket })
    await until(() => statuses.some(({ status }) => status === 'gap'))
    await client.publish('b', 2)
    expect((await events.next()).value).toMatchObject({ tag: 'b', seq: 1 })
    expect(statuses.find(({ status }) => status === 'gap')).toMatchObject({
      code: 'GAP_UNKNOWN_EPOCH',
      why: 'unknown-epoch',
      cursor: `${hub.bus.epoch}-0`,
    })
  })
})

it('a hundred clients reconnect after an outage of the hub, and none is lost', {
  timeout: 60_000,
}, async () => {
  await start()
  const many = await Promise.all(upTo(100).map(() => dial()))
  const subscriptions = many.map((client) => client.subscribe('storm'))
  await Promise.all(subscriptions.map((subscription) => subscription.ready()))
  for (let round = 0; round < 3; round++) {
    proxy.accepting = false
    proxy.cut()
    await Promise.all(many.map((client) => client.push('storm', round)))
    proxy.accepting = true
    await Promise.all(many.map((client) => client.drain()))
  }
  const counts = await Promise.all(
    subscriptions.map(async (subscription) => {
      let count = 0
      for await (const _ of subscription.events()) if (++count === 300) break
      return count
    }),
  )
  expect(counts).toEqual(upTo(100).map(() => 300))
})
