import { afterEach, expect, test } from 'vitest'
import type { Event, Status } from '../../src/client/index.js'
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

test('read ends at the end of the log', async () => {
  hub = await startTestHub()
  await using client = await hub.connect()
  for (let n = 0; n < 20_000; n++) if (!client.push('demo/n', n)) await client.ready()
  await client.drain()
  const seen: unknown[] = []
  for await (const event of client.read('demo/').events()) seen.push(event.data)
  expect(seen).toEqual(Array.from({ length: 20_000 }, (_, n) => n))
})
