import { beforeEach, describe, expect, it } from 'vitest'
import { encode } from '../../../src/event/index.js'
import { consumer, done, hub, join, open, redelivered, restart } from './fixture.js'

beforeEach(() => open())

const KiB = 1024

describe('an event that is not acknowledged', () => {
  it('within 30 seconds is redelivered after a pause, and marked', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2')
    done(sink, 1)
    await hub.runtime.pass(30_900)
    expect(sink.seqs).toEqual([1, 2])
    await hub.runtime.pass(200)
    expect(sink.seqs).toEqual([1, 2, 2])
    expect(redelivered(sink)).toEqual([2])
    done(sink, 2)
    await hub.runtime.pass(600_000)
    expect(sink.seqs).toEqual([1, 2, 2])
  })

  it('is not marked for other subscribers', async () => {
    const plain = await hub.subscribe()
    const sink = await join()
    await hub.publish('a/1')
    await hub.runtime.pass(40_000)
    expect(redelivered(sink)).toEqual([1])
    expect(redelivered(plain)).toEqual([])
    expect((await hub.subscribe({ from: 'start' })).events[0].flags).toBe(0)
  })

  it('is redelivered to another connection when its own has closed', async () => {
    const [gone, there] = [await join(), await join()]
    await hub.publish('a/1', 'a/2')
    gone.api.close()
    await hub.runtime.pass(999)
    expect(there.seqs).toHaveLength(1)
    await hub.runtime.pass(1)
    expect(there.seqs).toHaveLength(2)
    expect(redelivered(there)).toEqual(gone.seqs)
  })

  it('waits until a connection joins', async () => {
    const gone = await join()
    await hub.publish('a/1')
    gone.api.close()
    await hub.runtime.pass(600_000)
    const there = await join()
    expect(there.story).toEqual(['live', 1])
    expect(redelivered(there)).toEqual([1])
  })

  it('is redelivered after growing pauses, and parked after ten tries', async () => {
    const sink = await join()
    const times: number[] = []
    sink.onWrite = () => times.push(hub.runtime.monotonic())
    await hub.publish('a/1')
    await hub.runtime.pass(3_600_000)
    const pauses = times.slice(1).map((time, i) => (time - times[i]) / 1000 - 30)
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256])
    expect(hub.bus.consumers.parkedCount).toBe(1)
    expect(consumer().settledUpTo).toBe(1)
  })

  it('does not delay other events', async () => {
    const sink = await join()
    await hub.publish('a/1')
    await hub.runtime.pass(10_000)
    await hub.publish('a/2')
    done(sink, 2)
    await hub.runtime.pass(21_000)
    expect(sink.seqs).toEqual([1, 2, 1])
  })

  it('may be acknowledged late, as long as no other connection has it', async () => {
    const sink = await join()
    await hub.publish('a/1')
    await hub.runtime.pass(30_500)
    done(sink, 1)
    await hub.runtime.pass(600_000)
    expect(sink.seqs).toEqual([1])
    expect(consumer().unsettledCount).toBe(0)
  })

  it('can be settled only by the connection that has it', async () => {
    const [one, two] = [await join(), await join()]
    await hub.publish('a/1')
    const [holder, other] = one.seqs.length > 0 ? [one, two] : [two, one]
    other.api.ack([1], 'park', {})
    other.api.ack([1], 'retry', { delay: 0 })
    done(other, 1)
    await hub.runtime.settle()
    expect(consumer().unsettledCount).toBe(1)
    done(holder, 1)
    expect(consumer().unsettledCount).toBe(0)
  })

  it('waits for a connection that may see it', async () => {
    const all = await join({ as: 'all' })
    await hub.publish('b/1', 'a/2')
    all.api.close()
    const half = await join({ as: 'half' })
    await hub.runtime.pass(5000)
    expect(half.seqs).toEqual([2])
    const back = await join({ as: 'all' })
    await hub.runtime.settle()
    expect(back.seqs).toEqual([1])
  })

  it('waits for room, then is redelivered', async () => {
    const sink = await join()
    await hub.publish('a/1')
    sink.pending = 300 * KiB
    await hub.runtime.pass(40_000)
    expect(sink.seqs).toEqual([1])
    sink.drain()
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 1])
  })

  it('and has expired from the log is reported as a gap, once for all such events', async () => {
    await open({ slabBytes: 100 * KiB, maxBytes: 350 * KiB })
    const large = (tag: string) => ({ tag, body: encode('x'.repeat(100 * KiB)) })
    const sink = await join({ filters: 'a/' })
    hub.store(large('a/1'), large('a/2'))
    await hub.runtime.settle()
    hub.store(large('b'), large('b'), large('b'), large('b'))
    await hub.runtime.pass(40_000)
    expect(sink.seqs).toEqual([1, 2])
    expect(sink.gaps).toEqual([{ type: 'gap', from: 1, to: 2, reason: 'expired', next: 6 }])
    expect(consumer().settledUpTo).toBe(6)
  })

  it('and expired without a connection is reported to the next one, even after a restart', async () => {
    await open({ slabBytes: 100 * KiB, maxBytes: 350 * KiB })
    const large = { tag: 'a', body: encode('x'.repeat(100 * KiB)) }
    const sink = await join()
    hub.store(large)
    await hub.runtime.settle()
    sink.api.ack([1], 'retry', { delay: 1000 })
    sink.api.close()
    hub.store(large, large, large, large)
    await hub.runtime.pass(60_000)
    await restart()
    const again = await join()
    await hub.runtime.settle()
    expect(again.gaps).toContainEqual({ type: 'gap', from: 1, to: 1, reason: 'expired', next: 5 })
    expect(consumer().unsettledCount).toBe(3)
  })

  it('cannot be parked once it has expired, and is reported as a gap', async () => {
    await open({ slabBytes: 100 * KiB, maxBytes: 350 * KiB })
    const large = { tag: 'a', body: encode('x'.repeat(100 * KiB)) }
    const sink = await join()
    hub.store(large)
    await hub.runtime.settle()
    hub.store(large, large, large, large)
    sink.api.ack([1], 'park', {})
    sink.api.close()
    await hub.runtime.settle()
    await restart()
    const again = await join()
    await hub.runtime.settle()
    expect(again.gaps).toContainEqual(expect.objectContaining({ from: 1, to: 1, reason: 'expired' }))
    expect(hub.bus.consumers.parkedCount).toBe(0)
  })

  it('and expired before its first delivery is reported as a gap to the next connection', async () => {
    await open({ slabBytes: 100 * KiB, maxBytes: 350 * KiB })
    const large = { tag: 'a', body: encode('x'.repeat(100 * KiB)) }
    ;(await join()).api.close()
    hub.store(large, large, large, large, large)
    const sink = await join()
    await hub.runtime.settle()
    expect(sink.gaps).toEqual([{ type: 'gap', from: 1, to: 2, reason: 'expired', next: 2 }])
    expect(sink.seqs).toEqual([3, 4, 5])
  })
})

describe('an event returned for another try', () => {
  it('is redelivered after a pause, or after the requested delay', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2', 'a/3')
    sink.api.ack([1], 'retry', {})
    sink.api.ack([2], 'retry', { delay: 10_000 })
    sink.api.ack([3], 'retry', { delay: 0 })
    await hub.runtime.pass(0)
    expect(sink.seqs.slice(3)).toEqual([3])
    await hub.runtime.pass(1000)
    expect(sink.seqs.slice(3)).toEqual([3, 1])
    await hub.runtime.pass(8999)
    expect(sink.seqs.slice(3)).toEqual([3, 1])
    await hub.runtime.pass(1)
    expect(sink.seqs.slice(3)).toEqual([3, 1, 2])
  })

  it('is parked after ten tries with the last reason', async () => {
    const sink = await join()
    sink.onWrite = (events) => {
      for (const { seq } of events) {
        queueMicrotask(() => sink.api.ack([seq], 'retry', { delay: 1, reason: 'no such minion' }))
      }
    }
    await hub.publish('a/1')
    await hub.runtime.pass(1000)
    expect(sink.seqs).toHaveLength(10)
    const [entry] = await parkedEntries()
    expect(entry.record).toMatchObject({ tries: 10, reason: 'no such minion; 10 tries' })
  })
})

async function parkedEntries(name = 'work') {
  const entries = []
  for await (const entry of hub.bus.consumers.parked.list(name)) entries.push(entry)
  return entries
}
