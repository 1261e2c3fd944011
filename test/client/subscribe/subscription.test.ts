import { afterEach, describe, expect, it } from 'vitest'
import type { Client, ConnectOptions, Event, Status } from '../../../src/client/index.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../../src/hub/testing.js'

let hub: TestHub

async function start(options: TestHubOptions = {}, connecting: ConnectOptions = {}): Promise<Client> {
  hub = await startTestHub(options)
  return await hub.connect(connecting)
}

async function fill(client: Client, count: number, tag = 'n'): Promise<void> {
  await client.publishBatch(upTo(count).map((data) => ({ tag, data })))
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)
const turn = () => new Promise((go) => setImmediate(go))

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((go) => setTimeout(go, 1))
}

afterEach(async () => {
  await hub.close()
})

describe('iterating', () => {
  it('yields events and status records in order', async () => {
    const client = await start()
    await fill(client, 3)
    const items: unknown[] = []
    const subscription = client.subscribe('n', { from: 'start' })
    for await (const item of subscription) {
      items.push(item.status ?? item.data)
      if (item.status === 'live') await fill(client, 1)
      if (items.length === 5) break
    }
    expect(items).toEqual([0, 1, 2, 'live', 0])
  })

  it('leaving the loop closes the connection', async () => {
    const client = await start()
    await fill(client, 1)
    for await (const _ of client.subscribe('n', { from: 'start' }).events()) break
    await until(() => [...hub.bus.subscriptions].length === 0)
    for await (const _ of client.subscribe('n', { from: 'start' }).batches()) break
    await until(() => [...hub.bus.subscriptions].length === 0)
  })

  it('next may be called many times at once', async () => {
    const client = await start()
    const iterator = client.subscribe('n', { from: 'start' }).events()[Symbol.asyncIterator]()
    const many = upTo(50).map(() => iterator.next())
    await fill(client, 50)
    expect((await Promise.all(many)).map(({ value }) => value.data)).toEqual(upTo(50))
    const waiting = [iterator.next(), iterator.next()]
    await iterator.return?.()
    expect((await Promise.all(waiting)).map(({ done }) => done)).toEqual([true, true])
    expect((await iterator.next()).done).toBe(true)
  })

  it('batches contain the frames as received, and create events on demand', async () => {
    const client = await start()
    await fill(client, 3000)
    const data: unknown[] = []
    let last = 0
    let visited = 0
    for await (const batch of client.read('n').batches()) {
      if (batch.status !== undefined) continue
      expect(batch.count).toBe(batch.events().length)
      batch.forEach((bytes, at) => {
        expect(bytes[at + 4]).toBe(1)
        visited++
      })
      expect(batch.bytes.length).toBeGreaterThan(batch.count * 32)
      data.push(...batch.events().map((event) => event.data))
      last = batch.lastSeq
    }
    expect(data).toEqual(upTo(3000))
    expect([visited, last]).toEqual([3000, 3000])
  })

  it('a kept event does not change', async () => {
    const client = await start()
    const kept: Event[] = []
    const subscription = client.subscribe('n', { from: 'start' })
    await fill(client, 5000)
    for await (const event of subscription.events()) if (kept.push(event) === 5000) break
    expect(kept.map((event) => event.data)).toEqual(upTo(5000))
  })

  it('close ends the iteration, and the rest is not delivered', async () => {
    const client = await start()
    await fill(client, 10)
    const subscription = client.subscribe('n', { from: 'start' })
    const seen: unknown[] = []
    for await (const event of subscription.events()) {
      seen.push(event.data)
      await subscription.close()
    }
    expect(seen.length).toBeLessThanOrEqual(10)
    await subscription.close()
    await expect(client.subscribe('n').close()).resolves.toBeUndefined()
  })

  it('a signal ends it with TCN_CLIENT_ABORTED', async () => {
    const client = await start()
    const given = new AbortController()
    const subscription = client.subscribe('n', { signal: given.signal })
    await subscription.ready()
    const next = subscription[Symbol.asyncIterator]()
    await next.next()
    const waiting = next.next()
    given.abort('enough')
    await expect(waiting).rejects.toMatchObject({ code: 'TCN_CLIENT_ABORTED', cause: 'enough' })
    expect((await next.next()).done).toBe(true)
    const late = client.subscribe('n', { signal: AbortSignal.abort() })
    await expect(late.events()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'TCN_CLIENT_ABORTED',
    })
    await expect(late.ready()).rejects.toMatchObject({ code: 'TCN_CLIENT_ABORTED' })
  })

  it('a refusal of the hub is thrown after an end record with the reason', async () => {
    const client = await start()
    const statuses: Status[] = []
    const subscription = client.subscribe({ sql: 'x =' }).onStatus((status) => statuses.push(status))
    await expect(subscription.ready()).rejects.toMatchObject({ code: 'TCN_FILTER_SYNTAX' })
    await expect(subscription.events()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'TCN_FILTER_SYNTAX',
    })
    expect(statuses).toMatchObject([{ status: 'end', code: 'TCN_FILTER_SYNTAX' }])
  })
})

describe('ranges', () => {
  it('read ends at the event that was last when it began, with its cursor', async () => {
    const client = await start()
    await fill(client, 100)
    const items: Status[] = []
    let count = 0
    for await (const item of client.read('n')) {
      if (item.status === undefined) {
        if (count++ === 50) await fill(client, 10)
      } else items.push(item)
    }
    expect(count).toBe(100)
    expect(items).toMatchObject([{ status: 'end', code: 'END', cursor: `${client.welcome.epoch}-100` }])
  })

  it('read ends at once if nothing matches', async () => {
    const client = await start()
    for await (const _ of client.read().events()) throw new Error('there is nothing')
    await fill(client, 5)
    for await (const _ of client.read('elsewhere/').events()) throw new Error('there is nothing')
  })

  it('from and to accept positions', async () => {
    const client = await start()
    await fill(client, 10)
    const data = async (options: { from?: string; to?: string }) => {
      const seen: unknown[] = []
      for await (const event of client.read('n', options).events()) seen.push(event.data)
      return seen
    }
    expect(await data({ from: '@4', to: '@6' })).toEqual([3, 4, 5])
    expect(await data({ from: `${client.welcome.epoch}-8` })).toEqual([8, 9])
    expect(await data({ from: '-1h' })).toEqual(upTo(10))
    expect(await data({ from: 'end' })).toEqual([])
    await expect(data({ from: 'never' })).rejects.toMatchObject({ code: 'TCN_RANGE_INVALID' })
  })
})

describe('a cursor of another log', () => {
  const from = 'anotherlogabc-7'
  const readFrom = async (options: { otherwise?: 'start' | 'now' }) => {
    const items: unknown[] = []
    const client = await start()
    await fill(client, 3)
    for await (const item of client.subscribe('n', { from, ...options })) {
      items.push(item.status ?? item.data)
      if (item.status === 'live') return items
    }
    return items
  }

  it('gives a gap, and then live events', async () => {
    expect(await readFrom({})).toEqual(['gap', 'live'])
  })

  it('gives a gap, and then the log from its start if `otherwise` says so', async () => {
    expect(await readFrom({ otherwise: 'start' })).toEqual(['gap', 0, 1, 2, 'live'])
  })
})

describe('the cursor', () => {
  it('is that of the last event that was read', async () => {
    const client = await start()
    await fill(client, 10)
    const { epoch } = client.welcome
    const subscription = client.subscribe('n', { from: 'start' })
    expect(subscription.cursor).toBeUndefined()
    for await (const event of subscription.events()) {
      expect(subscription.cursor).toBe(event.cursor)
      if (event.data === 4) break
    }
    expect(subscription.cursor).toBe(`${epoch}-5`)
    const rest: unknown[] = []
    for await (const event of client.read('n', { from: subscription.cursor }).events()) rest.push(event.data)
    expect(rest).toEqual([5, 6, 7, 8, 9])
  })

  it('moves with status records and whole batches', async () => {
    const client = await start()
    await fill(client, 10)
    const { epoch } = client.welcome
    const quiet = client.subscribe('elsewhere/', { from: 'start' })
    for await (const item of quiet) {
      expect(item).toMatchObject({ status: 'live', cursor: `${epoch}-10` })
      expect(quiet.cursor).toBe(`${epoch}-10`)
      break
    }
    const whole = client.subscribe('n', { from: 'start' })
    for await (const batch of whole.batches()) {
      if (batch.status === undefined) expect(whole.cursor).toBe(`${epoch}-${batch.lastSeq}`)
      else break
    }
    expect(whole.cursor).toBe(`${epoch}-10`)
  })
})

describe('change', () => {
  it('applies to all further events, without a gap', async () => {
    const client = await start()
    const subscription = client.subscribe('a/')
    await subscription.ready()
    await client.publish('a/1', 1)
    await client.publish('b/1', 1)
    await subscription.change(['b/', 'c/'])
    await client.publish('a/2', 1)
    await client.publish('b/2', 1)
    await client.publish('c/2', 1)
    const tags: string[] = []
    for await (const { tag } of subscription.events()) {
      tags.push(tag)
      if (tags.length === 3) break
    }
    expect(tags).toEqual(['a/1', 'b/2', 'c/2'])
    await expect(subscription.change('d/')).rejects.toMatchObject({ code: 'TCN_CLIENT_CLOSED' })
  })

  it('rejects if the hub refuses the filter, and keeps the former one', async () => {
    const client = await start()
    const subscription = client.subscribe('a/')
    await subscription.ready()
    await expect(subscription.change({ sql: 'x =' })).rejects.toMatchObject({ code: 'TCN_FILTER_SYNTAX' })
    await client.publish('a/1', 1)
    await client.publish('b/1', 1)
    await subscription.change('b/')
    await client.publish('b/2', 1)
    const tags: string[] = []
    for await (const { tag } of subscription.events()) {
      tags.push(tag)
      if (tags.length === 2) break
    }
    expect(tags).toEqual(['a/1', 'b/2'])
  })
})

describe('a program that reads slowly', () => {
  it('holds a bounded number of events, is reported as lagging, and loses nothing', {
    timeout: 60_000,
  }, async () => {
    const client = await start({ config: { limits: { queue: '64KiB' } } })
    const statuses: string[] = []
    const subscription = client.subscribe('n').onStatus(({ status }) => statuses.push(status))
    await subscription.ready()
    const total = 60_000
    const text = 'x'.repeat(200)
    const writing = (async () => {
      for (let n = 0; n < total; n++) if (!client.push('n', { n, text })) await client.ready()
      await client.drain()
    })()
    await writing
    await until(() => statuses.includes('lagging'))
    const [behind] = hub.bus.subscriptions
    expect(behind.state).toBe('catching')
    expect(behind.pending).toBeLessThan(1024 * 1024)
    const events = subscription.events()[Symbol.asyncIterator]()
    for (let n = 0; n < total; n++) {
      const { value } = await events.next()
      if ((value.data as { n: number }).n !== n) throw new Error(`${n} was expected`)
    }
    await until(() => statuses.at(-1) === 'live')
    expect(statuses.slice(0, 2)).toEqual(['live', 'lagging'])
    await events.return?.()
  })

  it('is closed with the reason under the policy disconnect', async () => {
    const client = await start({ config: { limits: { queue: '64KiB' } } })
    const subscription = client.subscribe('n', { lag: 'disconnect' })
    await subscription.ready()
    const text = 'x'.repeat(1000)
    for (let n = 0; n < 5000; n++) if (!client.push('n', { n, text })) await client.ready()
    await client.drain()
    let n = 0
    const reading = (async () => {
      for await (const _ of subscription.events()) n++
    })()
    await expect(reading).rejects.toMatchObject({ code: 'TCN_BUS_LAG' })
    expect(n).toBeGreaterThan(0)
    expect(n).toBeLessThan(5000)
  })

  it('misses the oldest events under the policy skip, and receives a gap for them', {
    timeout: 60_000,
  }, async () => {
    const client = await start({ config: { limits: { queue: '64KiB' } } })
    const subscription = client.subscribe('n', { lag: 'skip' })
    await subscription.ready()
    const text = 'x'.repeat(1000)
    const total = 5000
    for (let n = 0; n < total; n++) {
      if (!client.push('n', { n, text })) await client.ready()
      if (n % 100 === 0) await turn()
    }
    await client.drain()
    let next = 1
    let missed = 0
    let lives = 0
    for await (const item of subscription) {
      if (item.status === 'gap') {
        expect(item).toMatchObject({ code: 'GAP_SKIPPED', from: next })
        missed += item.to - item.from + 1
        next = item.to + 1
      } else if (item.status === undefined) {
        expect(item.seq).toBe(next++)
      } else if (item.status === 'live' && ++lives === 2) {
        break
      }
    }
    expect(next).toBe(total + 1)
    expect(missed).toBeGreaterThan(0)
  })
})
