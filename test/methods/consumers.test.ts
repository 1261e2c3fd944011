import { beforeEach, describe, expect, it, vi } from 'vitest'
import { TestBus, type TestSink } from '../bus/fixture.js'
import { call } from './call.js'

let hub: TestBus

beforeEach(async () => {
  hub = await TestBus.open({
    grants: { half: { see: ['a/'], consume: ['work'] }, none: { see: '*' } },
  })
})

const join = (name = 'work'): Promise<TestSink> => hub.subscribe({ consumer: name })

describe('consumers.create', () => {
  it('creates one that begins with the next event, and returns an equal existing one', async () => {
    await hub.publish('a/1')
    const created = await call(hub, 'consumers.create', { name: 'work', filters: ['a/', 'b/'] })
    expect(created).toEqual({
      name: 'work',
      filter: '{"any":[{"prefix":{"tag":"a/"}},{"prefix":{"tag":"b/"}}]}',
      cursor: hub.cursor(1),
      lagEvents: 0,
      lagMicros: 0,
      pending: 0,
      parked: 0,
      connections: 0,
      created: hub.runtime.now(),
    })
    await hub.publish('a/2')
    const again = await call(hub, 'consumers.create', { name: 'work', filters: ['b/', 'a/'], from: 'start' })
    expect(again).toMatchObject({ cursor: hub.cursor(1), created: created.created, lagEvents: 1 })
  })

  it('begins at the requested position', async () => {
    await hub.publish('a/1', 'a/2')
    expect(await call(hub, 'consumers.create', { name: 'work', from: '@2' })).toMatchObject({
      cursor: hub.cursor(1),
    })
  })

  it('rejects a different filter, an invalid name, and callers without the right to the name', async () => {
    await call(hub, 'consumers.create', { name: 'work', filters: 'a/' })
    const refused = (name: string, filters: string, as?: string) =>
      call(hub, 'consumers.create', { name, filters }, as).catch(({ code }) => code)
    expect(await refused('work', 'b/')).toBe('TCN_CONSUMER_CONFLICT')
    expect(await refused('a b', 'b/')).toBe('TCN_CONSUMER_INVALID')
    expect(await refused('work', 'a/', 'none')).toBe('TCN_ACCESS_DENIED')
    expect(await refused('other', 'a/', 'half')).toBe('TCN_ACCESS_DENIED')
    await expect(call(hub, 'consumers.create', { name: 7 } as never)).rejects.toMatchObject({
      code: 'TCN_METHOD_PARAMS',
    })
  })
})

describe('consumers.list and consumers.get', () => {
  it('ask for their turn before each consumer, so that a long list holds up nobody', async () => {
    for (let nth = 0; nth < 200; nth++) await call(hub, 'consumers.create', { name: `work${nth}` })
    const turns = vi.spyOn(hub.bus.budget, 'turn')
    const { consumers } = await call(hub, 'consumers.list', {})
    expect(consumers).toHaveLength(200)
    expect(turns.mock.calls).toEqual(Array(200).fill(['admin']))
  })

  it('do not count events that were settled after one that nobody acknowledges', async () => {
    const sink = await join()
    await hub.publish(...Array.from({ length: 50 }, () => 'a/1'))
    sink.api.ack(
      sink.seqs.filter((seq) => seq > 1),
      'done',
      {},
    )
    await hub.runtime.settle()
    const stuck = { cursor: hub.cursor(0), lagEvents: 1, pending: 1 }
    expect((await call(hub, 'consumers.list', {})).consumers).toMatchObject([stuck])
    sink.api.close()
    await hub.publish('a/1', 'a/2')
    expect(await call(hub, 'consumers.get', { name: 'work' })).toMatchObject({ ...stuck, lagEvents: 3 })
  })

  it('report the lag of each, the age of its next event, and what is pending', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2', 'a/3', 'a/4')
    sink.api.ack([1, 3], 'done', {})
    sink.api.ack([4], 'park', { reason: 'why' })
    await hub.runtime.pass(5000)
    const { consumers } = await call(hub, 'consumers.list', {})
    expect(consumers).toMatchObject([
      {
        name: 'work',
        filter: '{"all":[]}',
        cursor: hub.cursor(1),
        lagEvents: 1,
        lagMicros: 5_000_000,
        pending: 1,
        parked: 1,
        connections: 1,
      },
    ])
    expect(await call(hub, 'consumers.get', { name: 'work' })).toMatchObject({
      ...consumers[0],
      unacknowledged: [{ cursor: hub.cursor(2), tries: 1, due: hub.runtime.now() + 25_000_000 }],
    })
  })

  it('show only what the caller may consume', async () => {
    await join('work')
    await join('other')
    const names = async (as: string) =>
      (await call(hub, 'consumers.list', {}, as)).consumers.map(({ name }) => name)
    expect(await names('admin')).toEqual(['other', 'work'])
    expect(await names('half')).toEqual(['work'])
    await expect(names('none')).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
    expect((await call(hub, 'consumers.get', { name: 'work' }, 'half')).name).toBe('work')
    await expect(call(hub, 'consumers.get', { name: 'other' }, 'half')).rejects.toMatchObject({
      code: 'TCN_ACCESS_DENIED',
    })
    await expect(call(hub, 'consumers.get', { name: 'missing' })).rejects.toMatchObject({
      code: 'TCN_CONSUMER_UNKNOWN',
    })
  })
})

describe('consumers.seek', () => {
  beforeEach(async () => {
    const sink = await join()
    await hub.publish('a/1', 'b/2', 'a/3', 'b/4')
    sink.api.ack([1, 2, 3, 4], 'done', {})
  })

  it('first reports what would be delivered, and changes nothing', async () => {
    const report = await call(hub, 'consumers.seek', { name: 'work', to: '@2', dryRun: true })
    expect(report).toEqual({
      name: 'work',
      from: hub.cursor(4),
      to: hub.cursor(1),
      events: 3,
      skipped: 0,
      exact: true,
      dryRun: true,
    })
    expect(await call(hub, 'consumers.get', { name: 'work' })).toMatchObject({ cursor: hub.cursor(4) })
  })

  it('moves the consumer', async () => {
    const report = await call(hub, 'consumers.seek', { name: 'work', to: 'start' })
    expect(report).toMatchObject({ from: hub.cursor(4), to: hub.cursor(0), events: 4, dryRun: false })
    expect(await call(hub, 'consumers.get', { name: 'work' })).toMatchObject({ pending: 4 })
  })

  it('counts only what the caller may see', async () => {
    const report = await call(hub, 'consumers.seek', { name: 'work', to: 'start', dryRun: true }, 'half')
    expect(report).toMatchObject({ events: 2, exact: true })
  })

  it('rejects an invalid position', async () => {
    await expect(call(hub, 'consumers.seek', { name: 'work', to: 'there' })).rejects.toMatchObject({
      code: 'TCN_RANGE_INVALID',
    })
  })
})

it('consumers.seek says how many events it leaves out: those not settled that the caller may see', async () => {
  const sink = await join()
  await hub.publish('a/1', 'b/2', 'a/3', 'a/4')
  sink.api.ack([1, 3], 'done', {})
  const skipped = async (to: string, as = 'admin') =>
    (await call(hub, 'consumers.seek', { name: 'work', to, dryRun: true }, as)).skipped
  expect(await skipped('now')).toBe(2)
  expect(await skipped('now', 'half')).toBe(1)
  expect(await skipped('@4')).toBe(1)
  expect(await skipped('start')).toBe(0)
  sink.api.close()
  await hub.publish('a/5')
  expect(await skipped('now')).toBe(3)
})

it('consumers.delete removes a consumer with its parked events, for callers that may consume it', async () => {
  const sink = await join()
  await hub.publish('a/1')
  sink.api.ack([1], 'park', {})
  await hub.runtime.settle()
  await expect(call(hub, 'consumers.delete', { name: 'work' }, 'none')).rejects.toMatchObject({
    code: 'TCN_ACCESS_DENIED',
  })
  expect(await call(hub, 'consumers.delete', { name: 'work' }, 'half')).toEqual({ name: 'work', parked: 1 })
  expect(await call(hub, 'consumers.list', {})).toEqual({ consumers: [] })
})

it('subscribers.list shows the connections of a consumer, not the subscription that serves them', async () => {
  await hub.subscribe({ label: 'plain' })
  await hub.subscribe({ label: 'one', consumer: 'work' })
  await hub.subscribe({ label: 'two', consumer: 'work', as: 'half' })
  await hub.publish('b/1')
  const { subscribers } = await call(hub, 'subscribers.list', {})
  expect(new Set(subscribers.map(({ label }) => label))).toEqual(new Set(['plain', 'one', 'two']))
  expect(subscribers.find(({ label }) => label === 'two')).toMatchObject({
    principal: 'half',
    consumer: 'work',
    state: 'live',
    lag: 'catch-up',
    delivered: 0,
    lagEvents: 1,
    pending: 0,
  })
})
