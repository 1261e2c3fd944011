import { beforeEach, describe, expect, it } from 'vitest'
import { encode } from '../../../src/event/index.js'
import { consumer, done, hub, join, open, publishMany, redelivered } from './fixture.js'

beforeEach(() => open())

const KiB = 1024

describe('connections of one consumer', () => {
  it('share its events: each event goes to one of them', async () => {
    const sinks = [await join(), await join(), await join()]
    publishMany(30)
    await hub.runtime.settle()
    expect(sinks.map(({ seqs }) => seqs.length)).toEqual([10, 10, 10])
    const all = sinks.flatMap(({ seqs }) => seqs).sort((a, b) => a - b)
    expect(all).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    for (const { seqs } of sinks) expect([...seqs].sort((a, b) => a - b)).toEqual(seqs)
  })

  it('receive more events the faster they acknowledge them', async () => {
    const [quick, slow] = [await join(), await join()]
    quick.onWrite = (events) => done(quick, ...events.map(({ seq }) => seq))
    for (let i = 0; i < 20; i++) await hub.publish('a/x')
    expect(slow.seqs).toHaveLength(1)
    expect(quick.seqs).toHaveLength(19)
  })

  it('take turns when all of them are idle', async () => {
    const sinks = [await join(), await join(), await join()]
    for (const sink of sinks) sink.onWrite = (events) => done(sink, ...events.map(({ seq }) => seq))
    for (let i = 0; i < 9; i++) await hub.publish('a/x')
    expect(sinks.map(({ seqs }) => seqs.length)).toEqual([3, 3, 3])
  })

  it('are passed over while they do not take their output', async () => {
    const [one, stalled] = [await join(), await join()]
    stalled.stall()
    hub.store(
      { tag: 'a', body: encode('x'.repeat(300 * KiB)) },
      { tag: 'a', body: encode('x'.repeat(300 * KiB)) },
    )
    await hub.runtime.settle()
    publishMany(10)
    await hub.runtime.settle()
    expect(stalled.seqs).toHaveLength(1)
    expect(one.seqs).toHaveLength(11)
  })

  it('wait together when none of them takes its output, and resume when one does', async () => {
    const [one, other] = [await join(), await join()]
    for (const sink of [one, other]) {
      sink.pending = 300 * KiB
      sink.stall()
    }
    publishMany(5)
    await hub.runtime.settle()
    expect([...one.seqs, ...other.seqs]).toEqual([])
    other.drain()
    await hub.runtime.settle()
    expect(other.seqs).toEqual([1, 2, 3, 4, 5])
  })

  it('receive only what their own principal may see', async () => {
    const [half, all] = [await join({ as: 'half' }), await join({ as: 'all' })]
    await hub.publish('a/1', 'b/2', 'a/3', 'b/4', 'b/5')
    expect(half.tags.every((tag) => tag.startsWith('a/'))).toBe(true)
    expect([...half.seqs, ...all.seqs].sort()).toEqual([1, 2, 3, 4, 5])
  })

  it('pass over events that none of them may see', async () => {
    const half = await join({ as: 'half' })
    await hub.publish('b/1', 'a/2', 'b/3')
    expect(half.seqs).toEqual([2])
    done(half, 2)
    expect(consumer().settledUpTo).toBe(3)
  })

  it('may leave while they are written to, and their events go to the remaining ones', async () => {
    const [leaving, staying] = [await join(), await join()]
    leaving.onWrite = () => leaving.api.close()
    publishMany(4)
    await hub.runtime.settle()
    await hub.runtime.pass(1000)
    expect([...staying.seqs].sort()).toEqual([1, 2, 3, 4])
    expect(redelivered(staying)).toEqual(leaving.seqs)
  })

  it('receive events in their own format', async () => {
    const encoded: number[] = []
    const format = {
      name: 'counting',
      encode(frames: Uint8Array) {
        encoded.push(frames.length)
        return frames
      },
    }
    const sink = await join({ format })
    await hub.publish('a/1', 'a/2')
    expect(sink.seqs).toEqual([1, 2])
    expect(encoded).toHaveLength(1)
  })
})

describe('the limit on unacknowledged events', () => {
  beforeEach(async () => {
    await open({ limits: { unacknowledged: 10 } })
  })

  it('admits more events as they are acknowledged, each once and in order', async () => {
    const sink = await join()
    publishMany(35)
    await hub.runtime.settle()
    expect(sink.seqs).toHaveLength(10)
    for (let seq = 1; seq <= 35; seq++) {
      done(sink, seq)
      await hub.runtime.settle()
    }
    expect(sink.seqs).toEqual(Array.from({ length: 35 }, (_, i) => i + 1))
    expect(consumer().settledUpTo).toBe(35)
  })

  it('keeps no more than one piece in memory for waiting members', async () => {
    const sink = await join()
    publishMany(15)
    await hub.runtime.settle()
    // This tick is not buffered any more: the consumer is served from the log like a slow subscriber.
    publishMany(1000)
    await hub.runtime.settle()
    const [inner] = hub.bus.subscriptions
    expect(inner.state).toBe('catching')
    for (let next = 0; next < 1015; next += 10) {
      done(sink, ...sink.seqs.slice(next))
      await hub.runtime.settle()
    }
    expect(sink.seqs).toEqual(Array.from({ length: 1015 }, (_, i) => i + 1))
    expect(inner.state).toBe('live')
  })

  it('makes room at once for an event that is acknowledged during its delivery', async () => {
    const sink = await join()
    sink.onWrite = (events) => done(sink, ...events.map(({ seq }) => seq))
    publishMany(100)
    await hub.runtime.settle()
    expect(sink.seqs).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  })

  it('applies to all connections together, and counts events that wait for another try', async () => {
    const [one, two] = [await join(), await join()]
    publishMany(12)
    await hub.runtime.settle()
    expect(one.seqs.length + two.seqs.length).toBe(10)
    one.api.ack(one.seqs, 'retry', { delay: 60_000 })
    await hub.runtime.settle()
    expect(one.seqs.length + two.seqs.length).toBe(10)
  })
})
