import { describe, expect, it } from 'vitest'
import { encode } from '../../src/event/index.js'
import { openMemoryLog } from '../../src/log/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { TestBus, TestSink } from './fixture.js'

const KiB = 1024

const large = (tag: string, bytes = 100 * KiB) => ({ tag, body: encode('x'.repeat(bytes)) })

describe('a changed filter', () => {
  it('applies immediately to a live subscriber, between two events of the same tick', async () => {
    const hub = await TestBus.open()
    const sink = await hub.subscribe({ filters: 'a/' })
    hub.store({ tag: 'a/1' }, { tag: 'b/2' })
    sink.api.change('b/')
    hub.store({ tag: 'a/3' }, { tag: 'b/4' })
    await hub.runtime.settle()
    expect(sink.tags).toEqual(['a/1', 'b/4'])
  })

  it('applies from the cursor of a subscriber that is behind', async () => {
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

  it('misses no events that a running read has left out', async () => {
    const runtime = new FakeRuntime()
    const log = openMemoryLog({ runtime, slabBytes: 100 * KiB })
    const { read } = log
    // Behaves like an engine that skips chunks because of their summaries.
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

  it('that is refused leaves the previous one', async () => {
    const hub = await TestBus.open({ limits: { unanchoredFilters: 1 } })
    const sink = await hub.subscribe({ filters: '*/x' })
    expect(() => sink.api.change({ regex: { tag: '(a' } })).toThrow(
      expect.objectContaining({ code: 'TCN_FILTER_REGEX' }),
    )
    // It replaces the previous filter and is not counted in addition to it.
    sink.api.change('*/y')
    await expect(hub.subscribe({ filters: '*/z' })).rejects.toMatchObject({ code: 'TCN_FILTER_TOO_MANY' })
    await hub.publish('a/x', 'a/y')
    expect(sink.tags).toEqual(['a/y'])
    sink.api.close()
    await hub.subscribe({ filters: '*/z' })
  })

  it('counts towards the limit only if it differs from all others', async () => {
    const hub = await TestBus.open({ limits: { unanchoredFilters: 1 } })
    const same = []
    for (let n = 0; n < 3; n++) same.push(await hub.subscribe({ filters: '*/x' }))
    same[0].api.close()
    same[1].api.close()
    await expect(hub.subscribe({ filters: '*/y' })).rejects.toMatchObject({ code: 'TCN_FILTER_TOO_MANY' })
    same[2].api.close()
    await hub.subscribe({ filters: '*/y' })
  })

  it('has no effect when the connection closes at the same moment', async () => {
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
  it('while it is written to receives nothing more, and the others receive everything', async () => {
    const hub = await TestBus.open()
    const sinks = [await hub.subscribe(), await hub.subscribe(), await hub.subscribe()]
    sinks[1].onWrite = () => sinks[1].api.close()
    await hub.publish('a', 'b')
    await hub.publish('c')
    expect(sinks.map(({ tags }) => tags.join(''))).toEqual(['abc', 'ab', 'abc'])
  })

  it('while it replays receives nothing more', async () => {
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

async function* only<Batch extends { bytes: Uint8Array }>(
  batches: AsyncIterable<Batch>,
  prefixes: readonly string[],
) {
  for await (const batch of batches) {
    const text = Buffer.from(batch.bytes).toString('latin1', 0, 200)
    if (prefixes.some((prefix) => text.includes(prefix))) yield batch
  }
}
