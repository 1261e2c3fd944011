import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { JetStreamLog } from '../../../src/log/jetstream/jetstream-log.js'
import type { JetStreamApi } from '../../../src/storage/nats/jetstream-api.js'
import { NatsCluster } from '../../helpers/nats-cluster.js'
import { repeats } from '../../helpers/repeats.js'
import { append, frameOf, readAll, seqsOf, unpack } from '../conformance/tools.js'
import { Load } from './load.js'
import { endless, newStream, openLog } from './open-log.js'

/** Rounds of each fault: one in a usual run, more in a long one. */
const ROUNDS = repeats(1, 10)
/** An election and the start of a node take up to 20 s on a busy machine. */
const PATIENCE_MS = 90_000 + ROUNDS * 60_000
const WINDOW = 256
/** More than wait at the same time, so that some of them were begun afterwards. */
const FURTHER = WINDOW + 128
const READ_AT_ONCE = 64

// A node that never makes up what it missed fails the test that stopped it, and no other one.
let cluster: NatsCluster
beforeEach(async () => {
  cluster = await NatsCluster.start()
})
afterEach(() => cluster?.stop())

async function opened(stream: string): Promise<JetStreamLog> {
  const options = { stream, window: WINDOW, replicas: 3 }
  const log = await openLog(cluster.addresses, options)
  onTestFinished(() => log.close())
  return log
}

/** A primary under full load, and another hub that hears everything. */
async function underLoad() {
  const stream = newStream()
  const [primary, other] = [await opened(stream), await opened(stream)]
  await primary.lead(endless)
  const heard: number[] = []
  other.onStored((batch) => heard.push(...seqsOf(unpack(batch))))
  // Enough that the window is always full.
  const load = new Load(primary, WINDOW + 64)
  await load.advances(FURTHER)
  return { stream, primary, other, heard, load }
}

/** Nothing is lost, nothing is there twice, the order is that of the calls: for both hubs, and on each of the nodes. */
async function expectWhole({ stream, primary, other, heard, load }: Awaited<ReturnType<typeof underLoad>>) {
  await load.advances(FURTHER)
  await load.stop()
  expect(load.stored).toHaveLength(load.given.length)
  const found = await readAll(primary, 1)
  expect(found.map(({ tag }) => tag)).toEqual(load.given)
  await expect.poll(() => heard.length).toBe(found.length)
  expect(heard).toEqual(seqsOf(found))
  expect([primary.damage, other.damage]).toEqual([[], []])
  await expectSameOnEachNode(stream, primary.last)
}

/** Reads the whole stream once with each node as its leader. */
async function expectSameOnEachNode(stream: string, last: number): Promise<void> {
  await cluster.inStep(stream)
  const contents: string[][] = []
  await cluster.withEachLeader(stream, async (api) => void contents.push(await contentOf(api, stream, last)))
  expect(contents).toHaveLength(3)
  expect(contents[1]).toEqual(contents[0])
  expect(contents[2]).toEqual(contents[0])
}

async function contentOf(api: JetStreamApi, stream: string, last: number): Promise<string[]> {
  // A server may lead before it has applied everything.
  const { state } = await vi.waitFor(async () => {
    const info = await api.info(stream)
    expect(info.state.last_seq).toBeGreaterThanOrEqual(last)
    return info
  })
  const found: string[] = []
  for (let from = state.first_seq; from <= state.last_seq; from += READ_AT_ONCE) {
    const places = Array.from(
      { length: Math.min(READ_AT_ONCE, state.last_seq - from + 1) },
      (_, at) => from + at,
    )
    const messages = await Promise.all(places.map((seq) => api.message(stream, { seq })))
    found.push(
      ...messages.map(
        (message) =>
          `${message?.seq} ${message?.subject} ${message?.header} ${message?.payload.toString('hex')}`,
      ),
    )
  }
  return found
}

describe('a log of three replicas', () => {
  test('keeps its order and loses nothing when the leader of the stream is killed under load', {
    timeout: PATIENCE_MS,
  }, async () => {
    const work = await underLoad()
    for (let nth = 0; nth < ROUNDS; nth++) {
      const leader = await cluster.leaderOf(work.stream)
      await cluster.node(leader).kill()
      await work.load.advances(FURTHER)
      await cluster.node(leader).start()
      await work.load.slowly(cluster.rejoined(leader, work.stream))
    }
    await expectWhole(work)
  })

  test('keeps its order and loses nothing in three step-downs in a row with a full window', {
    timeout: PATIENCE_MS,
  }, async () => {
    const work = await underLoad()
    for (let nth = 0; nth < 3 * ROUNDS; nth++) {
      await cluster.stepDown(work.stream)
      if (nth % 3 === 2) await work.load.advances(FURTHER)
    }
    await expectWhole(work)
  })

  test('keeps its order and loses nothing when the leader of the stream stands still and goes on', {
    timeout: PATIENCE_MS,
  }, async () => {
    const work = await underLoad()
    for (let nth = 0; nth < ROUNDS; nth++) {
      const leader = await cluster.leaderOf(work.stream)
      const node = cluster.node(leader)
      node.suspend()
      try {
        await work.load.advances(FURTHER)
      } finally {
        node.resume()
      }
      await work.load.slowly(cluster.rejoined(leader, work.stream))
    }
    await expectWhole(work)
  })

  test('goes on through another node when the one that the hub is connected to stands still', {
    timeout: PATIENCE_MS,
  }, async () => {
    const stream = newStream()
    await (await opened(stream)).lead(endless)
    const node = cluster.node(await cluster.followerOf(stream))
    const log = await openLog(node.address, { stream, window: WINDOW, deadlineMs: 12_000 })
    onTestFinished(() => log.close())
    await log.lead(endless)
    const load = new Load(log)
    await load.advances(FURTHER)
    node.suspend()
    try {
      await load.advances(FURTHER)
    } finally {
      node.resume()
    }
    await load.stop()
    expect((await readAll(log, 1)).map(({ tag }) => tag)).toEqual(load.given)
  })

  test('is the same on each node after a follower was restarted while nothing happened', {
    timeout: PATIENCE_MS,
  }, async () => {
    const stream = newStream()
    const log = await opened(stream)
    await log.lead(endless)
    for (let nth = 0; nth < 20; nth++) await append(log, [frameOf(`before/${nth}`)])
    const follower = await cluster.followerOf(stream)
    await cluster.node(follower).kill()
    await cluster.node(follower).start()
    await cluster.rejoined(follower, stream)
    for (let nth = 0; nth < 20; nth++) await append(log, [frameOf(`after/${nth}`)])
    expect(await readAll(log, 1)).toHaveLength(40)
    await expectSameOnEachNode(stream, log.last)
  })
})
