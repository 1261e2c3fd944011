import { describe, expect, it } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { encode, encodeFrame } from '../../src/event/index.js'
import type { FrameBatch, ProducerRange } from '../../src/log/event-log.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { brittleLog } from './brittle-log.js'
import { TestBus } from './fixture.js'

const full = new TocsinError('TCN_LOG_FULL')

async function opened() {
  const runtime = new FakeRuntime()
  const { log, disk } = brittleLog(runtime)
  const hub = await TestBus.open({ runtime, log })
  const batches: number[] = []
  log.onStored(({ count }: FrameBatch) => batches.push(count))
  const all = await hub.subscribe({})
  const soon = (tag: string, more = {}) => hub.bus.emitSoon({ tag, source: 'host/a', data: { tag }, ...more })
  return { hub, bus: hub.bus, runtime, disk, batches, all, soon }
}

const frame = (tag: string) => encodeFrame({ tag, source: 'host/a', body: encode({ tag }) })

describe('events of sources', () => {
  it('that come in one turn are stored together at its end', async () => {
    const { runtime, batches, all, soon, bus } = await opened()
    expect([soon('a/1'), soon('a/2'), soon('a/3', { source: 'host/b' })]).toEqual([true, true, true])
    expect(bus.last).toBe(0)
    await runtime.settle()
    expect(batches).toEqual([3])
    expect(all.events.map(({ tag, source, data }) => [tag, source, data])).toEqual([
      ['a/1', 'host/a', { tag: 'a/1' }],
      ['a/2', 'host/a', { tag: 'a/2' }],
      ['a/3', 'host/b', { tag: 'a/3' }],
    ])
  })

  it('keep their order among those that are stored at once', async () => {
    const { runtime, all, soon, bus } = await opened()
    soon('a/1')
    bus.emit({ tag: 'a/2', data: {} })
    soon('a/3')
    bus.emitFrames(frame('a/4'), 1)
    soon('a/5')
    soon('a/6', { counter: { stream: 's', counter: 1 } })
    soon('a/7')
    await runtime.settle()
    expect(all.events.map(({ tag }) => tag)).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `a/${n}`))
  })

  it('are stored before the turn ends when they are many', async () => {
    const { soon, bus } = await opened()
    for (let n = 1; n <= 100; n++) soon(`a/${n}`, { data: 'x'.repeat(10_000) })
    expect(bus.last).toBeGreaterThan(50)
  })

  it('are stored when the bus closes', async () => {
    const { soon, bus, hub } = await opened()
    soon('a/1')
    await bus.close()
    expect(hub.log.last).toBe(1)
  })

  it('that fit no frame are stored as `emit` stores them, or refused as it does', async () => {
    const { soon, bus } = await opened()
    expect(() => soon('a/1', { data: { value: () => {} } })).toThrow('a function cannot be part of a body')
    expect(soon('a/2', { data: 'x'.repeat(20 * 2 ** 20) })).toBe(true)
    expect(bus.last).toBe(1)
  })
})

describe('while the log stores nothing', () => {
  it('events that were taken wait, later ones are refused, and all that were taken are stored in order', async () => {
    const { hub, runtime, disk, all, soon, bus } = await opened()
    soon('a/1')
    disk.fault = full
    soon('a/2')
    await runtime.settle()
    expect(bus.suspended).toBe(true)
    expect(soon('a/3')).toBe(false)
    expect(bus.emit({ tag: 'a/4', data: {} })).toBe(false)
    expect(bus.emitFrames(frame('a/5'), 1)).toBe(false)
    disk.fault = undefined
    await hub.runtime.pass(2000)
    expect(soon('a/6')).toBe(true)
    await runtime.settle()
    expect(all.events.map(({ tag }) => tag)).toEqual(['a/1', 'a/2', 'a/6'])
  })

  it('what was published is not reported as settled', async () => {
    const { disk, soon, bus } = await opened()
    soon('a/1')
    disk.fault = full
    await expect(bus.settled()).rejects.toBe(full)
    disk.fault = undefined
    await bus.settled()
    expect(bus.last).toBe(1)
  })
})

describe('events of streams that may be read again', () => {
  const counted = (stream: string, counter: number, first?: number) => ({
    counter: { stream, counter, first },
  })

  async function recorded() {
    const parts = await opened()
    const ranges: (ProducerRange[] | undefined)[] = []
    parts.hub.log.onStored(({ producers }: FrameBatch) => ranges.push(producers))
    return { ...parts, ranges }
  }

  it('that come in one turn are stored together, with the last counter of each stream', async () => {
    const { runtime, batches, ranges, soon } = await recorded()
    soon('a/1', counted('s', 10))
    soon('a/2', counted('t', 7))
    soon('a/3', counted('s', 25))
    soon('a/4')
    await runtime.settle()
    expect(batches).toEqual([4])
    expect(ranges).toEqual([
      [
        { key: 's', first: 10, last: 25, count: 2 },
        { key: 't', first: 7, last: 7, count: 1 },
      ],
    ])
  })

  it('are stored once, whether an earlier one waits or is stored', async () => {
    const { runtime, all, soon } = await recorded()
    soon('a/1', counted('s', 10))
    expect(soon('a/1', counted('s', 10))).toBe(true)
    await runtime.settle()
    expect(soon('a/1', counted('s', 10))).toBe(true)
    expect(soon('a/0', counted('s', 4))).toBe(true)
    soon('a/2', counted('s', 11))
    await runtime.settle()
    expect(all.events.map(({ tag }) => tag)).toEqual(['a/1', 'a/2'])
  })

  it('are known by the events that are stored with them when they need several pieces of memory', async () => {
    const { hub, runtime, ranges, soon } = await recorded()
    for (let n = 1; n <= 9; n++) soon(`a/${n}`, { ...counted('s', n), data: 'x'.repeat(100_000) })
    await runtime.settle()
    expect(ranges.length).toBeGreaterThan(1)
    let last = 0
    for (const [range] of ranges as ProducerRange[][]) {
      expect(range.first).toBe(last + 1)
      expect(range.count).toBe(range.last - last)
      last = range.last
    }
    expect(last).toBe(9)
    expect(hub.log.last).toBe(9)
  })

  it('a gap counts for all counters from its first', async () => {
    const { runtime, ranges, soon } = await recorded()
    soon('a/1', counted('s', 5))
    soon('gap', counted('s', 9, 6))
    await runtime.settle()
    expect(ranges).toEqual([[{ key: 's', first: 5, last: 9, count: 2 }]])
  })

  it('that the log has refused wait with their counters, and are not taken for stored', async () => {
    const { runtime, disk, all, ranges, soon, bus } = await recorded()
    disk.fault = full
    soon('a/1', counted('s', 1))
    await runtime.settle()
    expect(bus.publishers.lastOf('s')).toBe(0)
    disk.fault = undefined
    await runtime.pass(2000)
    expect(soon('a/1', counted('s', 1))).toBe(true)
    soon('a/2', counted('s', 2))
    await runtime.settle()
    expect(all.events.map(({ tag }) => tag)).toEqual(['a/1', 'a/2'])
    expect(ranges.map((range) => range?.[0].last)).toEqual([1, 2])
  })
})
