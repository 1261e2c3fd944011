import { expect, test } from 'vitest'
import { encode } from '../../../src/event/index.js'
import type { EventLog } from '../../../src/log/index.js'
import { bucketsOf } from '../../../src/methods/counts/histogram-count.js'
import { TestBus } from '../../bus/fixture.js'
import { clockByHand } from '../../helpers/fake-runtime.js'
import { openLmdb } from '../../log/lmdb-folder.js'
import { call, caller } from '../call.js'

const HOUR = 3600e6
const noon = Date.parse('2026-03-01T12:00:00Z') * 1000

test('buckets begin at round times and, but for a partial one, never exceed the requested number', () => {
  expect(bucketsOf(noon - HOUR, noon, 60)).toEqual({ start: noon - HOUR, step: 60e6, count: 60 })
  expect(bucketsOf(noon - HOUR + 1, noon + 1, 60)).toEqual({ start: noon - HOUR, step: 60e6, count: 61 })
  expect(bucketsOf(noon, noon, 60).count).toBe(0)
  for (const span of [1, 1e3, 5e5, 7e7, 9e9, 4e12, 8e17]) {
    for (const most of [1, 2, 60, 1000]) {
      const from = Math.max(0, noon - span)
      const { start, step, count } = bucketsOf(from, noon, most)
      expect(count).toBeLessThanOrEqual(most === 1 ? 1 : most + 1)
      expect(start).toBeLessThanOrEqual(from)
      expect(start + count * step).toBeGreaterThanOrEqual(noon)
      if (most > 1) expect(start % step).toBe(0)
    }
  }
})

test('the start of the log is, for each caller, the first event that it may see', async () => {
  const hub = await TestBus.open({ grants: { some: { see: ['b/'] }, none: { see: ['zzz/'] } } })
  await hub.publish('a/1')
  hub.runtime.advance(5000)
  const second = hub.runtime.now()
  await hub.publish('b/1')
  hub.runtime.advance(5000)
  await hub.publish('a/2')
  hub.runtime.advance(5000)
  const now = hub.runtime.now()
  const all = await call(hub, 'events.histogram', { from: 'start' })
  expect(all.from).toBe(second - 5e6)
  expect(all.total).toBe(3)
  const some = await call(hub, 'events.histogram', { from: 'start', to: '@3' }, 'some')
  expect(some).toMatchObject({ from: second, to: second + 1, total: 1 })
  const none = await call(hub, 'events.histogram', { from: 'start' }, 'none')
  expect(none).toMatchObject({ from: now, to: now, counts: [], total: 0 })
})

/** Fills 300 seconds with a megabyte each, which takes many turns to count. */
async function longLog(): Promise<TestBus> {
  const hub = await TestBus.open({ maxBytes: 1024 ** 3, grants: { other: { see: '*' } } })
  const body = encode('x'.repeat(1024 * 1024))
  for (let second = 0; second < 300; second++) {
    hub.store({ tag: 'a/b', body })
    hub.runtime.advance(1000)
    await hub.runtime.settle()
  }
  return hub
}

test('everything is counted, however long it takes', async () => {
  const hub = await longLog()
  const params = { from: '-5m', buckets: 301 }
  const histogram = await whileTurning(hub, call(hub, 'events.histogram', params))
  expect(histogram).toMatchObject({ exact: true, total: 300 })
  const facets = await whileTurning(hub, call(hub, 'events.facets', { ...params, field: 'kind' }))
  expect(facets).toMatchObject({ exact: true, total: 300, other: 0, values: [{ value: 0, count: 300 }] })
})

test('who waits no longer gets what was counted, marked as that, and may ask for the rest', async () => {
  const hub = await longLog()
  const ask = caller(hub)
  const params = { from: '-5m', buckets: 301, wait: 1 }
  let got = await whileTurning(hub, ask('events.histogram', params), 1)
  let asked = 1
  for (; got.more !== undefined; asked++) {
    expect(got.exact).toBe(false)
    expect(got.total).toBeUndefined()
    const covered = (got.coveredFrom! - got.start) / got.step
    expect(got.counts.slice(covered).every((count) => count === 1)).toBe(true)
    expect(got.counts.slice(0, covered - 1).every((count) => count === null)).toBe(true)
    expect(got.atLeast).toBe(got.counts.reduce<number>((sum, count) => sum + (count ?? 0), 0))
    const { more } = got
    got = await whileTurning(hub, ask('events.histogram', { ...params, more }), 1)
  }
  expect(asked).toBeGreaterThan(2)
  expect(got).toMatchObject({ exact: true, total: 300 })
  expect(got.atLeast).toBeUndefined()
  expect(got.coveredFrom).toBeUndefined()
})

test('an answer that continues has nothing that its caller may no longer see', async () => {
  const hub = await longLog()
  const ask = caller(hub)
  const params = { from: '-5m', buckets: 301, wait: 1 }
  const { more, atLeast } = await whileTurning(hub, ask('events.histogram', params, 'other'), 1)
  expect(atLeast).toBeGreaterThan(0)
  hub.access.replace({ other: { see: ['b/'] } })
  const got = await whileTurning(hub, ask('events.histogram', { ...params, more }, 'other'))
  expect(got).toMatchObject({ exact: true, total: 0 })
})

test('values that are not all counted are marked one by one', async () => {
  const hub = await longLog()
  const params = { field: 'kind', from: '-5m', wait: 1 }
  const got = await whileTurning(hub, caller(hub)('events.facets', params), 1)
  expect(got).toMatchObject({ exact: false, other: 0 })
  expect(got.total).toBeUndefined()
  expect(got.values).toEqual([{ value: 0, count: got.atLeast, atLeast: true }])
  expect(got.coveredFrom! % 1e6).toBe(0)
})

test('counts of finished spans stay correct when events are added and when old ones are removed', async () => {
  const runtime = clockByHand()
  const log = await openLmdb({ runtime, segment: { bytes: 40_000 } })
  const hub = await TestBus.open({ runtime, log })
  const ask = () => call(hub, 'events.histogram', { from: '-10m', buckets: 600, by: 'tag' })
  for (let round = 0; round < 20; round++) {
    await publishMany(hub, log, 100)
    const { counts, total, series } = await ask()
    expect(total).toBe(await countIn(log))
    expect(counts.filter((count) => count! > 0).length).toBe(series![0].counts.filter((n) => n > 0).length)
    if (round % 5 === 4) {
      await log.compact({ count: 300 })
      expect((await ask()).total).toBe(await countIn(log))
    }
  }
  await hub.bus.close()
  await log.close()
})

test('a histogram counts by the severity that each event says or its type tells', async () => {
  const hub = await TestBus.open()
  const bodies = [
    { level: 'error' },
    { retcode: 1 },
    { severity: 4 },
    { state: 'retrying' },
    { success: true },
    { n: 1 },
    'down',
  ]
  hub.store(...bodies.map((body) => ({ tag: 'a/b', body: encode(body) })))
  hub.runtime.advance(1000)
  const { series, other, total } = await call(hub, 'events.histogram', { by: 'severity', buckets: 1 })
  expect(Object.fromEntries(series!.map((each) => [each.value, each.total]))).toEqual({
    err: 2,
    warning: 2,
    info: 1,
  })
  expect([total, other]).toEqual([7, [2]])
})

test('a field is read by its name in filters, and an unknown one is rejected', async () => {
  const hub = await TestBus.open()
  hub.store(
    { tag: 'a/b/c', body: encode({ retcode: 0 }) },
    { tag: 'a/b/d', body: encode({ retcode: 0 }) },
    { tag: 'a/c', body: encode({ retcode: '0', list: [1] }) },
    { tag: 'a/c', body: encode({}), attributes: encode({ traceparent: '00-ab' }) },
  )
  await hub.runtime.settle()
  hub.runtime.advance(1)
  expect((await call(hub, 'events.facets', { field: 'subject' })).values).toEqual([
    { value: 'a/b', count: 2, more: true },
    { value: 'a/c', count: 2 },
  ])
  const { values, other, total } = await call(hub, 'events.facets', { field: 'data.retcode', limit: 1 })
  expect({ values, other, total }).toEqual({ values: [{ value: 0, count: 2 }], other: 2, total: 4 })
  expect((await call(hub, 'events.facets', { field: 'traceparent' })).values).toEqual([
    { value: '00-ab', count: 1 },
  ])
  expect((await call(hub, 'events.facets', { field: 'data.list' })).values).toEqual([])
  await expect(call(hub, 'events.facets', { field: 'No Field' })).rejects.toMatchObject({
    code: 'TCN_FILTER_SYNTAX',
  })
  await expect(call(hub, 'events.histogram', { buckets: 1001 })).rejects.toMatchObject({
    code: 'TCN_METHOD_PARAMS',
  })
})

test('tags are counted below a prefix and within the filter, and those that go on are marked', async () => {
  const hub = await TestBus.open()
  const tags = ['a/b', 'a/b/c', 'a/b/c/1', 'a/b/c/2', 'a/b/ö/x', 'a/b/d', 'a/bb/c', 'z/b/c']
  hub.store(...tags.map((tag, n) => ({ tag, body: encode({ n }) })))
  await hub.runtime.settle()
  hub.runtime.advance(1)
  const below = (under: string, where?: string) => call(hub, 'events.facets', { field: 'tag', under, where })
  expect(await below('a/b/')).toMatchObject({
    field: 'tag',
    total: 5,
    exact: true,
    other: 0,
    values: [
      { value: 'a/b/c', count: 3, more: true },
      { value: 'a/b/d', count: 1 },
      { value: 'a/b/ö', count: 1, more: true },
    ],
  })
  expect((await below('a/b/ö/')).values).toEqual([{ value: 'a/b/ö/x', count: 1 }])
  expect((await below('a/b/', 'data.n < 2')).values).toEqual([{ value: 'a/b/c', count: 1 }])
  expect(await below('a/b/', 'data.n > 6')).toMatchObject({ total: 0, values: [] })
  await expect(call(hub, 'events.facets', { field: 'type', under: 'a/' })).rejects.toMatchObject({
    code: 'TCN_METHOD_PARAMS',
  })
})

async function publishMany(hub: TestBus, log: EventLog, count: number): Promise<void> {
  for (let nth = 0; nth < count; nth += 10) {
    hub.runtime.advance(500)
    hub.store(...Array.from({ length: 10 }, () => ({ tag: 'a/b', body: encode('x'.repeat(100)) })))
    await hub.runtime.settle()
  }
  hub.runtime.advance(10)
  await log.durable(log.last)
}

async function countIn(log: EventLog): Promise<number> {
  let count = 0
  for await (const batch of log.read(1, {})) count += batch.count
  return count
}

/** Lets `millis` pass in each turn. */
async function whileTurning<T>(hub: TestBus, calling: Promise<T>, millis = 0): Promise<T> {
  let over = false
  void calling.finally(() => {
    over = true
  })
  while (!over) {
    hub.runtime.advance(millis)
    await hub.runtime.settle()
  }
  return calling
}
