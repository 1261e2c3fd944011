import { afterEach, expect, test } from 'vitest'
import { type Event, type EventTimeOptions, readByEventTime, type Status } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'

let hub: TestHub
afterEach(() => hub?.close())

test('a published event arrives after the subscriber is reported as live', async () => {
  hub = await startTestHub()
  await using client = await hub.connect()
  const subscription = client.subscribe('demo/')
  await subscription.ready()
  const first = await client.publish('demo/a', { n: 1 })
  const second = await client.publish('demo/b', { n: 2 })
  const items: (Event | Status)[] = []
  for await (const item of subscription) {
    items.push(item)
    if (items.length === 3) break
  }
  expect(items[0]).toMatchObject({ status: 'live' })
  const events = items.slice(1) as Event[]
  expect(events.map((event) => [event.tag, event.data])).toEqual([
    ['demo/a', { n: 1 }],
    ['demo/b', { n: 2 }],
  ])
  expect(events.map((event) => event.cursorIn(client.welcome.epoch))).toEqual([first.cursor, second.cursor])
})

test('stored events are read in the order in which they happened', async () => {
  hub = await startTestHub()
  await using client = await hub.connect()
  for (const second of [3, 1, 2])
    await client.publish('shop/a', second, { attributes: { time: `2026-01-02T08:00:0${second}Z` } })
  const read = async (options: EventTimeOptions) => {
    const found: unknown[] = []
    for await (const event of readByEventTime(client, 'shop/', options))
      found.push([event.data, event.cursor.startsWith(client.welcome.epoch)])
    return found
  }
  const all = [1, 2, 3].map((second) => [second, true])
  expect(await read({})).toEqual(all)
  expect(await read({ reverse: true })).toEqual(all.toReversed())
  expect(await read({ from: '2026-01-02T08:00:02Z', to: '2026-01-02T08:00:02Z' })).toEqual([[2, true]])
  const one = readByEventTime(client, 'shop/', { signal: AbortSignal.abort() })
  await expect(one[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'TCN_CLIENT_ABORTED' })
})

test('read ends at the end of the log', async () => {
  hub = await startTestHub()
  await using client = await hub.connect()
  for (let n = 0; n < 20_000; n++) if (!client.push('demo/n', n)) await client.ready()
  await client.drain()
  const seen: unknown[] = []
  for await (const event of client.read('demo/').events()) seen.push(event.data)
  expect(seen).toEqual(Array.from({ length: 20_000 }, (_, n) => n))
})
