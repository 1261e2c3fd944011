import { beforeEach, describe, expect, it } from 'vitest'
import { Event, encode } from '../../src/event/index.js'
import type { ParkedInfo } from '../../src/methods/contract/index.js'
import { TestBus, type TestSink } from '../bus/fixture.js'
import { call } from './call.js'

const grants = { half: { see: ['a/'], consume: ['work'] }, none: { see: '*' as const } }
let hub: TestBus
let sink: TestSink

beforeEach(async () => {
  hub = await TestBus.open({ grants })
  sink = await hub.subscribe({ consumer: 'work' })
})

async function park(...tags: string[]): Promise<void> {
  const first = hub.log.last + 1
  await hub.publish(...tags)
  sink.api.ack(
    tags.map((_, i) => first + i),
    'park',
    { reason: 'cannot' },
  )
  await hub.runtime.settle()
}

async function list(params = {}, as = 'admin'): Promise<ParkedInfo[]> {
  return (await call(hub, 'parked.list', params, as)).parked
}

const id = (seq: number) => `${hub.cursor(seq)}.work`
const seqsOf = (parked: ParkedInfo[]) => parked.map(({ cursor }) => Number(cursor.split('-')[1]))
const redelivered = () => sink.events.filter((event) => event.redelivered).map(({ seq }) => seq)

async function restart(): Promise<void> {
  hub = await hub.reopen({ grants })
  sink = await hub.subscribe({ consumer: 'work' })
  await hub.runtime.settle()
}

describe('a parked event', () => {
  it('keeps its payload, the reason and its origin', async () => {
    hub.store({ tag: 'a/1', source: 'host/test/x', body: encode({ n: 1 }) })
    await hub.runtime.settle()
    sink.api.ack([1], 'park', { reason: 'not mine' })
    await hub.runtime.settle()
    const [entry] = await list()
    expect(entry).toEqual({
      id: id(1),
      consumer: 'work',
      cursor: hub.cursor(1),
      tag: 'a/1',
      source: 'host/test/x',
      time: hub.runtime.now(),
      tries: 1,
      reason: 'not mine',
      parkedAt: hub.runtime.now(),
      reparkedFrom: undefined,
    })
    const { frame, ...rest } = await call(hub, 'parked.get', { id: entry.id })
    expect(rest).toEqual(entry)
    expect(new Event(frame)).toMatchObject({ tag: 'a/1', seq: 1, data: { n: 1 }, flags: 0 })
  })

  it('is settled: it is not redelivered, and the position moves past it', async () => {
    await park('a/1')
    await hub.runtime.pass(600_000)
    expect(sink.seqs).toEqual([1])
    expect(await call(hub, 'consumers.get', { name: 'work' })).toMatchObject({
      cursor: hub.cursor(1),
      pending: 0,
      parked: 1,
    })
  })

  it('outlives the log that it came from, and a restart', async () => {
    await park('a/1')
    await hub.log.compact({ count: 0 })
    await restart()
    expect(hub.bus.consumers.parkedCount).toBe(1)
    expect(seqsOf(await list())).toEqual([1])
  })

  it('may be larger than a value of the state store', async () => {
    const text = 'x'.repeat(3 * 1024 * 1024)
    hub.store({ tag: 'a/1', body: encode(text) })
    await hub.runtime.settle()
    sink.api.ack([1], 'park', {})
    await hub.runtime.settle()
    await hub.runtime.settle()
    expect(new Event((await call(hub, 'parked.get', { id: id(1) })).frame).data).toBe(text)
    expect(await call(hub, 'parked.delete', { ids: [id(1)] })).toEqual({ count: 1 })
    for await (const { key } of hub.state.bucket('parked').list()) throw new Error(`${key} was left behind`)
  })

  it('has a reason of limited length', async () => {
    await hub.publish('a/1')
    sink.api.ack([1], 'park', { reason: 'x'.repeat(100_000) })
    await hub.runtime.settle()
    expect((await list())[0].reason).toHaveLength(1000)
  })
})

describe('an event that cannot be parked because the disk is full', () => {
  it('stays open, is tried again, and the position waits for it', async () => {
    const bucket = hub.state.bucket('parked')
    const { put } = bucket
    bucket.put = () => Promise.reject(new Error('disk full'))
    await park('a/1')
    await hub.publish('a/2')
    sink.api.ack([2], 'done', {})
    await hub.runtime.pass(3000)
    expect(await call(hub, 'consumers.get', { name: 'work' })).toMatchObject({
      cursor: hub.cursor(0),
      pending: 1,
      parked: 0,
    })
    bucket.put = put
    await hub.runtime.pass(3000)
    expect(await call(hub, 'consumers.get', { name: 'work' })).toMatchObject({
      cursor: hub.cursor(2),
      parked: 1,
    })
    expect(sink.seqs).toEqual([1, 2])
  })

  it('is redelivered after a restart', async () => {
    const bucket = hub.state.bucket('parked')
    bucket.put = () => Promise.reject(new Error('disk full'))
    await park('a/1')
    await restart()
    expect(sink.seqs).toEqual([1])
    expect(redelivered()).toEqual([1])
  })
})

describe('parked.list', () => {
  it('continues where the previous page ended', async () => {
    await park('a/1', 'a/2', 'a/3', 'a/4', 'a/5')
    const first = await call(hub, 'parked.list', { limit: 2 })
    expect(first.more).toBe(true)
    const second = await call(hub, 'parked.list', { limit: 3, after: first.parked[1].id })
    expect(second.more).toBe(false)
    expect(seqsOf([...first.parked, ...second.parked])).toEqual([1, 2, 3, 4, 5])
  })

  it('sorts by place in the log, also beyond the tenth event', async () => {
    await park(...Array.from({ length: 12 }, (_, i) => `a/${i}`))
    expect(seqsOf(await list())).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
  })

  it('shows one consumer or all that the caller may consume, and only events that it may see', async () => {
    await park('a/1', 'b/2')
    const other = await hub.subscribe({ consumer: 'other' })
    await hub.publish('a/3')
    other.api.ack([3], 'park', {})
    sink.api.ack([3], 'done', {})
    await hub.runtime.settle()
    expect(seqsOf(await list())).toEqual([3, 1, 2])
    expect(seqsOf(await list({ consumer: 'work' }))).toEqual([1, 2])
    expect(seqsOf(await list({}, 'half'))).toEqual([1])
    await expect(list({}, 'none')).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
    await expect(list({ consumer: 'other' }, 'half')).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  })
})

describe('parked.get', () => {
  it('returns nothing that the caller may not see or consume', async () => {
    await park('a/1', 'b/2')
    expect(await call(hub, 'parked.get', { id: id(1) }, 'half')).toMatchObject({ tag: 'a/1' })
    for (const [unknown, as] of [
      [id(2), 'half'],
      [id(3), 'admin'],
      ['nonsense', 'admin'],
      [`${hub.cursor(1)}.other`, 'admin'],
    ]) {
      await expect(call(hub, 'parked.get', { id: unknown }, as)).rejects.toMatchObject({
        code: 'TCN_PARKED_UNKNOWN',
      })
    }
    await expect(call(hub, 'parked.get', { id: id(1) }, 'none')).rejects.toMatchObject({
      code: 'TCN_ACCESS_DENIED',
    })
  })
})

describe('parked.redeliver', () => {
  it('delivers the event again, marked, and removes it when it is acknowledged', async () => {
    await park('a/1', 'a/2')
    expect(await call(hub, 'parked.redeliver', { ids: [id(2)] })).toEqual({ count: 1 })
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 2, 2])
    expect(redelivered()).toEqual([2])
    expect(seqsOf(await list())).toEqual([1, 2])
    sink.api.ack([2], 'done', {})
    await hub.runtime.settle()
    expect(seqsOf(await list())).toEqual([1])
  })

  it('delivers all events of one consumer, even those that the log no longer has', async () => {
    await park('a/1', 'a/2', 'a/3')
    await hub.log.compact({ count: 0 })
    expect(await call(hub, 'parked.redeliver', { consumer: 'work' })).toEqual({ count: 3 })
    await hub.runtime.settle()
    expect(redelivered()).toEqual([1, 2, 3])
  })

  it('keeps the previous reason when the event is parked again', async () => {
    await park('a/1')
    const parkedAt = hub.runtime.now()
    await hub.runtime.pass(1000)
    await call(hub, 'parked.redeliver', { ids: [id(1)] })
    await hub.runtime.settle()
    sink.api.ack([1], 'park', { reason: 'still not' })
    await hub.runtime.settle()
    expect(await list()).toMatchObject([
      {
        id: id(1),
        reason: 'still not',
        tries: 1,
        parkedAt: parkedAt + 1_000_000,
        reparkedFrom: { reason: 'cannot', tries: 1, parkedAt },
      },
    ])
    expect(hub.bus.consumers.parkedCount).toBe(1)
  })

  it('gives the event ten more tries', async () => {
    await park('a/1')
    await call(hub, 'parked.redeliver', { ids: [id(1)] })
    await hub.runtime.pass(3_600_000)
    expect(redelivered()).toHaveLength(10)
    expect(await list()).toMatchObject([{ tries: 10, reason: 'not acknowledged in time; 10 tries' }])
  })

  it('does not move the position, and the event survives a restart', async () => {
    await park('a/1')
    await hub.publish('a/2')
    await call(hub, 'parked.redeliver', { ids: [id(1)] })
    await hub.runtime.settle()
    expect(await call(hub, 'consumers.get', { name: 'work' })).toMatchObject({ cursor: hub.cursor(1) })
    sink.api.ack([2], 'done', {})
    expect(await call(hub, 'consumers.get', { name: 'work' })).toMatchObject({ cursor: hub.cursor(2) })
    await restart()
    expect(sink.seqs).toEqual([])
    expect(seqsOf(await list())).toEqual([1])
  })

  it('waits for a connection', async () => {
    await park('a/1')
    sink.api.close()
    expect(await call(hub, 'parked.redeliver', { consumer: 'work' })).toEqual({ count: 1 })
    sink = await hub.subscribe({ consumer: 'work' })
    await hub.runtime.settle()
    expect(redelivered()).toEqual([1])
  })

  it('waits for room, and respects the limit on unacknowledged events', async () => {
    hub = await TestBus.open({ grants, limits: { unacknowledged: 3 } })
    sink = await hub.subscribe({ consumer: 'work' })
    for (let i = 0; i < 4; i++) await park('a/x', 'a/y')
    expect(await call(hub, 'parked.redeliver', { consumer: 'work' })).toEqual({ count: 8 })
    await hub.runtime.settle()
    expect(redelivered()).toEqual([1, 2, 3])
    sink.api.ack([1, 2, 3], 'done', {})
    await hub.runtime.settle()
    expect(redelivered()).toEqual([1, 2, 3, 4, 5, 6])
    sink.api.ack([4, 5, 6], 'done', {})
    await hub.runtime.settle()
    sink.api.ack([7, 8], 'done', {})
    await hub.runtime.settle()
    expect(await list()).toEqual([])
  })

  it('settles the event once, even if the consumer was moved to a position before it', async () => {
    await park('a/1')
    await call(hub, 'parked.redeliver', { ids: [id(1)] })
    await hub.runtime.settle()
    await call(hub, 'consumers.seek', { name: 'work', to: 'start' })
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 1, 1])
    expect(await call(hub, 'parked.redeliver', { ids: [id(1)] })).toEqual({ count: 0 })
    sink.api.ack([1], 'done', {})
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 1, 1])
  })

  it('does not let the log deliver the event a second time while it is being redelivered', async () => {
    hub = await TestBus.open({ grants, limits: { unacknowledged: 2 } })
    sink = await hub.subscribe({ consumer: 'work' })
    await hub.publish('a/1', 'a/2', 'a/3', 'a/4')
    sink.api.ack([1, 2], 'done', {})
    sink.api.ack([3], 'park', {})
    await hub.runtime.settle()
    await call(hub, 'consumers.seek', { name: 'work', to: 'start' })
    await call(hub, 'parked.redeliver', { ids: [id(3)] })
    sink.api.ack([1], 'done', {})
    await hub.runtime.settle()
    expect(redelivered()).toEqual([3])
    sink.api.ack([2], 'done', {})
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 2, 3, 4, 1, 2, 3, 4])
  })

  it('delivers nothing to a consumer that does not exist or that the caller may not consume', async () => {
    await park('a/1', 'b/2')
    const refused = (params: { ids: string[] } | { consumer: string }, as?: string) =>
      call(hub, 'parked.redeliver', params, as).catch(({ code }) => code)
    expect(await refused({ consumer: 'missing' })).toBe('TCN_CONSUMER_UNKNOWN')
    expect(await refused({ consumer: 'work' }, 'none')).toBe('TCN_ACCESS_DENIED')
    expect(await refused({ ids: [id(1), id(2)] }, 'half')).toBe('TCN_PARKED_UNKNOWN')
    expect(await refused({ ids: [] })).toBe('TCN_METHOD_PARAMS')
    expect(await refused({ ids: [id(1)], consumer: 'work' })).toBe('TCN_METHOD_PARAMS')
    expect(await refused({ consumer: 'work' }, 'half')).toEqual({ count: 1 })
    await hub.runtime.settle()
    expect(redelivered()).toEqual([1])
  })

  it('does not deliver an event of another log under a seq that belongs to another event here', async () => {
    await park('a/1')
    await hub.bus.close()
    const old = id(1)
    hub = await TestBus.open({ grants, state: hub.state, runtime: hub.runtime })
    await hub.publish('b/1')
    await expect(call(hub, 'parked.redeliver', { ids: [old] })).rejects.toMatchObject({
      code: 'TCN_PARKED_UNKNOWN',
    })
    expect(await call(hub, 'parked.redeliver', { consumer: 'work' })).toEqual({ count: 0 })
    expect(await call(hub, 'parked.get', { id: old })).toMatchObject({ tag: 'a/1' })
  })
})

describe('parked.delete', () => {
  it('removes events by id, or all events of one consumer that the caller may see', async () => {
    await park('a/1', 'a/2', 'b/3', 'a/4')
    expect(await call(hub, 'parked.delete', { ids: [id(1)] })).toEqual({ count: 1 })
    expect(await call(hub, 'parked.delete', { consumer: 'work' }, 'half')).toEqual({ count: 2 })
    expect(seqsOf(await list())).toEqual([3])
    expect(hub.bus.consumers.parkedCount).toBe(1)
    await expect(call(hub, 'parked.delete', { ids: [id(1)] })).rejects.toMatchObject({
      code: 'TCN_PARKED_UNKNOWN',
    })
  })

  it('withdraws an event that is being redelivered', async () => {
    await park('a/1')
    await call(hub, 'parked.redeliver', { ids: [id(1)] })
    await hub.runtime.settle()
    await call(hub, 'parked.delete', { ids: [id(1)] })
    await hub.runtime.pass(3_600_000)
    expect(redelivered()).toEqual([1])
    expect(await list()).toEqual([])
    expect(await call(hub, 'consumers.get', { name: 'work' })).toMatchObject({ pending: 0 })
  })

  it('completes a deletion that a crash interrupted', async () => {
    await park('a/1')
    const bucket = hub.state.bucket('parked')
    for await (const { key } of bucket.list('frame/')) await bucket.delete(key)
    await restart()
    expect(await list()).toEqual([])
    expect(hub.bus.consumers.parkedCount).toBe(0)
  })
})
