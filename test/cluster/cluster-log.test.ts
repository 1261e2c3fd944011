import { expect, test } from 'vitest'
import type { AppendOutcome } from '../../src/cluster/append/append-entry.js'
import type { AppendQueue } from '../../src/cluster/append/append-queue.js'
import { ClusterLog } from '../../src/cluster/cluster-log.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { encodeFrame } from '../../src/event/index.js'
import type { JetStreamLog } from '../../src/log/jetstream/jetstream-log.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

/** A hub of which a test says what the stream brings, and what becomes of its entries. */
function sharedLog(heard = Promise.resolve()) {
  const told: string[] = []
  const outcomes: ((outcome: Omit<AppendOutcome, 'number'>) => void)[] = []
  const stream = { last: 0, arrived: () => undefined as undefined }
  const log = {
    get last() {
      return stream.last
    },
    onStored: (listener: (batch: unknown) => void) => {
      stream.arrived = () => listener({}) as undefined
    },
    caughtUp: async () => void told.push('looked'),
  } as unknown as JetStreamLog
  const queue = {
    largest: 1e6,
    add: (_bytes: unknown, _range: unknown, _expires: boolean, done: (outcome: AppendOutcome) => void) =>
      outcomes.push((outcome) => done({ number: 0, ...outcome })),
  } as unknown as AppendQueue
  const runtime = new FakeRuntime()
  const shared = new ClusterLog(log, queue, { hub: 'hub', runtime, heard: () => heard })
  const append = (key: string | undefined, counter: number) => {
    const bytes = encodeFrame({ tag: 't', source: 's', body: Uint8Array.of(0xc0), seq: counter })
    const producers = key === undefined ? undefined : [{ key, first: counter, last: counter, count: 1 }]
    const batch = { bytes, count: 1, firstSeq: 0, lastSeq: 0, producers }
    shared.append(batch, (error, seq) => told.push(`${counter} ${error?.code ?? `@${seq}`}`))
  }
  const arrive = (last: number) => {
    stream.last = last
    stream.arrived()
  }
  return { append, arrive, outcomes, told, shared, runtime }
}

const stored = { seq: 7, run: 1 }
const refused = (code: 'TCN_CLUSTER_NO_PRIMARY' | 'TCN_NATS_PAYLOAD') => ({
  error: new TocsinError(code),
  seq: 0,
  run: 0,
})

test('a producer is answered at once that events are given up, though earlier ones have not arrived', () => {
  const { append, arrive, outcomes, told } = sharedLog()
  append('a/p', 1)
  append('a/p', 2)
  outcomes[0](stored)
  outcomes[1](refused('TCN_CLUSTER_NO_PRIMARY'))
  expect(told).toEqual(['2 TCN_CLUSTER_NO_PRIMARY'])
  arrive(7)
  expect(told).toEqual(['2 TCN_CLUSTER_NO_PRIMARY', '1 @7'])
})

test('other answers keep the order of their events', () => {
  const { append, arrive, outcomes, told } = sharedLog()
  append('a/p', 1)
  append('a/p', 2)
  append(undefined, 3)
  outcomes[0](stored)
  outcomes[1](refused('TCN_NATS_PAYLOAD'))
  outcomes[2](refused('TCN_CLUSTER_NO_PRIMARY'))
  expect(told).toEqual([])
  arrive(7)
  expect(told).toEqual(['1 @7', '2 TCN_NATS_PAYLOAD', '3 TCN_CLUSTER_NO_PRIMARY'])
})

test('the stream is looked at only when the servers have taken something that this hub has sent', async () => {
  let hear = () => {}
  const heard = new Promise<void>((resolve) => {
    hear = resolve
  })
  const { shared, told, runtime } = sharedLog(heard)
  const caughtUp = shared.caughtUp()
  await runtime.pass(1000)
  expect(told).toEqual([])
  hear()
  await caughtUp
  expect(told).toEqual(['looked'])
})

test('a hub that the servers do not hear does not know whether it is behind', async () => {
  const { shared, told, runtime } = sharedLog(new Promise(() => undefined))
  const caughtUp = expect(shared.caughtUp()).rejects.toMatchObject({ code: 'TCN_CLUSTER_BEHIND' })
  await runtime.pass(3000)
  await caughtUp
  expect(told).toEqual([])
})
