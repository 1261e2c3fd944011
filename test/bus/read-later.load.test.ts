import { describe, expect, it } from 'vitest'
import { encode } from '../../src/event/index.js'
import { TestBus } from './fixture.js'

const many = (wanted: number) =>
  encode({ ...Object.fromEntries(Array.from({ length: 50_000 }, (_, nth) => [`key${nth}`, nth])), wanted })
const long = (wanted: number) => ({ tag: 'long', body: many(wanted) })
const short = (wanted: number) => ({ tag: 'short', body: encode({ wanted }) })

/** A subscriber that looks for fields of the body. */
const searching = { filters: { any: [{ exact: { 'data.wanted': 1 } }, { exact: { 'data.none': 1 } }] } }

describe('a subscriber whose filter looks for fields in a long event', () => {
  it('receives what matches, in order, and hears nothing of it', async () => {
    const hub = await TestBus.open()
    const sink = await hub.subscribe(searching)
    for (const event of [short(1), long(1), short(0), long(0), short(1), long(1)]) hub.store(event)
    await hub.runtime.settle()
    hub.store(short(1))
    await hub.runtime.settle()
    expect(sink.story).toEqual(['live', 1, 2, 5, 6, 7])
  })

  it('receives in order what its rights permit by a field of the body', async () => {
    const hub = await TestBus.open({ grants: { reader: { see: [{ exact: { 'data.wanted': 1 } }] } } })
    const sink = await hub.subscribe({ as: 'reader', filters: 'long' })
    for (const event of [long(1), short(1), long(0), long(1)]) hub.store(event)
    await hub.runtime.settle()
    expect(sink.story).toEqual(['live', 1, 4])
  })

  it('keeps nobody else waiting: they have received the events before it is tested', async () => {
    const hub = await TestBus.open()
    const seen: number[] = []
    const others = await hub.subscribe()
    const sink = await hub.subscribe(searching)
    sink.onWrite = () => seen.push(others.seqs.length)
    for (const event of [short(1), long(1), short(0)]) hub.store(event)
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 2])
    expect(new Set(seen)).toEqual(new Set([3]))
  })

  it('is not ended or told of a gap, whatever it does when it lags', async () => {
    const hub = await TestBus.open({ limits: { queue: 100 * 1024 } })
    const sinks = await Promise.all(
      (['catch-up', 'skip', 'disconnect'] as const).map((lag) => hub.subscribe({ ...searching, lag })),
    )
    for (let round = 0; round < 5; round++) {
      for (const event of [short(1), long(1), long(0), long(1)]) hub.store(event)
      await hub.runtime.settle()
    }
    const all = Array.from({ length: 5 }, (_, round) => [1, 2, 4].map((nth) => 4 * round + nth)).flat()
    for (const { story } of sinks) expect(story).toEqual(['live', ...all])
  })

  it('counts as slow when its peer takes nothing, and then skips as it asked for', async () => {
    const hub = await TestBus.open({ limits: { queue: 100 * 1024 }, slabBytes: 100 * 1024 })
    const sink = await hub.subscribe({ ...searching, lag: 'skip' })
    sink.stall()
    for (let round = 0; round < 5; round++) {
      hub.store(long(1))
      await hub.runtime.settle()
    }
    expect(sink.seqs).toEqual([1])
    expect([...hub.bus.subscriptions][0].slowSince).toBeDefined()
    sink.drain()
    await hub.runtime.settle()
    expect(sink.gaps).toMatchObject([{ reason: 'skipped', from: 2 }])
    hub.store(short(1))
    await hub.runtime.settle()
    expect(sink.seqs.at(-1)).toBe(6)
  })

  it('is ended under the policy disconnect when its peer takes nothing', async () => {
    const hub = await TestBus.open({ limits: { queue: 100 * 1024 } })
    const sink = await hub.subscribe({ ...searching, lag: 'disconnect' })
    hub.store(short(1))
    await hub.runtime.settle()
    sink.pending = 200 * 1024
    hub.store(long(1))
    await hub.runtime.settle()
    expect(sink.ended).toMatchObject({ code: 'TCN_BUS_LAG', seq: 1 })
  })
})

it('a subscriber that reads stored events finds the same in long ones', async () => {
  const hub = await TestBus.open()
  for (const event of [short(1), long(1), long(0), short(0), long(1)]) hub.store(event)
  await hub.runtime.settle()
  const sink = await hub.subscribe({ ...searching, from: '@1' })
  expect(sink.seqs).toEqual([1, 2, 5])
})
