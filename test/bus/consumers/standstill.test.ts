import { beforeEach, describe, expect, it } from 'vitest'
import { decodeRecord } from '../../../src/bus/consumers/consumer-record.js'
import type { BusLimits } from '../../../src/bus/limits.js'
import { encode } from '../../../src/event/index.js'
import { type EventLog, openMemoryLog } from '../../../src/log/index.js'
import { openMemoryState, type StateStore } from '../../../src/state/index.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { TestBus, TestSink } from '../fixture.js'
import { done, redelivered } from './fixture.js'

const TTL = 6000

let runtime: FakeRuntime
let log: EventLog
let state: StateStore
let one: TestBus

beforeEach(async () => {
  runtime = new FakeRuntime()
  log = openMemoryLog({ runtime })
  state = openMemoryState({ runtime })
  one = await open()
})

function open(limits: Partial<BusLimits> = {}): Promise<TestBus> {
  const sharing = { name: 'one', address: 'tls://one:4581', ttl: TTL }
  return TestBus.open({ runtime, log, state, sharing, limits })
}

function consumerOf(hub: TestBus) {
  return hub.bus.consumers.get(hub.access.principal('admin'), 'work')
}

const join = (hub: TestBus): Promise<TestSink> => hub.subscribe({ consumer: 'work' })

describe('a durable consumer whose hub stood still for longer than its lease, and reads before its timers run', () => {
  it('loses nothing of what it reads then, and is nowhere past it', async () => {
    const sink = await join(one)
    await one.publish('a/1', 'a/2')
    done(sink, 1, 2)
    await runtime.pass(1000)
    runtime.standStill(TTL)
    await one.publish('a/3', 'a/4')
    expect(sink.seqs).toEqual([1, 2])
    expect(consumerOf(one).settledUpTo).toBe(2)
    await runtime.pass(TTL)
    expect(sink.ended).toMatchObject({ code: 'TCN_CONSUMER_ELSEWHERE' })
    expect(decodeRecord((await state.bucket('consumers').get('work'))!.value).position.taken).toBe(2)
    const next = await join(one)
    await one.publish('a/5')
    expect(next.seqs).toEqual([3, 4, 5])
    expect(redelivered(next)).toEqual([])
  })

  it('loses nothing that waits for room, nor hands it out when there is room', async () => {
    const narrow = await open({ unacknowledged: 2 })
    const sink = await join(narrow)
    await narrow.publish('a/1', 'a/2', 'a/3', 'a/4', 'a/5')
    await runtime.pass(1000)
    runtime.standStill(TTL)
    done(sink, 1, 2)
    await runtime.settle()
    expect(sink.seqs).toEqual([1, 2])
    await runtime.pass(TTL)
    const next = await join(narrow)
    done(next, 3, 4)
    await runtime.settle()
    expect(next.seqs).toEqual([3, 4, 5])
  })

  it('ends for its members although it reads what it has written itself', async () => {
    const sink = await join(one)
    await one.publish('a/1')
    done(sink, 1)
    await runtime.pass(1000)
    const bucket = state.bucket('consumers')
    const own = await bucket.get('work')
    runtime.standStill(TTL)
    await bucket.put('work', own!.value)
    await one.publish('a/2')
    await runtime.pass(TTL)
    expect(sink.ended).toMatchObject({ code: 'TCN_CONSUMER_ELSEWHERE' })
    expect((await join(one)).seqs).toEqual([2])
  })

  it('loses nothing of what it reads from the log then', async () => {
    const count = 500
    one.store(...Array.from({ length: count }, () => ({ tag: 'a/n', body: encode('x'.repeat(4096)) })))
    await runtime.settle()
    const sink = new TestSink()
    sink.onWrite = () => runtime.standStill(TTL)
    await one.subscribe({ consumer: 'work', from: 'start', sink })
    await runtime.pass(TTL)
    expect(sink.seqs.length).toBeLessThan(count)
    const next = await join(one)
    expect(new Set([...sink.seqs, ...next.seqs]).size).toBe(count)
  })
})
