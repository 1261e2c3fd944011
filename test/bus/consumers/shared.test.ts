import { beforeEach, describe, expect, it } from 'vitest'
import { ParkedEvents } from '../../../src/bus/consumers/parked-events.js'
import type { BusLimits } from '../../../src/bus/limits.js'
import { visibleTo } from '../../../src/bus/visible-events.js'
import { type EventLog, openMemoryLog } from '../../../src/log/index.js'
import { openMemoryState, type StateStore } from '../../../src/state/index.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { TestBus, type TestSink } from '../fixture.js'
import { done, redelivered } from './fixture.js'

const TTL = 6000

/** Two hubs on one log and one state. */
let runtime: FakeRuntime
let log: EventLog
let state: StateStore
let one: TestBus
let other: TestBus

beforeEach(async () => {
  runtime = new FakeRuntime()
  log = openMemoryLog({ runtime })
  state = openMemoryState({ runtime })
  one = await open('one')
  other = await open('other')
})

function open(name: string, at = state, limits: Partial<BusLimits> = {}): Promise<TestBus> {
  const sharing = { name, address: `tls://${name}:4581`, ttl: TTL }
  return TestBus.open({ runtime, log, state: at, sharing, limits })
}

const join = (hub: TestBus): Promise<TestSink> => hub.subscribe({ consumer: 'work' })
const elsewhere = (hub: string) =>
  expect.objectContaining({
    code: 'TCN_CONSUMER_ELSEWHERE',
    details: { consumer: 'work', hub, address: `tls://${hub}:4581` },
  })

/** A hub delivers four events of the consumer, of which its record has two, and dies. */
async function dieAhead(): Promise<void> {
  const { store, cut } = cuttable()
  const dying = await open('dying', store)
  const sink = await join(dying)
  await dying.publish('a/1', 'a/2')
  await runtime.pass(2000)
  cut()
  await dying.publish('a/3', 'a/4')
  done(sink, 1, 2, 3, 4)
  await runtime.pass(TTL)
}

function consumer(hub: TestBus) {
  return hub.bus.consumers.get(hub.access.principal('admin'), 'work')
}

function parkedAt(hub: TestBus): ParkedEvents {
  const admin = hub.access.principal('admin')
  return new ParkedEvents(hub.bus.consumers, admin, visibleTo(hub.access.authorize, admin))
}

/** A view of the state through which nothing is written from when it is cut off. */
function cuttable(): { store: StateStore; cut(): void; heal(): void } {
  let isCut = false
  const never = () => Promise.reject(new Error('cut off'))
  return {
    cut: () => {
      isCut = true
    },
    heal: () => {
      isCut = false
    },
    store: {
      ...state,
      isNew: state.isNew,
      bucket(name, options) {
        const bucket = state.bucket(name, options)
        return new Proxy(bucket, {
          get: (_, key) => {
            const value = Reflect.get(bucket, key, bucket) as unknown
            if (typeof value !== 'function') return value
            if (key === 'watch')
              return (prefix: string, tell: (change: never) => void) =>
                bucket.watch(prefix, (change) => isCut || tell(change as never))
            if (isCut) return never
            return value.bind(bucket)
          },
        })
      },
    },
  }
}

describe('a durable consumer of hubs that share log and state', () => {
  it('is served by one hub; another names that one and its address', async () => {
    await join(one)
    await expect(join(other)).rejects.toThrow(elsewhere('one'))
    expect(other.bus.consumers.servedBy('work')).toEqual({ name: 'one', address: 'tls://one:4581' })
    await join(one)
    expect(consumer(one).connections).toBe(2)
  })

  it('is served by the next hub that is asked once its last connection has left, from where it was', async () => {
    const sink = await join(one)
    await one.publish('a/1', 'a/2', 'a/3')
    done(sink, 1, 2)
    sink.api.close()
    await runtime.settle()
    const next = await join(other)
    await runtime.pass(10_000)
    expect(next.seqs).toEqual([3])
    expect(redelivered(next)).toEqual([3])
    await expect(join(one)).rejects.toThrow(elsewhere('other'))
  })

  it('goes to the next hub at once when its hub stops', async () => {
    const sink = await join(one)
    await one.publish('a/1', 'a/2')
    done(sink, 1, 2)
    await one.bus.close()
    expect(sink.ended?.code).toBe('STOP')
    const next = await join(other)
    await other.publish('a/3')
    await runtime.pass(10_000)
    expect(next.seqs).toEqual([3])
  })

  it('is taken over after the time to live from a hub that has died, not before, with what was stored', async () => {
    const { store, cut } = cuttable()
    const dying = await open('dying', store)
    const sink = await join(dying)
    await dying.publish('a/1', 'a/2')
    done(sink, 1)
    await runtime.pass(2000)
    cut()
    await runtime.pass(TTL - 2000)
    await expect(join(other)).rejects.toThrow(elsewhere('dying'))
    await runtime.pass(2000)
    const next = await join(other)
    await runtime.pass(10_000)
    expect(next.seqs).toEqual([2])
  })

  it('marks what a hub that has died may have handed out since its last record, and nothing later', async () => {
    await dieAhead()
    const next = await join(other)
    await other.publish('a/5')
    await runtime.pass(10_000)
    expect([...next.seqs].sort()).toEqual([1, 2, 3, 4, 5])
    expect(redelivered(next).sort()).toEqual([1, 2, 3, 4])
  })

  it('hands out no more than the next hub would mark, until its position is written', async () => {
    const { store, cut } = cuttable()
    const dying = await open('dying', store)
    const sink = await join(dying)
    await runtime.pass(2000)
    cut()
    const acknowledge = () => done(sink, ...sink.seqs)
    for (let batch = 0; batch < 30; batch++) {
      dying.store(...Array.from({ length: 500 }, () => ({ tag: 'a/n' })))
      await runtime.settle()
      acknowledge()
    }
    await runtime.settle()
    const handedOut = sink.seqs.length
    expect(handedOut).toBe(10_000)
    await runtime.pass(TTL)
    const next = await join(other)
    for (let turn = 0; turn < 20 && next.seqs.length < 15_000; turn++) {
      await runtime.settle()
      done(next, ...next.seqs)
      await runtime.pass(10)
    }
    expect(redelivered(next)).toEqual(sink.seqs)
    expect(next.seqs).toHaveLength(15_000)
  })

  it('continues exactly where it was at a hub whose lease has ended, if no other has served it', async () => {
    const { store, cut, heal } = cuttable()
    const alone = await open('alone', store)
    const sink = await join(alone)
    await runtime.pass(2000)
    cut()
    await alone.publish('a/1', 'a/2', 'a/3')
    done(sink, 1, 2)
    await runtime.pass(TTL)
    expect(sink.ended).toMatchObject({ code: 'TCN_CONSUMER_ELSEWHERE' })
    heal()
    await runtime.pass(TTL)
    const next = await join(alone)
    await alone.publish('a/4')
    await runtime.pass(10_000)
    expect([...next.seqs].sort()).toEqual([3, 4])
    expect(redelivered(next)).toEqual([3])
  })

  it('marks what another hub has served meanwhile, though the first one has written its record last', async () => {
    const [first, second] = [cuttable(), cuttable()]
    const before = await open('before', first.store)
    const between = await open('between', second.store)
    const sink = await join(before)
    await before.publish('a/1')
    done(sink, 1)
    await runtime.pass(2000)
    const late = (await state.bucket('consumers').get('work'))!
    first.cut()
    await runtime.pass(TTL)
    const served = await join(between)
    await between.publish('a/2', 'a/3')
    done(served, 2, 3)
    await runtime.pass(2000)
    second.cut()
    // A write of the first hub that was on its way for long.
    await state.bucket('consumers').put('work', late.value)
    first.heal()
    await runtime.pass(TTL)
    await expect(join(before)).rejects.toThrow(elsewhere('between'))
    await runtime.pass(TTL)
    const next = await join(before)
    await before.publish('a/4')
    await runtime.pass(10_000)
    expect([...next.seqs].sort()).toEqual([2, 3, 4])
    expect(redelivered(next).sort()).toEqual([2, 3])
  })

  it('marks what was served after a record that looks like the last one, and came late', async () => {
    const { store, cut } = cuttable()
    const sink = await join(one)
    await one.publish('a/1')
    done(sink, 1)
    sink.api.close()
    await runtime.settle()
    const final = (await state.bucket('consumers').get('work'))!
    const between = await open('between', store)
    const served = await join(between)
    await between.publish('a/2')
    done(served, 2)
    await runtime.pass(2000)
    cut()
    await state.bucket('consumers').put('work', final.value)
    await runtime.pass(TTL)
    const next = await join(other)
    await runtime.pass(10_000)
    expect(redelivered(next)).toEqual([2])
  })

  it('marks what a hub that has died may have handed out also at the second hub after it', async () => {
    const narrow = await open('narrow', state, { unacknowledged: 2 })
    await dieAhead()
    const between = await join(narrow)
    await runtime.pass(10_000)
    expect(redelivered(between)).toEqual([1, 2])
    done(between, 1)
    between.api.close()
    await runtime.settle()
    const next = await join(other)
    await other.publish('a/5')
    await runtime.pass(10_000)
    expect([...next.seqs].sort()).toEqual([2, 3, 4, 5])
    expect(redelivered(next).sort()).toEqual([2, 3, 4])
  })

  it('is served by another hub when the one that lost it is back, and nobody asks that one', async () => {
    const { store, cut, heal } = cuttable()
    const alone = await open('alone', store)
    await join(alone)
    cut()
    await runtime.pass(TTL)
    heal()
    await runtime.pass(TTL)
    await join(other)
    expect(one.bus.consumers.servedBy('work')?.name).toBe('other')
  })

  it('ends at a hub that is cut off from the store, before another may take it over', async () => {
    const { store, cut } = cuttable()
    const alone = await open('alone', store)
    const sink = await join(alone)
    cut()
    await runtime.pass(TTL)
    expect(sink.ended).toMatchObject({ code: 'TCN_CONSUMER_ELSEWHERE' })
    await alone.publish('a/1')
    expect(sink.seqs).toEqual([])
  })

  it('is not given to a second hub however long its own lives', async () => {
    await join(one)
    for (let times = 0; times < 20; times++) {
      await runtime.pass(TTL / 2)
      await expect(join(other)).rejects.toThrow(elsewhere('one'))
    }
  })

  it('is known to all hubs, with its position', async () => {
    const sink = await join(one)
    expect(consumer(other).settledUpTo).toBe(0)
    await one.publish('a/1', 'a/2')
    done(sink, 1, 2)
    await runtime.pass(1000)
    expect(consumer(other).settledUpTo).toBe(2)
  })

  it('that another hub removes is unknown to all', async () => {
    const sink = await join(one)
    sink.api.close()
    await runtime.settle()
    await other.bus.consumers.delete(other.access.principal('admin'), 'work')
    expect(() => consumer(one)).toThrow(expect.objectContaining({ code: 'TCN_CONSUMER_UNKNOWN' }))
  })

  it('is moved only by the hub that serves it, or by any if none does', async () => {
    await one.publish('a/1', 'a/2')
    const sink = await join(one)
    const admin = other.access.principal('admin')
    const seek = () => other.bus.consumers.seek(admin, 'work', 'start')
    await expect(seek()).rejects.toThrow(elsewhere('one'))
    sink.api.close()
    await runtime.settle()
    await seek()
    const next = await join(one)
    expect(next.seqs).toEqual([1, 2])
  })

  it('has another filter on all hubs once one has changed it', async () => {
    const sink = await join(one)
    sink.api.close()
    await runtime.settle()
    await other.bus.consumers.changeFilter(other.access.principal('admin'), 'work', 'b/')
    expect(consumer(one).filter).toBe(consumer(other).filter)
    const next = await join(one)
    await one.publish('a/1', 'b/2')
    expect(next.tags).toEqual(['b/2'])
  })

  it('is created once if two hubs do so at the same time, and one of them serves it', async () => {
    const both = await Promise.allSettled([join(one), join(other)])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect([...one.bus.consumers.all()]).toHaveLength(1)
  })

  it('keeps the position of the hub that serves it when one before it writes late', async () => {
    const first = await join(one)
    await one.publish('a/1', 'a/2')
    const old = (await state.bucket('consumers').get('work'))!
    done(first, 1, 2)
    first.api.close()
    await runtime.settle()
    await join(other)
    await state.bucket('consumers').put('work', old.value)
    await runtime.settle()
    await other.bus.close()
    const next = await join(one)
    await runtime.pass(10_000)
    expect(next.seqs).toEqual([])
  })
})

describe('parked events of hubs that share log and state', () => {
  it('are listed, counted and redelivered from any hub', async () => {
    const sink = await join(one)
    await one.publish('a/1')
    sink.api.ack([1], 'park', { reason: 'broken' })
    await runtime.settle()
    expect(other.bus.consumers.parked.countOf('work')).toBe(1)
    const ids: string[] = []
    for await (const { ref, record } of parkedAt(other).list('work')) ids.push(`${ref.seq} ${record.reason}`)
    expect(ids).toEqual(['1 broken'])
    expect(await parkedAt(other).redeliver({ consumer: 'work' }, other.bus.epoch)).toBe(1)
    await runtime.settle()
    expect(sink.seqs).toEqual([1, 1])
    done(sink, 1)
    await runtime.settle()
    expect(other.bus.consumers.parkedCount).toBe(0)
  })

  it('are redelivered to the next subscriber if no hub serves their consumer', async () => {
    const sink = await join(one)
    await one.publish('a/1')
    sink.api.ack([1], 'park', {})
    sink.api.close()
    await runtime.settle()
    await parkedAt(other).redeliver({ consumer: 'work' }, other.bus.epoch)
    const next = await join(one)
    expect(next.seqs).toEqual([1])
  })
})
