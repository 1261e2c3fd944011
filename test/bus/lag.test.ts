import { describe, expect, it } from 'vitest'
import { encode } from '../../src/event/index.js'
import { TestBus, TestSink } from './fixture.js'

const KiB = 1024
const MiB = 1024 * KiB

const large = (tag: string, bytes = 100 * KiB) => ({ tag, body: encode('x'.repeat(bytes)) })

describe('a subscriber that does not keep up', () => {
  const limits = { queue: 200 * KiB }

  async function stalled(options: Parameters<TestBus['subscribe']>[0] = {}) {
    const hub = await TestBus.open({ limits, slabBytes: 100 * KiB })
    const sink = await hub.subscribe(options)
    sink.stall()
    const others = await hub.subscribe()
    const publish = async (count: number) => {
      for (let i = 0; i < count; i++) {
        hub.store(large('x'))
        await hub.runtime.settle()
      }
    }
    return { hub, sink, others, publish }
  }

  it('receives as much as its queue may hold, and then nothing more', async () => {
    const { sink, others, publish } = await stalled()
    await publish(10)
    expect(sink.seqs).toEqual([1, 2])
    expect(others.seqs).toHaveLength(10)
  })

  it('always has room for one frame of any size', async () => {
    const { hub, sink } = await stalled()
    hub.store(large('x', 2 * MiB))
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1])
  })

  it('receives the rest from the log at its own speed, nothing twice, and becomes live again', async () => {
    const { hub, sink, publish } = await stalled()
    await publish(10)
    sink.drain()
    sink.stall()
    await hub.runtime.settle()
    // One piece of the log at a time.
    expect(sink.seqs).toEqual([1, 2, 3])
    sink.drain()
    await hub.runtime.settle()
    await publish(1)
    expect(sink.seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(sink.statuses.map(({ type }) => type)).toEqual(['live', 'live'])
    expect(sink.gaps).toEqual([])
  })

  it('is not woken again by a drain while it is being served', async () => {
    const { hub, sink, publish } = await stalled()
    await publish(5)
    sink.drain()
    sink.drain()
    sink.drain()
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 2, 3, 4, 5])
  })

  it('is ended with the reason and its position under the policy disconnect', async () => {
    const { hub, sink, publish } = await stalled({ lag: 'disconnect' })
    await publish(5)
    expect(sink.seqs).toEqual([1, 2])
    expect(sink.ended).toMatchObject({ code: 'TCN_BUS_LAG', seq: 2 })
    expect([...hub.bus.subscriptions]).toHaveLength(1)
  })

  it('loses the oldest events under the policy skip, and one gap reports them', async () => {
    const { hub, sink, publish } = await stalled({ lag: 'skip' })
    await publish(10)
    sink.drain()
    await hub.runtime.settle()
    const [gap] = sink.gaps
    expect(sink.gaps).toHaveLength(1)
    expect(gap).toMatchObject({ from: 3, reason: 'skipped' })
    const next = (gap as { next: number }).next
    expect(gap).toMatchObject({ to: next })
    expect(next).toBeGreaterThan(6)
    expect(sink.seqs).toEqual([1, 2, ...[7, 8, 9, 10].filter((seq) => seq > next)])
    await publish(1)
    expect(sink.seqs.at(-1)).toBe(11)
  })

  it('loses nothing while it replays under the policy skip', async () => {
    const { hub, publish } = await stalled()
    await publish(10)
    const sink = new TestSink()
    sink.stall()
    await hub.subscribe({ from: 'start', lag: 'skip', sink })
    await publish(10)
    sink.drain()
    await hub.runtime.settle()
    expect(sink.gaps).toEqual([])
    expect(sink.seqs).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  })

  it('is ended when it is further behind than its maxLag in bytes', async () => {
    const { hub, sink, publish } = await stalled({ maxLag: { bytes: 450 * KiB } })
    await publish(6)
    await hub.runtime.pass(2000)
    expect(sink.ended).toBeUndefined()
    await publish(2)
    await hub.runtime.pass(2000)
    expect(sink.ended).toMatchObject({ code: 'TCN_BUS_LAG', seq: 2 })
  })

  it('is ended when it is behind for longer than its maxLag', async () => {
    const { hub, sink, publish } = await stalled({ maxLag: { age: 5000 } })
    await publish(3)
    await hub.runtime.pass(4500)
    expect(sink.ended).toBeUndefined()
    await hub.runtime.pass(2000)
    expect(sink.ended).toMatchObject({ code: 'TCN_BUS_LAG' })
  })

  it('does not count events that it has caught up with as lag', async () => {
    const { hub, sink, publish } = await stalled({ maxLag: { bytes: 450 * KiB }, filters: 'x' })
    for (let round = 0; round < 5; round++) {
      await publish(5)
      sink.drain()
      await hub.runtime.settle()
      sink.stall()
    }
    await hub.runtime.pass(2000)
    expect(sink.ended).toBeUndefined()
  })

  it('is not ended for its lag while it replays', async () => {
    const { hub, publish } = await stalled()
    await publish(10)
    const sink = new TestSink()
    sink.stall()
    await hub.subscribe({ from: 'start', maxLag: { bytes: KiB, age: 1 }, sink })
    await hub.runtime.pass(5000)
    expect(sink.ended).toBeUndefined()
  })
})

describe('a subscriber that receives nothing', () => {
  it('receives its position at least every 15 seconds', async () => {
    const hub = await TestBus.open()
    const sink = await hub.subscribe({ filters: 'never' })
    for (let second = 1; second <= 60; second++) {
      await hub.publish('other')
      await hub.runtime.pass(1000)
      const last = sink.got.at(-1) as { type: string; seq: number }
      expect(second - last.seq).toBeLessThan(15)
    }
    expect(sink.statuses.filter(({ type }) => type === 'position').length).toBeGreaterThanOrEqual(4)
  })

  it('receives no position while it receives events', async () => {
    const hub = await TestBus.open()
    const sink = await hub.subscribe()
    for (let second = 1; second <= 30; second++) {
      await hub.publish('x')
      await hub.runtime.pass(1000)
    }
    expect(sink.statuses.map(({ type }) => type)).toEqual(['live'])
  })

  it('receives no position while it does not take its output', async () => {
    const hub = await TestBus.open({ limits: { queue: 100 * KiB } })
    const sink = await hub.subscribe()
    sink.stall()
    hub.store(large('x', 200 * KiB))
    await hub.runtime.pass(100_000)
    expect(sink.story).toEqual(['live', 1])
  })
})
