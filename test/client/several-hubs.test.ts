import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** One log, behind the address of one hub and then of another. */
let folder: string
let sockets: string[]
let hub: TestHub
let client: Client

const startAt = (socket: string) => startTestHub({ data: join(folder, 'data'), socket })

beforeEach(async () => {
  folder = temporaryFolder('hubs')
  sockets = ['a', 'b', 'c'].map((name) => join(folder, `${name}.sock`))
  hub = await startAt(sockets[1])
  client = await connect({ address: sockets.join(','), producer: 'counter' })
})

afterEach(async () => {
  await client.close()
  await hub.close()
})

async function moveTo(socket: string): Promise<void> {
  await hub.close()
  hub = await startAt(socket)
}

it('a client goes on at its next hub: subscriptions from their cursor, publishers with their counters', {
  timeout: 30_000,
}, async () => {
  const subscription = client.subscribe('n', { from: 'start' })
  const seen: unknown[] = []
  const following = (async () => {
    for await (const event of subscription.events()) if (seen.push(event.data) === 600) return
  })()
  for (let n = 0; n < 600; n++) {
    if (!client.push('n', n)) await client.ready()
    if (n === 200) await moveTo(sockets[2])
    if (n === 400) await moveTo(sockets[0])
  }
  await client.drain({ ack: 'durable' })
  await following
  const expected = Array.from({ length: 600 }, (_, n) => n)
  expect(seen).toEqual(expected)
  const stored: unknown[] = []
  for await (const event of client.read('n').events()) stored.push(event.data)
  expect(stored).toEqual(expected)
})

it('attaches to its durable consumer again at the next hub, and what it has acknowledged stays so', async () => {
  const work = client.subscribe('n', { consumer: 'work', from: 'start' })
  await client.publish('n', 1)
  await client.publish('n', 2)
  const seen: unknown[] = []
  for await (const event of work.events()) {
    seen.push(event.data)
    work.ack(event)
    if (seen.length === 2) {
      // The hub has read the acknowledgements when it answers.
      await expect.poll(async () => (await client.request('consumers.get', { name: 'work' })).pending).toBe(0)
      await moveTo(sockets[0])
      await client.publish('n', 3)
    }
    if (seen.length === 3) break
  }
  expect(seen).toEqual([1, 2, 3])
})
