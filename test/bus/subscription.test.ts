import { describe, expect, it } from 'vitest'
import { encode, formatTime } from '../../src/event/index.js'
import { openMemoryLog } from '../../src/log/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { TestBus, type TestBusOptions, TestSink } from './fixture.js'

const KiB = 1024
const MiB = 1024 * KiB

/** A bus with events 1 to `count`, tags `a/1`, `b/2`, `a/3` … , one a second. */
async function filled(count: number, options: TestBusOptions = {}): Promise<TestBus> {
  const hub = await TestBus.open(options)
  for (let seq = 1; seq <= count; seq++) {
    await hub.publish(`${seq % 2 === 1 ? 'a' : 'b'}/${seq}`)
    hub.runtime.advance(1000)
  }
  return hub
}

const large = (tag: string, bytes = 100 * KiB) => ({ tag, body: encode('x'.repeat(bytes)) })

/** A log that keeps about three events of 100 KiB. */
const small = { slabBytes: 100 * KiB, maxBytes: 310 * KiB }

describe('a new subscription', () => {
  it('without a position gets what comes, and is live at once', async () => {
    const hub = await filled(2)
    const sink = await hub.subscribe()
    expect(sink.got).toEqual([{ type: 'live', seq: 2 }])
    await hub.publish('a/3')
    expect(sink.story).toEqual(['live', 3])
  })

  it('from the start replays everything, then joins live', async () => {
    const hub = await filled(3)
    const sink = await hub.subscribe({ from: 'start' })
    await hub.publish('a/4')
    expect(sink.story).toEqual([1, 2, 3, 'live', 4])
  })

  it('sees each event once when others are stored while it replays', async () => {
    const hub = await filled(3)
    const coming = hub.subscribe({ from: 'start' })
    hub.store({ tag: 'a/4' })
    const sink = await coming
    hub.store({ tag: 'a/5' })
    await hub.runtime.settle()
    expect(sink.story.filter((entry) => entry !== 'live')).toEqual([1, 2, 3, 4, 5])
    expect(sink.statuses).toHaveLength(1)
  })

  const positions: [string, (hub: TestBus) => string, number[]][] = [
    ['end', () => 'end', []],
    ['now', () => 'now', []],
    ['@3', () => '@3', [3, 4, 5]],
    ['@1', () => '@1', [1, 2, 3, 4, 5]],
    ['@0', () => '@0', [1, 2, 3, 4, 5]],
    ['@6, the next event', () => '@6', []],
    ['a cursor', (hub) => hub.cursor(3), [4, 5]],
    ['the cursor before all', (hub) => hub.cursor(0), [1, 2, 3, 4, 5]],
    ['the cursor of the last event', (hub) => hub.cursor(5), []],
    ['a time', (hub) => formatTime(hub.runtime.now() - 2_500_000), [4, 5]],
    ['a time ago', () => '-3s', [3, 4, 5]],
    ['a time before all', () => '2001-01-01T00:00Z', [1, 2, 3, 4, 5]],
    ['a time to come', () => '2101-01-01T00:00Z', []],
  ]
  it.each(positions)('begins at %s without a gap', async (_name, from, expected) => {
    const hub = await filled(5)
    const sink = await hub.subscribe({ from: from(hub) })
    await hub.publish('a/6')
    expect(sink.seqs).toEqual([...expected, 6])
    expect(sink.statuses.map(({ type }) => type)).toEqual(['live'])
  })

  const ends: [string, (hub: TestBus) => string, number[]][] = [
    ['end', () => 'end', [1, 2, 3, 4, 5]],
    ['now', () => 'now', [1, 2, 3, 4, 5]],
    ['start', () => 'start', []],
    ['@3', () => '@3', [1, 2, 3]],
    ['a number to come', () => '@9', [1, 2, 3, 4, 5]],
    ['a cursor', (hub) => hub.cursor(2), [1, 2]],
    ['a cursor of another log', () => 'elsewhere-2', [1, 2, 3, 4, 5]],
    ['a time', (hub) => formatTime(hub.runtime.now() - 2_500_000), [1, 2, 3]],
    ['a time ago', () => '-3s', [1, 2, 3]],
  ]
  it.each(ends)('ends at %s, told the end of its range', async (_name, to, expected) => {
    const hub = await filled(5)
    const sink = await hub.subscribe({ from: 'start', to: to(hub) })
    await hub.publish('a/6')
    expect(sink.story).toEqual(expected)
    expect(sink.ended).toMatchObject({ code: 'END', seq: expected.length })
    expect([...hub.bus.subscriptions]).toEqual([])
  })

  it('refuses a position it does not understand, and a filter', async () => {
    const hub = await TestBus.open()
    await expect(hub.subscribe({ from: 'yesterday' })).rejects.toMatchObject({ code: 'TCN_RANGE_INVALID' })
    await expect(hub.subscribe({ to: '@x' })).rejects.toMatchObject({ code: 'TCN_RANGE_INVALID' })
    await expect(hub.subscribe({ filters: [''] })).rejects.toMatchObject({ code: 'TCN_FILTER_SYNTAX' })
    expect([...hub.bus.subscriptions]).toEqual([])
  })

  it('gets only what its filter wants, and a position over what it does not', async () => {
    const hub = await filled(4)
    const sink = await hub.subscribe({ from: 'start', filters: 'b/' })
    await hub.publish('a/5', 'b/6')
    expect(sink.got.filter((entry) => 'type' in entry)).toEqual([{ type: 'live', seq: 4 }])
    expect(sink.seqs).toEqual([2, 4, 6])
  })
})

describe('a gap is told exactly once, then it goes on', () => {
  it('expired: from the oldest event there is', async () => {
    const hub = await TestBus.open(small)
    hub.store(large('1'), large('2'), large('3'), large('4'), large('5'))
    await hub.runtime.settle()
    expect(hub.log.first).toBe(3)
    for (const from of ['@1', hub.cursor(0)]) {
      const sink = await hub.subscribe({ from })
      expect(sink.got[0]).toEqual({ type: 'gap', from: 1, to: 2, reason: 'expired', next: 2 })
      expect(sink.story).toEqual(['gap', 3, 4, 5, 'live'])
    }
    expect((await hub.subscribe({ from: hub.cursor(2) })).story).toEqual([3, 4, 5, 'live'])
    expect((await hub.subscribe({ from: 'start' })).story).toEqual([3, 4, 5, 'live'])
  })

  it.each(['ahead', 'unknown-epoch'])('%s: live, or from the start if that was asked for', async (reason) => {
    const hub = await filled(3)
    const from = reason === 'ahead' ? hub.cursor(9) : 'elsewhere-2'
    const sink = await hub.subscribe({ from })
    await hub.publish('a/4')
    expect(sink.got[0]).toEqual({ type: 'gap', from: 0, to: 0, reason, next: 3 })
    expect(sink.story).toEqual(['gap', 'live', 4])
    const eager = await hub.subscribe({ from, otherwise: 'start' })
    expect(eager.got[0]).toEqual({ type: 'gap', from: 0, to: 0, reason, next: 0 })
    expect(eager.story).toEqual(['gap', 1, 2, 3, 4, 'live'])
  })

  it('lost in a crash: from the first event behind the lost numbers', async () => {
    const runtime = new FakeRuntime()
    const log = openMemoryLog({ runtime })
    Object.defineProperty(log, 'lost', { value: [{ from: 3, to: 5 }] })
    const hub = await filled(8, { runtime, log })
    for (const from of [hub.cursor(3), hub.cursor(5), '@3', '@5']) {
      const sink = await hub.subscribe({ from })
      expect(sink.got[0]).toEqual({ type: 'gap', from: 3, to: 5, reason: 'lost-in-crash', next: 5 })
      expect(sink.story).toEqual(['gap', 6, 7, 8, 'live'])
    }
    expect((await hub.subscribe({ from: '@6' })).story).toEqual([6, 7, 8, 'live'])
    expect((await hub.subscribe({ from: hub.cursor(2) })).gaps).toEqual([])
  })

  it('expired while it was away from the live path', async () => {
    const hub = await TestBus.open({ ...small, limits: { queue: 50 * KiB } })
    const sink = await hub.subscribe()
    sink.stall()
    for (let seq = 1; seq <= 6; seq++) {
      hub.store(large(String(seq)))
      await hub.runtime.settle()
    }
    expect(sink.story).toEqual(['live', 1])
    sink.drain()
    await hub.runtime.settle()
    expect(sink.gaps[0]).toEqual({ type: 'gap', from: 2, to: 3, reason: 'expired', next: 3 })
    expect(sink.story).toEqual(['live', 1, 'gap', 4, 5, 6, 'live'])
  })

  it('expired in the middle of a read', async () => {
    const hub = await TestBus.open({ ...small, limits: { catchUpPerTick: 50 * KiB } })
    hub.store(large('1'), large('2'), large('3'))
    const sink = new TestSink()
    // The log drops what this read has still to give, at once and beyond its end.
    sink.onWrite = (events) => {
      if (events[0].seq === 1) hub.store(large('4'), large('5'), large('6'), large('7'))
    }
    await hub.subscribe({ from: 'start', sink })
    await hub.runtime.settle()
    expect(sink.gaps[0]).toEqual({ type: 'gap', from: 2, to: 4, reason: 'expired', next: 4 })
    expect(sink.story).toEqual([1, 'gap', 5, 6, 7, 'live'])
  })

  it('of a bounded subscription does not reach beyond its end', async () => {
    const hub = await TestBus.open(small)
    hub.store(large('1'), large('2'))
    const sink = new TestSink()
    sink.stall()
    await hub.subscribe({ from: 'start', to: 'end', sink })
    hub.store(large('3'), large('4'), large('5'), large('6'))
    await hub.runtime.settle()
    sink.drain()
    await hub.runtime.settle()
    expect(sink.gaps[0]).toEqual({ type: 'gap', from: 2, to: 2, reason: 'expired', next: 2 })
    expect(sink.ended).toMatchObject({ code: 'END', seq: 2 })
  })

  it('is not told where one tick is more than the log keeps, for those who are live', async () => {
    const hub = await TestBus.open(small)
    const live = await hub.subscribe()
    const late = await hub.subscribe({ sink: new TestSink() })
    hub.store(large('1'), large('2'), large('3'), large('4'), large('5'))
    await hub.runtime.settle()
    expect(live.story).toEqual(['live', 1, 2, 3, 4, 5])
    expect(late.story).toEqual(['live', 1, 2, 3, 4, 5])
  })
})

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

  it('is given as much as its queue may hold, and then nothing more', async () => {
    const { sink, others, publish } = await stalled()
    await publish(10)
    expect(sink.seqs).toEqual([1, 2])
    expect(others.seqs).toHaveLength(10)
  })

  it('always has room for one frame, however large', async () => {
    const { hub, sink } = await stalled()
    hub.store(large('x', 2 * MiB))
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1])
  })

  it('gets the rest from the log at its own speed, nothing twice, and is live again', async () => {
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

  it('is not woken by a drain that comes while it is being served', async () => {
    const { hub, sink, publish } = await stalled()
    await publish(5)
    sink.drain()
    sink.drain()
    sink.drain()
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 2, 3, 4, 5])
  })

  it('with policy disconnect is closed with the reason and its position', async () => {
    const { hub, sink, publish } = await stalled({ lag: 'disconnect' })
    await publish(5)
    expect(sink.seqs).toEqual([1, 2])
    expect(sink.ended).toMatchObject({ code: 'TCN_BUS_LAG', seq: 2 })
    expect([...hub.bus.subscriptions]).toHaveLength(1)
  })

  it('with policy skip loses the oldest, and one gap says which', async () => {
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

  it('with policy skip loses nothing while it replays', async () => {
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

  it('is closed when it is further behind than it said, in bytes', async () => {
    const { hub, sink, publish } = await stalled({ maxLag: { bytes: 450 * KiB } })
    await publish(6)
    await hub.runtime.pass(2000)
    expect(sink.ended).toBeUndefined()
    await publish(2)
    await hub.runtime.pass(2000)
    expect(sink.ended).toMatchObject({ code: 'TCN_BUS_LAG', seq: 2 })
  })

  it('is closed when it is behind for longer than it said', async () => {
    const { hub, sink, publish } = await stalled({ maxLag: { age: 5000 } })
    await publish(3)
    await hub.runtime.pass(4500)
    expect(sink.ended).toBeUndefined()
    await hub.runtime.pass(2000)
    expect(sink.ended).toMatchObject({ code: 'TCN_BUS_LAG' })
  })

  it('does not count what it has caught up as lag', async () => {
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

  it('is not closed for its lag while it replays', async () => {
    const { hub, publish } = await stalled()
    await publish(10)
    const sink = new TestSink()
    sink.stall()
    await hub.subscribe({ from: 'start', maxLag: { bytes: KiB, age: 1 }, sink })
    await hub.runtime.pass(5000)
    expect(sink.ended).toBeUndefined()
  })
})

describe('a subscriber that gets nothing', () => {
  it('is told its position at least every 15 seconds', async () => {
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

  it('is not told its position when it gets events', async () => {
    const hub = await TestBus.open()
    const sink = await hub.subscribe()
    for (let second = 1; second <= 30; second++) {
      await hub.publish('x')
      await hub.runtime.pass(1000)
    }
    expect(sink.statuses.map(({ type }) => type)).toEqual(['live'])
  })

  it('is not told its position while it takes nothing', async () => {
    const hub = await TestBus.open({ limits: { queue: 100 * KiB } })
    const sink = await hub.subscribe()
    sink.stall()
    hub.store(large('x', 200 * KiB))
    await hub.runtime.pass(100_000)
    expect(sink.story).toEqual(['live', 1])
  })
})

describe('another filter', () => {
  it('holds from now on for one that is live, between two events of the same tick', async () => {
    const hub = await TestBus.open()
    const sink = await hub.subscribe({ filters: 'a/' })
    hub.store({ tag: 'a/1' }, { tag: 'b/2' })
    sink.api.change('b/')
    hub.store({ tag: 'a/3' }, { tag: 'b/4' })
    await hub.runtime.settle()
    expect(sink.tags).toEqual(['a/1', 'b/4'])
  })

  it('holds from its cursor on for one that is behind', async () => {
    const hub = await TestBus.open({ limits: { queue: 100 * KiB }, slabBytes: 100 * KiB })
    const sink = await hub.subscribe({ filters: 'a/' })
    sink.stall()
    for (let seq = 1; seq <= 6; seq++) {
      hub.store(large(`${seq % 2 === 1 ? 'a' : 'b'}/${seq}`))
      await hub.runtime.settle()
    }
    expect(sink.tags).toEqual(['a/1'])
    sink.api.change('b/')
    sink.drain()
    await hub.runtime.settle()
    expect(sink.tags).toEqual(['a/1', 'b/4', 'b/6'])
  })

  it('that is changed in the middle of a read misses nothing that the read did not look for', async () => {
    const runtime = new FakeRuntime()
    const log = openMemoryLog({ runtime, slabBytes: 100 * KiB })
    const { read } = log
    // As an engine does that finds out from its summaries what it need not read.
    log.read = (from, limits) => {
      const batches = read.call(log, from, limits)
      const wanted = limits.prefixes
      return wanted === undefined ? batches : only(batches, wanted)
    }
    const hub = await TestBus.open({ runtime, log, limits: { catchUpPerTick: 50 * KiB } })
    hub.store(large('a/1'), large('a/2'), large('b/3'), large('b/4'))
    await hub.runtime.settle()
    const sink = new TestSink()
    sink.onWrite = () => {
      sink.onWrite = undefined
      queueMicrotask(() => sink.api.change('b/'))
    }
    const coming = hub.subscribe({ from: 'start', filters: 'a/', sink })
    await coming
    await hub.runtime.settle()
    expect(sink.tags).toEqual(['a/1', 'b/3', 'b/4'])
  })

  it('that is refused leaves the one before', async () => {
    const hub = await TestBus.open({ limits: { unanchoredFilters: 1 } })
    const sink = await hub.subscribe({ filters: '*/x' })
    expect(() => sink.api.change({ regex: { tag: '(a' } })).toThrow(
      expect.objectContaining({ code: 'TCN_FILTER_REGEX' }),
    )
    // It takes the place of the one before, and does not stand beside it.
    sink.api.change('*/y')
    await expect(hub.subscribe({ filters: '*/z' })).rejects.toMatchObject({ code: 'TCN_FILTER_TOO_MANY' })
    await hub.publish('a/x', 'a/y')
    expect(sink.tags).toEqual(['a/y'])
    sink.api.close()
    await hub.subscribe({ filters: '*/z' })
  })

  it('changes nothing when the connection broke at the same moment', async () => {
    const hub = await TestBus.open()
    const all = await hub.subscribe()
    const sink = await hub.subscribe({ filters: ['a/'] })
    sink.onWrite = () => sink.api.close()
    hub.store({ tag: 'a/1' })
    sink.api.change('b/')
    await hub.publish('b/2')
    expect(sink.tags).toEqual(['a/1'])
    expect(all.tags).toEqual(['a/1', 'b/2'])
    expect([...hub.bus.subscriptions]).toHaveLength(1)
  })
})

describe('a subscriber that leaves', () => {
  it('while it is written to gets nothing more, and the others get everything', async () => {
    const hub = await TestBus.open()
    const sinks = [await hub.subscribe(), await hub.subscribe(), await hub.subscribe()]
    sinks[1].onWrite = () => sinks[1].api.close()
    await hub.publish('a', 'b')
    await hub.publish('c')
    expect(sinks.map(({ tags }) => tags.join(''))).toEqual(['abc', 'ab', 'abc'])
  })

  it('while it replays gets nothing more', async () => {
    const hub = await TestBus.open({ slabBytes: 100 * KiB, limits: { catchUpPerTick: 50 * KiB } })
    hub.store(large('1'), large('2'), large('3'))
    const sink = new TestSink()
    sink.onWrite = () => queueMicrotask(() => sink.api.close())
    await hub.subscribe({ from: 'start', sink })
    expect(sink.tags).toEqual(['1'])
    expect(sink.ended).toBeUndefined()
  })

  it('may leave twice', async () => {
    const hub = await TestBus.open()
    const other = await hub.subscribe()
    const sink = await hub.subscribe()
    sink.api.close()
    sink.api.close()
    sink.api.drained()
    sink.api.change('x')
    await hub.publish('a')
    expect(other.tags).toEqual(['a'])
  })
})

it('a format is asked once for all who want it', async () => {
  const hub = await TestBus.open()
  let encoded = 0
  const format = {
    name: 'reversed',
    encode(frames: Uint8Array) {
      encoded++
      return frames
    },
  }
  const sinks = [await hub.subscribe({ format }), await hub.subscribe({ format })]
  const plain = await hub.subscribe()
  await hub.publish('a', 'b')
  expect(encoded).toBe(1)
  expect([...sinks, plain].map(({ tags }) => tags)).toEqual(Array(3).fill(['a', 'b']))
})

it('a log that cannot be read ends the subscription with the error of the log', async () => {
  const hub = await filled(3)
  const coming = new TestSink()
  await hub.log.close()
  const { TocsinError } = await import('../../src/event/errors.js')
  hub.log.read = () => {
    throw new TocsinError('TCN_LOG_CORRUPT', 'chunk 1 is broken')
  }
  await hub.subscribe({ from: 'start', sink: coming })
  expect(coming.ended).toEqual({ code: 'TCN_LOG_CORRUPT', message: 'chunk 1 is broken', seq: 0 })
})

async function* only<Batch extends { bytes: Uint8Array }>(batches: AsyncIterable<Batch>, prefixes: string[]) {
  for await (const batch of batches) {
    const text = Buffer.from(batch.bytes).toString('latin1', 0, 200)
    if (prefixes.some((prefix) => text.includes(prefix))) yield batch
  }
}
