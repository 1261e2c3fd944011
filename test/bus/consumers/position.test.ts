import { beforeEach, describe, expect, it } from 'vitest'
import { admin, consumer, done, hub, join, open, publishMany, restart } from './fixture.js'

beforeEach(() => open())

describe('the position', () => {
  const stored = async () => {
    const { decodeRecord } = await import('../../../src/bus/consumers/consumer-record.js')
    const entry = await hub.state.bucket('consumers').get('work')
    return entry && decodeRecord(entry.value).position
  }

  it('is written when the consumer is created, before anything is delivered', async () => {
    await hub.publish('a/1')
    await join()
    expect(await stored()).toEqual({ epoch: hub.log.epoch, taken: 1, open: [] })
  })

  it('is written a second after a change, not for every change', async () => {
    const sink = await join()
    let writes = 0
    hub.state.bucket('consumers').watch('', () => writes++)
    for (let seq = 1; seq <= 5; seq++) {
      await hub.publish('a/x')
      done(sink, seq)
    }
    await hub.runtime.pass(999)
    expect(writes).toBe(0)
    await hub.runtime.pass(1)
    expect(writes).toBe(1)
    expect(await stored()).toEqual({ epoch: hub.log.epoch, taken: 5, open: [] })
  })

  it('is written after a thousand acknowledgements at once', async () => {
    const sink = await join()
    publishMany(1000)
    await hub.runtime.settle()
    done(sink, ...sink.seqs)
    await hub.runtime.settle()
    expect((await stored())?.taken).toBe(1000)
  })

  it('includes open events, so that few are redelivered', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2', 'a/3', 'a/4')
    done(sink, 1, 3)
    await hub.runtime.pass(1000)
    expect(await stored()).toEqual({
      epoch: hub.log.epoch,
      taken: 4,
      open: [
        { seq: 2, tries: 1 },
        { seq: 4, tries: 1 },
      ],
    })
  })

  it('moves over events that do not match, from time to time', async () => {
    await join({ filters: 'never' })
    for (let minute = 0; minute < 3; minute++) {
      await hub.publish('a/x')
      await hub.runtime.pass(60_000)
    }
    expect((await stored())?.taken).toBeGreaterThanOrEqual(2)
  })

  it('that could not be written is written later', async () => {
    const sink = await join()
    const bucket = hub.state.bucket('consumers')
    const { put } = bucket
    bucket.put = () => Promise.reject(new Error('disk full'))
    await hub.publish('a/1')
    done(sink, 1)
    await hub.runtime.pass(2000)
    expect((await stored())?.taken).toBe(0)
    bucket.put = put
    await hub.runtime.pass(6000)
    expect((await stored())?.taken).toBe(1)
  })

  it('that could not be written is written when the hub stops', async () => {
    const sink = await join()
    const bucket = hub.state.bucket('consumers')
    const { put } = bucket
    bucket.put = () => Promise.reject(new Error('disk full'))
    await hub.publish('a/1')
    done(sink, 1)
    sink.api.close()
    await hub.runtime.pass(2000)
    bucket.put = put
    await hub.bus.close()
    expect((await stored())?.taken).toBe(1)
  })

  it('means nothing in another log, which is reported as a gap', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2')
    done(sink, 1)
    await hub.bus.close()
    await open({ state: hub.state, runtime: hub.runtime })
    await hub.publish('a/1', 'a/2', 'a/3')
    const again = await join()
    expect(again.got[0]).toEqual({ type: 'gap', from: 0, to: 0, reason: 'unknown-epoch', next: 3 })
    await hub.publish('a/4')
    await hub.runtime.pass(5000)
    expect(again.seqs).toEqual([4])
  })

  it('within lost seqs is reported as one gap, including the open events there', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2', 'a/3', 'a/4')
    done(sink, 1, 3)
    Object.defineProperty(hub.log, 'lost', { value: [{ from: 3, to: 4 }] })
    await restart()
    const again = await join()
    await hub.runtime.settle()
    expect(again.gaps).toEqual([{ type: 'gap', from: 3, to: 4, reason: 'lost-in-crash', next: 4 }])
    expect(again.seqs).toEqual([2])
  })
})

describe('seek', () => {
  it('to an earlier position delivers everything from there again', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2', 'a/3')
    done(sink, 1, 2, 3)
    expect(await consumer().seek('@2')).toEqual({ from: 3, to: 1 })
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 2, 3, 2, 3])
  })

  it('forgets events that were delivered but not acknowledged', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2', 'a/3')
    await consumer().seek('now')
    await hub.runtime.pass(600_000)
    expect(sink.seqs).toEqual([1, 2, 3])
    done(sink, 1)
    await hub.publish('a/4')
    expect(sink.seqs).toEqual([1, 2, 3, 4])
  })

  it('is kept across a restart', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2', 'a/3')
    done(sink, 1, 2, 3)
    await consumer().seek('start')
    sink.api.close()
    await restart()
    expect((await join()).seqs).toEqual([1, 2, 3])
  })

  it('moves a consumer without connections', async () => {
    await hub.publish('a/1', 'a/2')
    await hub.bus.consumers.create(admin(), { name: 'work' })
    await consumer().seek('start')
    expect((await join()).seqs).toEqual([1, 2])
  })
})
