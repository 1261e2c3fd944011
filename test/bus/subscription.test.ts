import { describe, expect, it } from 'vitest'
import { encode, formatTime } from '../../src/event/index.js'
import { openMemoryLog } from '../../src/log/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { TestBus, type TestBusOptions, TestSink } from './fixture.js'

const KiB = 1024

/** Opens a bus with events 1 to `count`, tags `a/1`, `b/2`, `a/3` …, one per second. */
async function filled(count: number, options: TestBusOptions = {}): Promise<TestBus> {
  const hub = await TestBus.open(options)
  for (let seq = 1; seq <= count; seq++) {
    await hub.publish(`${seq % 2 === 1 ? 'a' : 'b'}/${seq}`)
    hub.runtime.advance(1000)
  }
  return hub
}

const large = (tag: string, bytes = 100 * KiB) => ({ tag, body: encode('x'.repeat(bytes)) })

/** Options for a log that keeps about three events of 100 KiB. */
const small = { slabBytes: 100 * KiB, maxBytes: 310 * KiB }

describe('a new subscription', () => {
  it('without a position receives new events, and is live at once', async () => {
    const hub = await filled(2)
    const sink = await hub.subscribe()
    expect(sink.got).toEqual([{ type: 'live', seq: 2 }])
    await hub.publish('a/3')
    expect(sink.story).toEqual(['live', 3])
  })

  it('from the start replays everything, then becomes live', async () => {
    const hub = await filled(3)
    const sink = await hub.subscribe({ from: 'start' })
    await hub.publish('a/4')
    expect(sink.story).toEqual([1, 2, 3, 'live', 4])
  })

  it('receives each event once when others are stored while it replays', async () => {
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
    ['the last two events', () => 'end-2', [4, 5]],
    ['more events than there are', () => 'end-20', [1, 2, 3, 4, 5]],
    ['a time before all', () => '2001-01-01T00:00Z', [1, 2, 3, 4, 5]],
    ['a time that another clock has already', (hub) => formatTime(hub.runtime.now() + 30e6), []],
  ]
  it.each(positions)('begins at %s without a gap', async (_name, from, expected) => {
    const hub = await filled(5)
    const sink = await hub.subscribe({ from: from(hub) })
    await hub.publish('a/6')
    expect(sink.seqs).toEqual([...expected, 6])
    expect(sink.statuses.map(({ type }) => type)).toEqual(['live'])
  })

  it.each([
    ['a time to come', { from: '2101-01-01T00:00Z' }, /^2101-01-01T00:00Z is still to come: it is .* here/],
    ['a time after its end', { from: '-1m', to: '-2m' }, /^the range ends before it begins/],
  ])('that begins at %s is refused with the reason', async (_name, range, why) => {
    const hub = await filled(5)
    await expect(hub.subscribe(range)).rejects.toThrow(why)
  })

  it('begins at the newest event of a log whose clock went back since', async () => {
    const hub = await filled(5)
    const newest = formatTime(hub.runtime.now() - 1)
    hub.runtime.setClock(hub.runtime.now() - 3600e6)
    const sink = await hub.subscribe({ from: newest })
    expect(sink.statuses.map(({ type }) => type)).toEqual(['live'])
  })

  const ends: [string, (hub: TestBus) => string, number[]][] = [
    ['end', () => 'end', [1, 2, 3, 4, 5]],
    ['now', () => 'now', [1, 2, 3, 4, 5]],
    ['start', () => 'start', []],
    ['@3', () => '@3', [1, 2, 3]],
    ['a number to come', () => '@9', [1, 2, 3, 4, 5]],
    ['a cursor', (hub) => hub.cursor(2), [1, 2]],
    ['a cursor of another log', () => 'elsewherehere-2', [1, 2, 3, 4, 5]],
    ['a time', (hub) => formatTime(hub.runtime.now() - 2_500_000), [1, 2, 3]],
    ['a time ago', () => '-3s', [1, 2, 3]],
    ['the place before the last two', () => 'end-2', [1, 2, 3]],
  ]
  it.each(ends)('ends at %s and reports the end of its range', async (_name, to, expected) => {
    const hub = await filled(5)
    const sink = await hub.subscribe({ from: 'start', to: to(hub) })
    await hub.publish('a/6')
    expect(sink.story).toEqual(expected)
    expect(sink.ended).toMatchObject({ code: 'END', seq: expected.length })
    expect([...hub.bus.subscriptions]).toEqual([])
  })

  it('rejects an invalid position or filter', async () => {
    const hub = await TestBus.open()
    await expect(hub.subscribe({ from: 'tomorrow' })).rejects.toMatchObject({ code: 'TCN_RANGE_INVALID' })
    await expect(hub.subscribe({ to: '@x' })).rejects.toMatchObject({ code: 'TCN_RANGE_INVALID' })
    await expect(hub.subscribe({ filters: [''] })).rejects.toMatchObject({ code: 'TCN_FILTER_SYNTAX' })
    expect([...hub.bus.subscriptions]).toEqual([])
  })

  it('receives only events that match its filter, and a position past those that do not', async () => {
    const hub = await filled(4)
    const sink = await hub.subscribe({ from: 'start', filters: 'b/' })
    await hub.publish('a/5', 'b/6')
    expect(sink.got.filter((entry) => 'type' in entry)).toEqual([{ type: 'live', seq: 4 }])
    expect(sink.seqs).toEqual([2, 4, 6])
  })
})

describe('a gap is reported exactly once, and delivery resumes', () => {
  it('expired: with the oldest available event', async () => {
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

  it.each(['ahead', 'unknown-epoch'])('%s: live, or from the start if that was requested', async (reason) => {
    const hub = await filled(3)
    const from = reason === 'ahead' ? hub.cursor(9) : 'elsewherehere-2'
    const sink = await hub.subscribe({ from })
    await hub.publish('a/4')
    expect(sink.got[0]).toEqual({ type: 'gap', from: 0, to: 0, reason, next: 3 })
    expect(sink.story).toEqual(['gap', 'live', 4])
    const eager = await hub.subscribe({ from, otherwise: 'start' })
    expect(eager.got[0]).toEqual({ type: 'gap', from: 0, to: 0, reason, next: 0 })
    expect(eager.story).toEqual(['gap', 1, 2, 3, 4, 'live'])
  })

  it('lost in a crash: with the first event after the lost seqs', async () => {
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

  it('after events expired while the subscriber was behind', async () => {
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

  it('after events expired in the middle of a read', async () => {
    const hub = await TestBus.open({ ...small, limits: { catchUpPerTick: 50 * KiB } })
    hub.store(large('1'), large('2'), large('3'))
    const sink = new TestSink()
    // The log drops the rest of this read at once, and events beyond its end.
    sink.onWrite = (events) => {
      if (events[0].seq === 1) hub.store(large('4'), large('5'), large('6'), large('7'))
    }
    await hub.subscribe({ from: 'start', sink })
    await hub.runtime.settle()
    expect(sink.gaps[0]).toEqual({ type: 'gap', from: 2, to: 4, reason: 'expired', next: 4 })
    expect(sink.story).toEqual([1, 'gap', 5, 6, 7, 'live'])
  })

  it('and covers a bounded subscription only up to its end', async () => {
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

  it('but not to live subscribers, even if one tick is more than the log keeps', async () => {
    const hub = await TestBus.open(small)
    const live = await hub.subscribe()
    const late = await hub.subscribe({ sink: new TestSink() })
    hub.store(large('1'), large('2'), large('3'), large('4'), large('5'))
    await hub.runtime.settle()
    expect(live.story).toEqual(['live', 1, 2, 3, 4, 5])
    expect(late.story).toEqual(['live', 1, 2, 3, 4, 5])
  })
})

it('events are encoded once for all subscribers with the same format', async () => {
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
  const { TocsinError } = await import('../../src/errors/tocsin-error.js')
  hub.log.read = () => {
    throw new TocsinError('TCN_LOG_CORRUPT', 'chunk 1 is broken')
  }
  await hub.subscribe({ from: 'start', sink: coming })
  expect(coming.ended).toEqual({ code: 'TCN_LOG_CORRUPT', message: 'chunk 1 is broken', seq: 0 })
})

it('events that the log does not have any more are one gap for those that may have received them', async () => {
  const hub = await filled(3)
  const before = await hub.subscribe({ from: 'start' })
  hub.bus.subscriptions.lost({ from: 2, to: 3 })
  await hub.publish('a/4')
  expect(before.gaps).toEqual([{ type: 'gap', from: 2, to: 3, reason: 'lost-in-damage', next: 3 }])
  expect(before.story).toEqual([1, 2, 3, 'live', 'gap', 4])
  hub.bus.subscriptions.lost({ from: 5, to: 6 })
  expect(before.gaps).toHaveLength(1)
})

it('events that were removed before they came here are one gap, before the events that follow', async () => {
  const hub = await filled(3)
  const live = await hub.subscribe({ from: 'start' })
  hub.bus.subscriptions.expired({ from: 4, to: 9 })
  expect(live.gaps).toEqual([{ type: 'gap', from: 4, to: 9, reason: 'expired', next: 9 }])
  expect(live.story).toEqual([1, 2, 3, 'live', 'gap'])
  expect(hub.bus.dispatched).toBe(9)
})
