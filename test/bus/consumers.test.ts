import { beforeEach, describe, expect, it } from 'vitest'
import { encode } from '../../src/event/index.js'
import { TestBus, type TestBusOptions, TestSink } from './fixture.js'

const KiB = 1024
const grants: TestBusOptions['grants'] = {
  all: { see: '*', consume: '*', publish: '*' },
  half: { see: ['a/'], consume: ['work'] },
  none: { see: '*' },
}

let hub: TestBus

beforeEach(async () => {
  hub = await TestBus.open({ grants })
})

function join(options: Parameters<TestBus['subscribe']>[0] = {}): Promise<TestSink> {
  return hub.subscribe({ consumer: 'work', ...options })
}

function publishMany(count: number): void {
  hub.store(...Array.from({ length: count }, (_, i) => ({ tag: `a/${i}` })))
}

const done = (sink: TestSink, ...seqs: number[]) => sink.api.ack(seqs, 'done', {})
const redelivered = (sink: TestSink) => sink.events.filter((event) => event.redelivered).map(({ seq }) => seq)
const admin = () => hub.access.principal('admin')
const consumer = (name = 'work') => hub.bus.consumers.get(admin(), name)

/** As after a restart of the hub. */
async function restart(options: TestBusOptions = {}): Promise<void> {
  hub = await hub.reopen({ grants, ...options })
}

describe('a durable consumer', () => {
  it('begins with the next event and gets what is published', async () => {
    await hub.publish('a/1')
    const sink = await join()
    await hub.publish('a/2', 'a/3')
    expect(sink.story).toEqual(['live', 2, 3])
    expect(redelivered(sink)).toEqual([])
  })

  it('begins where it is told', async () => {
    await hub.publish('a/1', 'a/2', 'a/3')
    expect((await join({ from: '@2' })).story).toEqual([2, 3, 'live'])
  })

  it('goes on where it was when nobody was connected', async () => {
    const first = await join()
    await hub.publish('a/1')
    done(first, 1)
    first.api.close()
    await hub.publish('a/2', 'a/3')
    const second = await join({ from: 'start' })
    expect(second.story).toEqual([2, 3, 'live'])
  })

  it('goes on where it was when the hub was restarted', async () => {
    const first = await join({ filters: 'a/' })
    await hub.publish('a/1', 'b/2', 'a/3', 'a/4')
    done(first, 1, 4)
    await restart()
    expect(first.ended).toMatchObject({ code: 'STOP', seq: 2 })
    await hub.publish('a/5')
    const second = await join()
    await hub.runtime.settle()
    expect([...second.seqs].sort()).toEqual([3, 5])
    expect(redelivered(second)).toEqual([3])
  })

  it('keeps its filter, and takes no other', async () => {
    await join({ filters: ['a/', 'b/'] })
    await join({ filters: ['b/', 'a/'] })
    await join()
    await join({ filters: [] })
    await expect(join({ filters: 'c/' })).rejects.toMatchObject({ code: 'TCN_CONSUMER_CONFLICT' })
    const sink = await join()
    expect(() => sink.api.change('c/')).toThrow(expect.objectContaining({ code: 'TCN_CONSUMER_CONFLICT' }))
  })

  it('is told that it is live, each of its connections once', async () => {
    await hub.publish('a/1')
    const [one, two] = [await join({ from: 'start' }), await join()]
    expect(one.story).toEqual([1, 'live'])
    expect(two.story).toEqual(['live'])
  })

  it('does not take events twice when it joins from the past while others are stored', async () => {
    await hub.publish('a/1', 'a/2')
    const coming = join({ from: 'start' })
    hub.store({ tag: 'a/3' })
    const sink = await coming
    hub.store({ tag: 'a/4' })
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 2, 3, 4])
  })

  it('asks for a right, a sound name and nothing that it cannot keep', async () => {
    const code = (options: Parameters<TestBus['subscribe']>[0]) =>
      join(options).then(
        () => undefined,
        (error) => error.code,
      )
    expect(await code({ as: 'none' })).toBe('TCN_ACCESS_DENIED')
    expect(await code({ as: 'half', consumer: 'other' })).toBe('TCN_ACCESS_DENIED')
    for (const name of ['', 'a b', 'a/b', 'x'.repeat(129)]) {
      expect(await code({ consumer: name })).toBe('TCN_CONSUMER_INVALID')
    }
    expect(await code({ lag: 'skip' })).toBe('TCN_CONSUMER_INVALID')
    expect(await code({ maxLag: { bytes: 1 } })).toBe('TCN_CONSUMER_INVALID')
    expect(await code({ to: 'end' })).toBe('TCN_CONSUMER_INVALID')
    expect(await code({ gates: ['audit'] })).toBe('TCN_CONSUMER_INVALID')
    expect(await code({ filters: { regex: { tag: '(' } } })).toBe('TCN_FILTER_REGEX')
    expect(hub.bus.consumers.size).toBe(0)
  })

  it('is one of so many', async () => {
    hub = await TestBus.open({ limits: { consumers: 2 } })
    await Promise.all([join({ consumer: 'one' }), join({ consumer: 'one' }), join({ consumer: 'two' })])
    await expect(join({ consumer: 'three' })).rejects.toMatchObject({ code: 'TCN_PROTOCOL_TOO_MANY' })
    expect(hub.bus.consumers.size).toBe(2)
  })

  it('alone takes acknowledgements', async () => {
    const sink = await hub.subscribe()
    expect(() => done(sink, 1)).toThrow(expect.objectContaining({ code: 'TCN_CONSUMER_INVALID' }))
  })
})

describe('connections of one consumer', () => {
  it('share its events, each event going to one of them', async () => {
    const sinks = [await join(), await join(), await join()]
    publishMany(30)
    await hub.runtime.settle()
    expect(sinks.map(({ seqs }) => seqs.length)).toEqual([10, 10, 10])
    const all = sinks.flatMap(({ seqs }) => seqs).sort((a, b) => a - b)
    expect(all).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    for (const { seqs } of sinks) expect([...seqs].sort((a, b) => a - b)).toEqual(seqs)
  })

  it('get more the sooner they are done', async () => {
    const [quick, slow] = [await join(), await join()]
    quick.onWrite = (events) => done(quick, ...events.map(({ seq }) => seq))
    for (let i = 0; i < 20; i++) await hub.publish('a/x')
    expect(slow.seqs).toHaveLength(1)
    expect(quick.seqs).toHaveLength(19)
  })

  it('take turns when all of them are done', async () => {
    const sinks = [await join(), await join(), await join()]
    for (const sink of sinks) sink.onWrite = (events) => done(sink, ...events.map(({ seq }) => seq))
    for (let i = 0; i < 9; i++) await hub.publish('a/x')
    expect(sinks.map(({ seqs }) => seqs.length)).toEqual([3, 3, 3])
  })

  it('are passed over while they do not take what they were given', async () => {
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

  it('wait together when none of them takes anything, and go on when one does', async () => {
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

  it('see only what their own principal may see', async () => {
    const [half, all] = [await join({ as: 'half' }), await join({ as: 'all' })]
    await hub.publish('a/1', 'b/2', 'a/3', 'b/4', 'b/5')
    expect(half.tags.every((tag) => tag.startsWith('a/'))).toBe(true)
    expect([...half.seqs, ...all.seqs].sort()).toEqual([1, 2, 3, 4, 5])
  })

  it('pass over what none of them may see', async () => {
    const half = await join({ as: 'half' })
    await hub.publish('b/1', 'a/2', 'b/3')
    expect(half.seqs).toEqual([2])
    done(half, 2)
    expect(consumer().settledUpTo).toBe(3)
  })

  it('may leave while they are written to, and what they had goes to the others', async () => {
    const [leaving, staying] = [await join(), await join()]
    leaving.onWrite = () => leaving.api.close()
    publishMany(4)
    await hub.runtime.settle()
    await hub.runtime.pass(1000)
    expect([...staying.seqs].sort()).toEqual([1, 2, 3, 4])
    expect(redelivered(staying)).toEqual(leaving.seqs)
  })

  it('get events in the format of each', async () => {
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

describe('at most so many events are unacknowledged', () => {
  beforeEach(async () => {
    hub = await TestBus.open({ grants, limits: { unacknowledged: 10 } })
  })

  it('and more come as they are acknowledged, each once and in order', async () => {
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

  it('so that those who wait hold nothing in memory but one piece', async () => {
    const sink = await join()
    publishMany(15)
    await hub.runtime.settle()
    // This tick is not held any more: the consumer is served from the log like a slow subscriber.
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

  it('and one that is acknowledged while it is delivered makes room at once', async () => {
    const sink = await join()
    sink.onWrite = (events) => done(sink, ...events.map(({ seq }) => seq))
    publishMany(100)
    await hub.runtime.settle()
    expect(sink.seqs).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  })

  it('also over all connections, and those that wait for another try count', async () => {
    const [one, two] = [await join(), await join()]
    publishMany(12)
    await hub.runtime.settle()
    expect(one.seqs.length + two.seqs.length).toBe(10)
    one.api.ack(one.seqs, 'retry', { delay: 60_000 })
    await hub.runtime.settle()
    expect(one.seqs.length + two.seqs.length).toBe(10)
  })
})

describe('what is not acknowledged', () => {
  it('in 30 seconds is delivered again after a pause, marked', async () => {
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

  it('is not marked in what others get', async () => {
    const plain = await hub.subscribe()
    const sink = await join()
    await hub.publish('a/1')
    await hub.runtime.pass(40_000)
    expect(redelivered(sink)).toEqual([1])
    expect(redelivered(plain)).toEqual([])
    expect((await hub.subscribe({ from: 'start' })).events[0].flags).toBe(0)
  })

  it('is delivered again to whoever is there, when its connection is gone', async () => {
    const [gone, there] = [await join(), await join()]
    await hub.publish('a/1', 'a/2')
    gone.api.close()
    await hub.runtime.pass(999)
    expect(there.seqs).toHaveLength(1)
    await hub.runtime.pass(1)
    expect(there.seqs).toHaveLength(2)
    expect(redelivered(there)).toEqual(gone.seqs)
  })

  it('waits until somebody comes', async () => {
    const gone = await join()
    await hub.publish('a/1')
    gone.api.close()
    await hub.runtime.pass(600_000)
    const there = await join()
    expect(there.story).toEqual(['live', 1])
    expect(redelivered(there)).toEqual([1])
  })

  it('is delivered again with growing pauses, and parked after ten tries', async () => {
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

  it('does not stop the others', async () => {
    const sink = await join()
    await hub.publish('a/1')
    await hub.runtime.pass(10_000)
    await hub.publish('a/2')
    done(sink, 2)
    await hub.runtime.pass(21_000)
    expect(sink.seqs).toEqual([1, 2, 1])
  })

  it('may be acknowledged late, as long as nobody else has it', async () => {
    const sink = await join()
    await hub.publish('a/1')
    await hub.runtime.pass(30_500)
    done(sink, 1)
    await hub.runtime.pass(600_000)
    expect(sink.seqs).toEqual([1])
    expect(consumer().unsettledCount).toBe(0)
  })

  it('is the business of the one who has it', async () => {
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

  it('waits for somebody who may see it', async () => {
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

  it('waits for room, then comes', async () => {
    const sink = await join()
    await hub.publish('a/1')
    sink.pending = 300 * KiB
    await hub.runtime.pass(40_000)
    expect(sink.seqs).toEqual([1])
    sink.drain()
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 1])
  })

  it('and has expired from the log is told as a gap, once for all of them', async () => {
    hub = await TestBus.open({ slabBytes: 100 * KiB, maxBytes: 350 * KiB })
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

  it('and what expired while nobody was there is a gap told to the next connection', async () => {
    hub = await TestBus.open({ slabBytes: 100 * KiB, maxBytes: 350 * KiB })
    const large = { tag: 'a', body: encode('x'.repeat(100 * KiB)) }
    ;(await join()).api.close()
    hub.store(large, large, large, large, large)
    const sink = await join()
    await hub.runtime.settle()
    expect(sink.gaps).toEqual([{ type: 'gap', from: 1, to: 2, reason: 'expired', next: 2 }])
    expect(sink.seqs).toEqual([3, 4, 5])
  })
})

describe('an event given back', () => {
  it('comes again after a pause, or the delay that was asked for', async () => {
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

describe('the position', () => {
  const stored = async () => {
    const { decodeRecord } = await import('../../src/bus/consumers/consumer-record.js')
    const entry = await hub.state.bucket('consumers').get('work')
    return entry && decodeRecord(entry.value).position
  }

  it('is written when the consumer is made, before anything is delivered', async () => {
    await hub.publish('a/1')
    await join()
    expect(await stored()).toEqual({ epoch: hub.log.epoch, taken: 1, open: [] })
  })

  it('is written a second after a change, and not at every one', async () => {
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

  it('names what is open, so that little is repeated', async () => {
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

  it('moves over what does not match, now and then', async () => {
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

  it('in another log means nothing, which is told as a gap', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2')
    done(sink, 1)
    await hub.bus.close()
    hub = await TestBus.open({ grants, state: hub.state, runtime: hub.runtime })
    await hub.publish('a/1', 'a/2', 'a/3')
    const again = await join()
    expect(again.got[0]).toEqual({ type: 'gap', from: 0, to: 0, reason: 'unknown-epoch', next: 3 })
    await hub.publish('a/4')
    await hub.runtime.pass(5000)
    expect(again.seqs).toEqual([4])
  })

  it('in lost numbers is told as one gap, with what was open there', async () => {
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
  it('goes back: everything from there is delivered again', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2', 'a/3')
    done(sink, 1, 2, 3)
    expect(await consumer().seek('@2')).toEqual({ from: 3, to: 1 })
    await hub.runtime.settle()
    expect(sink.seqs).toEqual([1, 2, 3, 2, 3])
  })

  it('forgets what was delivered and not acknowledged', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2', 'a/3')
    await consumer().seek('now')
    await hub.runtime.pass(600_000)
    expect(sink.seqs).toEqual([1, 2, 3])
    done(sink, 1)
    await hub.publish('a/4')
    expect(sink.seqs).toEqual([1, 2, 3, 4])
  })

  it('holds over a restart', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2', 'a/3')
    done(sink, 1, 2, 3)
    await consumer().seek('start')
    sink.api.close()
    await restart()
    expect((await join()).seqs).toEqual([1, 2, 3])
  })

  it('moves one that nobody is connected to', async () => {
    await hub.publish('a/1', 'a/2')
    await hub.bus.consumers.create(admin(), { name: 'work' })
    await consumer().seek('start')
    expect((await join()).seqs).toEqual([1, 2])
  })
})

describe('a consumer without connections', () => {
  it('can be made, and keeps its position', async () => {
    await hub.bus.consumers.create(admin(), { name: 'work', filters: 'a/' })
    await hub.publish('a/1', 'b/2', 'a/3')
    await restart()
    expect((await join({ filters: 'a/' })).seqs).toEqual([1, 3])
  })

  it('made twice is the same one', async () => {
    const create = (filters?: string) => hub.bus.consumers.create(admin(), { name: 'work', filters })
    const [one, other] = await Promise.all([create('a/'), create('a/')])
    expect(other).toBe(one)
    expect(await create()).toBe(one)
    await expect(create('b/')).rejects.toMatchObject({ code: 'TCN_CONSUMER_CONFLICT' })
  })

  it('is removed with everything it kept, and its connections are told', async () => {
    const sink = await join()
    await hub.publish('a/1', 'a/2')
    sink.api.ack([1], 'park', {})
    await hub.runtime.settle()
    expect(await hub.bus.consumers.delete(admin(), 'work')).toBe(1)
    expect(sink.ended).toMatchObject({ code: 'TCN_CONSUMER_UNKNOWN' })
    expect(() => consumer()).toThrow(expect.objectContaining({ code: 'TCN_CONSUMER_UNKNOWN' }))
    await hub.runtime.pass(600_000)
    await restart()
    expect(hub.bus.consumers.size).toBe(0)
    expect(hub.bus.consumers.parkedCount).toBe(0)
    for (const name of ['consumers', 'parked'] as const) {
      for await (const { key } of hub.state.bucket(name).list()) throw new Error(`${key} was left behind`)
    }
  })
})

it('a consumer leaves no timer behind that has nothing to do', async () => {
  const before = hub.runtime.pending
  const sink = await join()
  await hub.publish('a/1')
  done(sink, 1)
  sink.api.close()
  await hub.runtime.pass(60_000)
  expect(hub.runtime.pending).toBe(before)
})

it('a log that cannot be read ends the connections with its error', async () => {
  await hub.publish('a/1')
  const { TocsinError } = await import('../../src/event/errors.js')
  const { read } = hub.log
  hub.log.read = () => {
    throw new TocsinError('TCN_LOG_CORRUPT')
  }
  const sink = new TestSink()
  await join({ from: 'start', sink })
  expect(sink.ended).toMatchObject({ code: 'TCN_LOG_CORRUPT', seq: 0 })
  hub.log.read = read
  expect((await join()).seqs).toEqual([1])
})
