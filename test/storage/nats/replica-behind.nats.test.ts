import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { keyValueConfig } from '../../../src/storage/nats/stream-config.js'
import { StreamFeed } from '../../../src/storage/nats/stream-feed.js'
import { StreamPull } from '../../../src/storage/nats/stream-pull.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { ReplicaBehind } from '../../helpers/replica-behind.js'
import { range } from '../../log/conformance/tools.js'

let server: NatsServer
let streams = 0
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

/** A stream with messages at places 1 to 20, on a leader and on a server that has only those up to 8. */
async function streamOfTwenty() {
  const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
  onTestFinished(() => link.close())
  const api = new ReplicaBehind(link)
  const [leader, replica] = [`LEADER${++streams}`, `REPLICA${streams}`]
  for (const name of [leader, replica])
    await api.create(keyValueConfig({ name, subject: `${name}.*`, replicas: 1 }))
  const { created } = await api.info(leader)
  const publish = async (stream: string, from: number, to: number) => {
    for (let place = from; place <= to; place++)
      await link.request(`${stream}.${place}`, Buffer.from(`message ${place}`), 5000)
  }
  await publish(leader, 1, 20)
  await publish(replica, 1, 8)
  api.replica = replica
  return { link, api, leader, created, catchUp: () => publish(replica, 9, 20) }
}

test('a read waits until a server that is behind has the place that it begins with', async () => {
  const { link, api, leader, catchUp } = await streamOfTwenty()
  const pull = new StreamPull(link, api, leader)
  const found: number[] = []
  const read = pull.read(15, 100, 20, (_, { seq }) => void found.push(seq))
  await vi.waitFor(() => expect(api.consumers).toBeGreaterThan(1))
  await catchUp()
  expect(await read).toBe(Number.POSITIVE_INFINITY)
  expect(found).toEqual(range(15, 20))
})

test('a read does not end where a server that is behind ends', async () => {
  const { link, api, leader, catchUp } = await streamOfTwenty()
  const pull = new StreamPull(link, api, leader)
  const found: number[] = []
  const read = pull.read(5, 100, 20, (_, { seq }) => void found.push(seq))
  await vi.waitFor(() => expect(found).toEqual(range(5, 8)))
  await catchUp()
  expect(await read).toBe(Number.POSITIVE_INFINITY)
  expect(found).toEqual(range(5, 20))
})

test('a read ends at once where the messages up to the last known place were removed', async () => {
  const { link, api, leader } = await streamOfTwenty()
  await api.purge(leader, { seq: 21 })
  api.replica = undefined
  const pull = new StreamPull(link, api, leader)
  expect(await pull.read(5, 100, 20, () => expect.unreachable())).toBe(Number.POSITIVE_INFINITY)
  expect(api.consumers).toBe(1)
})

test('a read of as many messages as a server that is behind has goes on after them', async () => {
  const { link, api, leader, catchUp } = await streamOfTwenty()
  const pull = new StreamPull(link, api, leader)
  expect(await pull.read(5, 4, 20, () => undefined)).toBe(9)
  await catchUp()
  expect(await pull.read(9, 4, 20, () => undefined)).toBe(13)
  expect(await pull.read(13, 8, 20, () => undefined)).toBe(Number.POSITIVE_INFINITY)
})

function follow(given: Awaited<ReturnType<typeof streamOfTwenty>>, from: number) {
  const { link, api, leader: stream, created } = given
  const found: number[] = []
  const feed = new StreamFeed({
    link,
    api,
    stream,
    created,
    from,
    newestOf: '>',
    received: (_, { seq }) => void found.push(seq),
    replaced: () => expect.unreachable(),
  })
  onTestFinished(() => feed.close())
  return { feed, found }
}

test('a feed delivers nothing twice when a server that is behind begins with what it stores next', async () => {
  const given = await streamOfTwenty()
  const { feed, found } = follow(given, 15)
  await vi.waitFor(() => expect(given.api.consumers).toBe(1))
  await given.catchUp()
  await feed.caughtUp
  expect(found).toEqual(range(15, 20))
})

test('a feed has caught up only when it has what the leader has', async () => {
  const given = await streamOfTwenty()
  const { feed, found } = follow(given, 1)
  let hasCaughtUp = false
  void feed.caughtUp.then(() => {
    hasCaughtUp = true
  })
  await vi.waitFor(() => expect(found).toEqual(range(1, 8)))
  // The comparison with the leader leads to another server.
  given.api.replica = undefined
  await given.api.info(given.leader)
  expect(hasCaughtUp).toBe(false)
  await feed.caughtUp
  expect(found).toEqual(range(1, 20))
  expect(given.api.consumers).toBe(2)
})

test('a feed has caught up at once when the last messages were removed', async () => {
  const given = await streamOfTwenty()
  given.api.replica = undefined
  for (const place of [19, 20]) await given.api.purge(given.leader, { filter: `${given.leader}.${place}` })
  const { feed, found } = follow(given, 1)
  await feed.caughtUp
  expect(found).toEqual(range(1, 18))
  expect(given.api.consumers).toBe(1)
})
