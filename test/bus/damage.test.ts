import { beforeEach, describe, expect, it } from 'vitest'
import { consumer, done, hub, join, open, publishMany, restart } from './consumers/fixture.js'
import { damage } from './damaged-log.js'
import { TestSink } from './fixture.js'

beforeEach(() => open())

const gap = (from: number, to: number) => ({ type: 'gap', from, to, reason: 'damaged', next: to })

describe('a damaged part of the log', () => {
  it('is one gap for a subscription that must pass it, which then becomes live', async () => {
    publishMany(9)
    await hub.runtime.settle()
    damage(hub.log, 4, 6)
    const sink = await hub.subscribe({ from: 'start' })
    await hub.publish('a/new')
    expect(sink.story).toEqual([1, 2, 3, 'gap', 7, 8, 9, 'live', 10])
    expect(sink.gaps).toEqual([gap(4, 6)])
  })

  it('is cut to the range of a bounded subscription, or to what is after its cursor', async () => {
    publishMany(9)
    await hub.runtime.settle()
    damage(hub.log, 4, 6)
    const bounded = await hub.subscribe({ from: 'start', to: '@5' })
    expect(bounded.story).toEqual([1, 2, 3, 'gap'])
    expect(bounded.gaps).toEqual([gap(4, 5)])
    expect(bounded.ended?.code).toBe('END')
    const inside = await hub.subscribe({ from: hub.cursor(5) })
    expect(inside.story).toEqual(['gap', 7, 8, 9, 'live'])
    expect(inside.gaps).toEqual([gap(6, 6)])
  })

  it('at the end of the log does not keep a subscription from becoming live', async () => {
    publishMany(5)
    await hub.runtime.settle()
    damage(hub.log, 4, 5)
    const sink = await hub.subscribe({ from: 'start' })
    await hub.publish('a/new')
    expect(sink.story).toEqual([1, 2, 3, 'gap', 'live', 6])
  })

  it('is one gap for a durable consumer, whose position moves past it', async () => {
    const first = await join()
    first.api.close()
    publishMany(9)
    await hub.runtime.settle()
    damage(hub.log, 4, 6)
    const sink = await join()
    done(sink, 1, 2, 3, 7, 8, 9)
    expect(sink.story).toEqual([1, 2, 3, 'gap', 7, 8, 9, 'live'])
    expect(sink.gaps).toEqual([gap(4, 6)])
    expect(consumer().settledUpTo).toBe(9)
    await restart()
    expect((await join()).story).toEqual(['live'])
  })

  it('is reported for events that should be delivered again, and settles them', async () => {
    const sink = await join()
    publishMany(9)
    await hub.runtime.settle()
    done(sink, 1, 2, 8, 9)
    damage(hub.log, 4, 6)
    await hub.runtime.pass(40_000)
    expect(sink.gaps).toEqual([{ ...gap(4, 6), next: 9 }])
    done(sink, 3, 7)
    expect(consumer().settledUpTo).toBe(9)
    expect(consumer().unsettledCount).toBe(0)
  })

  it('is reported for an event that should be parked, and settles it', async () => {
    const sink = await join()
    publishMany(2)
    await hub.runtime.settle()
    damage(hub.log, 2, 2)
    done(sink, 1)
    sink.api.ack([2], 'park', {})
    await hub.runtime.settle()
    expect(sink.gaps).toEqual([gap(2, 2)])
    expect(consumer().unsettledCount).toBe(0)
    expect(hub.bus.consumers.parkedCount).toBe(0)
  })

  it('does not hide a read that fails for another reason', async () => {
    await open()
    publishMany(2)
    await hub.runtime.settle()
    const { TocsinError } = await import('../../src/errors/tocsin-error.js')
    hub.log.read = () => {
      throw new TocsinError('TCN_LOG_READ', 'too many open files')
    }
    const sink = await hub.subscribe({ from: 'start', sink: new TestSink() })
    expect(sink.ended).toMatchObject({ code: 'TCN_LOG_READ', seq: 0 })
    expect(sink.gaps).toEqual([])
  })
})
