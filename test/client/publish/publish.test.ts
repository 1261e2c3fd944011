import { afterEach, describe, expect, it } from 'vitest'
import { type Client, type ConnectOptions, connect, type OutgoingEvent } from '../../../src/client/index.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../../src/hub/testing.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let hub: TestHub

async function start(options: TestHubOptions = {}, connecting: ConnectOptions = {}): Promise<Client> {
  hub = await startTestHub(options)
  return await hub.connect(connecting)
}

async function allTags(client: Client): Promise<string[]> {
  const tags: string[] = []
  for await (const event of client.read().events()) tags.push(event.tag)
  return tags
}

afterEach(async () => {
  await hub?.close()
})

describe('publish', () => {
  it('resolves with the cursor of the event, even for many at once', async () => {
    const client = await start()
    const other = await hub.connect()
    const cursors = await Promise.all(
      Array.from({ length: 2000 }, async (_, n) => {
        const { cursor } = await (n % 2 === 0 ? client : other).publish(`n/${n}`, n)
        return [`n/${n}`, cursor] as const
      }),
    )
    const stored = new Map<string, string>()
    for await (const event of client.read().events()) stored.set(event.tag, event.cursor)
    expect(new Map(cursors)).toEqual(stored)
  })

  it('carries source, attributes and a body that is already encoded', async () => {
    const client = await start()
    const { source } = client.welcome
    await client.publish(
      'a',
      { n: 1 },
      { source: `${source}/disk`, attributes: { traceparent: '00-1', n: 2 } },
    )
    await client.publishBatch([{ tag: 'b', body: encode({ raw: true }), attributes: { id: 'x' } }])
    const events = []
    for await (const event of client.read().events()) events.push(event)
    expect(events.map(({ tag, source, attributes, data }) => ({ tag, source, attributes, data }))).toEqual([
      { tag: 'a', source: `${source}/disk`, attributes: { traceparent: '00-1', n: 2 }, data: { n: 1 } },
      { tag: 'b', source, attributes: { id: 'x' }, data: { raw: true } },
    ])
  })

  it('rejects invalid events, in the client and at the hub, and continues', async () => {
    const client = await start({
      config: { principals: { low: { publish: ['a/'], source: 'low' } } },
      principal: 'low',
    })
    await expect(client.publish('', 1)).rejects.toMatchObject({ code: 'TCN_TAG_EMPTY' })
    await expect(client.publish('a/b', () => 1)).rejects.toMatchObject({ code: 'TCN_BODY_UNSUPPORTED' })
    await expect(client.publish('b/c', 1)).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
    await expect(client.publish('a/c', 1, { source: 'other' })).rejects.toMatchObject({
      code: 'TCN_ORIGIN_FOREIGN',
    })
    await expect(client.publish('a/c', 1, { kind: 4 })).rejects.toMatchObject({ code: 'TCN_KIND_RESERVED' })
    await expect(client.publish('a/c', 1)).resolves.toMatchObject({ cursor: expect.stringMatching(/-1$/) })
    await client.drain()
  })

  it('keeps the order of the calls, even of those that wait for the window', async () => {
    const client = await start({}, { window: 16 })
    const all = Array.from({ length: 500 }, (_, n) => client.publish(`n/${n}`, n))
    await Promise.all(all)
    expect(await allTags(client)).toEqual(Array.from({ length: 500 }, (_, n) => `n/${n}`))
  })

  it('durable resolves when the event is flushed', async () => {
    const client = await start({ data: temporaryFolder('data') })
    expect(client.welcome.durable).toBe(true)
    await Promise.all(Array.from({ length: 1000 }, (_, n) => client.publish('a', n, { ack: 'durable' })))
    const { cursor } = await client.publish('a', 1, { ack: 'durable' })
    expect(cursor).toMatch(/-1001$/)
  })

  it('durable is refused at once if the log is in memory: TCN_LOG_NOT_DURABLE', async () => {
    const client = await start({ config: { log: { engine: 'memory' } } })
    const refused = { code: 'TCN_LOG_NOT_DURABLE' }
    await expect(client.publish('a', 1, { ack: 'durable' })).rejects.toMatchObject(refused)
    await expect(client.publishBatch([], { ack: 'durable' })).rejects.toMatchObject(refused)
    await expect(client.drain({ ack: 'durable' })).rejects.toMatchObject(refused)
    await client.publish('a', 1)
  })

  it('can be aborted', async () => {
    const client = await start({}, { window: 1 })
    await expect(client.publish('a', 1, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'TCN_CLIENT_ABORTED',
    })
    const first = client.publish('a', 1)
    const given = new AbortController()
    const waits = client.publish('b', 1, { signal: given.signal })
    given.abort('enough')
    await expect(waits).rejects.toMatchObject({ code: 'TCN_CLIENT_ABORTED', cause: 'enough' })
    await first
    expect(await allTags(client)).toEqual(['a'])
  })
})

describe('push', () => {
  it('reports when the window is full, and ready waits for it', async () => {
    const client = await start({}, { window: 100 })
    for (let n = 1; n < 100; n++) expect(client.push('a', n)).toBe(true)
    expect(client.push('a', 100)).toBe(false)
    await client.ready()
    expect(client.push('a', 101)).toBe(true)
    await client.drain()
    expect(await allTags(client)).toHaveLength(101)
  })

  it('throws if the caller ignores a full window: TCN_CLIENT_WINDOW', async () => {
    const client = await start({}, { window: 100 })
    const pushAll = () => {
      for (;;) client.push('a', 1)
    }
    expect(pushAll).toThrow(expect.objectContaining({ code: 'TCN_CLIENT_WINDOW' }))
    await client.drain()
    expect(await allTags(client)).toHaveLength(200)
  })

  it('errors are reported by drain, once', async () => {
    const client = await start({
      config: { principals: { low: { publish: ['a/'], source: 'low' } } },
      principal: 'low',
    })
    client.push('a/1', 1)
    client.push('b/1', 1)
    client.push('b/2', 1)
    await expect(client.drain()).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
    await client.drain()
    client.push('a/2', 1)
    await client.drain()
    expect(hub.bus.log.last).toBe(2)
  })

  it('counts large events by their bytes, and accepts events larger than a slab', {
    timeout: 60_000,
  }, async () => {
    const client = await start()
    const large = new Uint8Array(3 * 1024 * 1024)
    let waits = 0
    for (let n = 0; n < 40; n++) {
      if (!client.push('large', large)) {
        waits++
        await client.ready()
      }
    }
    await client.drain()
    expect(waits).toBeGreaterThan(0)
    expect(hub.bus.log.last).toBe(40)
    expect(() => client.push('large', new Uint8Array(16 * 1024 * 1024))).toThrow(
      expect.objectContaining({ code: 'TCN_FRAME_TOO_LARGE' }),
    )
  })
})

describe('publishBatch', () => {
  it('accepts lists and streams of any length', async () => {
    const client = await start({}, { window: 64 })
    async function* stream(): AsyncGenerator<OutgoingEvent> {
      for (let n = 0; n < 300; n++) yield { tag: `s/${n}`, data: n }
    }
    expect(await client.publishBatch(stream())).toMatchObject({ count: 300, refused: [] })
    const list = Array.from({ length: 300 }, (_, n) => ({ tag: `l/${n}`, data: n }))
    expect(await client.publishBatch(list)).toEqual({
      count: 300,
      cursor: `${client.welcome.epoch}-600`,
      refused: [],
    })
    expect(await client.publishBatch([])).toMatchObject({ count: 0, refused: [] })
  })

  it('lists events refused by the client or the hub with their index, and accepts the others', async () => {
    const client = await start({
      config: { principals: { low: { publish: ['a/'], source: 'low' } } },
      principal: 'low',
    })
    const batch = (name: string) => [
      { tag: `a/${name}/0`, data: 1 },
      { tag: `b/${name}/1`, data: 1 },
      { tag: '', data: 1 },
      { tag: `a/${name}/3`, data: 1 },
      { tag: `a/${name}/4`, data: () => 1 },
      { tag: `b/${name}/5`, data: 1 },
    ]
    const results = await Promise.all([client.publishBatch(batch('x')), client.publishBatch(batch('y'))])
    for (const { count, refused } of results) {
      expect(count).toBe(2)
      expect(refused.map(({ index, code }) => [index, code])).toEqual([
        [1, 'TCN_ACCESS_DENIED'],
        [2, 'TCN_TAG_EMPTY'],
        [4, 'TCN_BODY_UNSUPPORTED'],
        [5, 'TCN_ACCESS_DENIED'],
      ])
    }
    await client.drain()
    expect(hub.bus.log.last).toBe(4)
  })

  it('durable waits until all are flushed', async () => {
    const client = await start({ data: temporaryFolder('data') }, { ack: 'durable', window: 256 })
    const events = Array.from({ length: 5000 }, (_, n) => ({ tag: 'a', data: n }))
    expect(await client.publishBatch(events)).toMatchObject({ count: 5000, refused: [] })
    expect(hub.bus.log.stats.unflushedBytes).toBe(0)
  })
})

describe('the end of a client', () => {
  it('close may be called twice, and every later call fails with TCN_CLIENT_CLOSED', async () => {
    const client = await start()
    client.push('a', 1)
    await client.close()
    await client.close()
    const closed = { code: 'TCN_CLIENT_CLOSED' }
    expect(() => client.push('a', 1)).toThrow(expect.objectContaining(closed))
    expect(() => client.subscribe()).toThrow(expect.objectContaining(closed))
    await expect(client.request('hub.status')).rejects.toMatchObject(closed)
    await expect(client.drain()).rejects.toMatchObject(closed)
  })

  it('leaving the block of `await using` sends pushed events', async () => {
    hub = await startTestHub()
    {
      await using client = await hub.connect()
      for (let n = 0; n < 1000; n++) client.push('a', n)
    }
    expect(hub.bus.log.last).toBe(1000)
  })

  it('the signal closes the client', async () => {
    const given = new AbortController()
    const client = await start({}, { signal: given.signal })
    const reading = client.subscribe().events()[Symbol.asyncIterator]().next()
    given.abort()
    await expect(client.publish('a', 1)).rejects.toMatchObject({ code: 'TCN_CLIENT_ABORTED' })
    expect((await reading).done).toBe(true)
    await expect(connect({ address: hub.address, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'TCN_CLIENT_ABORTED',
    })
  })

  it('a client that closes while it publishes does not delay the hub', async () => {
    const client = await start()
    const other = await hub.connect()
    client.push('a', 1)
    await client.close()
    await other.publish('b', 1)
  })
})

describe('connect', () => {
  it('rejects if no hub answers: TCN_CLIENT_UNREACHABLE', async () => {
    await expect(connect('/nowhere/tocsin.sock')).rejects.toMatchObject({ code: 'TCN_CLIENT_UNREACHABLE' })
    await expect(connect('ftp://localhost')).rejects.toMatchObject({ code: 'TCN_CLIENT_ADDRESS' })
  })

  it('accepts a path, unix:path or options', async () => {
    hub = await startTestHub()
    for (const address of [hub.address, hub.address.replace('unix:', '')]) {
      const client = await connect(address)
      expect(client.welcome.principal).toBe('admin')
      await client.close()
    }
  })

  it('rejects with the error with which the hub refuses', async () => {
    hub = await startTestHub()
    await expect(hub.connect({ producer: 'a\nb' })).rejects.toMatchObject({ code: 'TCN_PROTOCOL_BODY' })
    await expect(hub.connect({ producer: '' })).rejects.toMatchObject({ code: 'TCN_PROTOCOL_BODY' })
  })
})
