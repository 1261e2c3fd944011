import { expect, test } from 'vitest'
import type { AppendOutcome } from '../../src/cluster/append/append-entry.js'
import type { AppendQueue } from '../../src/cluster/append/append-queue.js'
import { ClusterLog } from '../../src/cluster/cluster-log.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { encodeFrame } from '../../src/event/index.js'
import type { JetStreamLog } from '../../src/log/jetstream/jetstream-log.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

/** A hub of which a test says what the stream brings, and what becomes of its entries. */
function sharedLog() {
  const outcomes: ((outcome: Omit<AppendOutcome, 'number'>) => void)[] = []
  const stream = { last: 0, arrived: () => undefined as undefined }
  const log = {
    get last() {
      return stream.last
    },
    onStored: (listener: (batch: unknown) => void) => {
      stream.arrived = () => listener({}) as undefined
    },
  } as unknown as JetStreamLog
  const queue = {
    largest: 1e6,
    add: (_bytes: unknown, _range: unknown, _expires: boolean, done: (outcome: AppendOutcome) => void) =>
      outcomes.push((outcome) => done({ number: 0, ...outcome })),
  } as unknown as AppendQueue
  const told: string[] = []
  const shared = new ClusterLog(log, queue, {
    hub: 'hub',
    runtime: new FakeRuntime(),
    heard: () => Promise.resolve(),
  })
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
  return { append, arrive, outcomes, told }
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
