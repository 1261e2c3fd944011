import { describe, expect, it } from 'vitest'
import { encodeAttributes } from '../../src/event/attributes.js'
import { setFrameFlags, writeU32 } from '../../src/event/frame.js'
import { encode } from '../../src/event/index.js'
import { concat } from '../event/bytes.js'
import { TestBus, TestSink } from './fixture.js'

describe('publishing', () => {
  it('stores events in order, delivers them, and acknowledges once per tick', async () => {
    const hub = await TestBus.open()
    const sink = await hub.subscribe()
    const publisher = hub.publisher()
    publisher.send({ tag: 'a' }, { tag: 'b' })
    publisher.send({ tag: 'c' })
    expect(publisher.take()).toEqual([])
    await hub.runtime.settle()
    expect(publisher.take()).toEqual([['accepted', 3, 3]])
    expect(sink.tags).toEqual(['a', 'b', 'c'])
    expect(sink.seqs).toEqual([1, 2, 3])
  })

  it('acknowledges an event to its publisher after it was delivered', async () => {
    const hub = await TestBus.open()
    const order: string[] = []
    const sink = await hub.subscribe()
    sink.onWrite = () => order.push('delivered')
    const publisher = hub.publisher()
    publisher.accepted = () => order.push('accepted')
    publisher.send({ tag: 'a' })
    await hub.runtime.settle()
    expect(order).toEqual(['delivered', 'accepted'])
  })

  it('keeps the order of events from several publishers, the same for every subscriber', async () => {
    const hub = await TestBus.open()
    const [one, other] = [await hub.subscribe(), await hub.subscribe({ filters: ['*'] })]
    const [left, right] = [hub.publisher(), hub.publisher()]
    left.send({ tag: 'l1' })
    right.send({ tag: 'r1' })
    left.send({ tag: 'l2' })
    await hub.runtime.settle()
    expect(one.tags).toEqual(['l1', 'r1', 'l2'])
    expect(other.tags).toEqual(['l1', 'r1', 'l2'])
  })

  it('allows holes in counters', async () => {
    const hub = await TestBus.open()
    const publisher = hub.publisher()
    publisher.send({ seq: 5 }, { seq: 9 })
    await hub.runtime.settle()
    expect(publisher.take()).toEqual([['accepted', 9, 2]])
    expect(hub.log.last).toBe(2)
  })

  it('delivers an event published in response to another in a later tick, and accepts it after that', async () => {
    const hub = await TestBus.open()
    const order: string[] = []
    const publisher = hub.publisher()
    publisher.accepted = () => order.push('accepted')
    const sink = await hub.subscribe()
    sink.onWrite = (events) => {
      for (const { tag } of events) {
        order.push(tag)
        if (tag === 'question') publisher.send({ tag: 'answer' })
      }
    }
    await hub.publish('question')
    expect(order).toEqual(['question', 'answer', 'accepted'])
  })

  it('delivers an event published in response to an acknowledgement before accepting it', async () => {
    const hub = await TestBus.open()
    const order: string[] = []
    const publisher = hub.publisher()
    publisher.accepted = (counter) => {
      order.push(`accepted ${counter}`)
      if (counter < 3) publisher.send({ tag: `event ${counter + 1}` })
    }
    const sink = await hub.subscribe()
    sink.onWrite = (events) => order.push(...events.map(({ tag }) => tag))
    publisher.send({ tag: 'event 1' })
    await hub.runtime.settle()
    expect(order).toEqual(['event 1', 'accepted 1', 'event 2', 'accepted 2', 'event 3', 'accepted 3'])
  })

  it('does not deliver a response published during a write twice to a subscriber that falls behind', async () => {
    const hub = await TestBus.open({ limits: { queue: 100 } })
    const publisher = hub.publisher()
    const answering = new TestSink()
    answering.onWrite = (events) => {
      if (events.some(({ tag }) => tag === 'question')) publisher.send({ tag: 'answer' })
    }
    const slow = new TestSink()
    slow.stall()
    await hub.subscribe({ sink: answering })
    await hub.subscribe({ sink: slow })
    await hub.subscribe({ sink: new TestSink() })
    hub.store({ tag: 'filler', body: encode('x'.repeat(200)) }, { tag: 'question' })
    await hub.runtime.settle()
    slow.drain()
    await hub.runtime.settle()
    expect(slow.tags).toEqual(['filler', 'question', 'answer'])
  })
})

describe('a producer', () => {
  it('receives its last counter on reconnecting, and repeated events are not stored again', async () => {
    const hub = await TestBus.open()
    const before = hub.publisher({ producer: 'p' })
    before.send({ tag: 'a' }, { tag: 'b' })
    before.api.close()
    const after = hub.publisher({ producer: 'p' })
    expect(after.api.lastCounter).toBe(2)
    after.send({ tag: 'a', seq: 1 }, { tag: 'b', seq: 2 }, { tag: 'c', seq: 3 })
    await hub.runtime.settle()
    expect(after.take()).toEqual([['accepted', 3, 3]])
    expect(hub.log.last).toBe(3)
  })

  it('receives the old acknowledgement for a repeated event', async () => {
    const hub = await TestBus.open()
    const before = hub.publisher({ producer: 'p' })
    before.send({ tag: 'a' }, { tag: 'b' })
    before.api.close()
    const after = hub.publisher({ producer: 'p' })
    after.send({ tag: 'b', seq: 2 })
    await hub.runtime.settle()
    expect(after.take()).toEqual([['accepted', 2, 2]])
    expect(hub.log.last).toBe(2)
  })

  it('is a different producer under another principal', async () => {
    const hub = await TestBus.open({ grants: { other: { publish: '*' } } })
    hub.publisher({ producer: 'p' }).send({ seq: 7 })
    expect(hub.publisher({ producer: 'p', as: 'other' }).api.lastCounter).toBe(0)
  })

  it('is taken over by a second connection, and the first is closed with the reason', async () => {
    const hub = await TestBus.open()
    const first = hub.publisher({ producer: 'p' })
    first.send({ tag: 'a' })
    const second = hub.publisher({ producer: 'p' })
    expect(first.take()).toEqual([['closed', 'TCN_BUS_PRODUCER_TAKEN_OVER']])
    first.send({ tag: 'lost' })
    second.send({ tag: 'b' })
    await hub.runtime.settle()
    expect(second.take()).toEqual([['accepted', 2, 2]])
    expect(first.take()).toEqual([])
    expect(hub.log.last).toBe(2)
  })

  it('shares no counters when it has no name', async () => {
    const hub = await TestBus.open()
    hub.publisher().send({ seq: 1 })
    const other = hub.publisher()
    expect(other.api.lastCounter).toBe(0)
    other.send({ seq: 1 })
    expect(hub.log.last).toBe(2)
  })
})

describe('refusals', () => {
  async function refused(parts: Parameters<TestBus['store']>[0], as = 'admin'): Promise<unknown[][]> {
    const hub = await TestBus.open({
      grants: {
        host: { source: 'host/web1', publish: ['salt/', 'host/'], see: '*' },
        nameless: { source: '', publish: '*' },
      },
    })
    const publisher = hub.publisher({ as })
    publisher.send(parts)
    await hub.runtime.settle()
    return publisher.take()
  }
  const denied = (code: string) => [['refused', 1, code, 'accept']]

  it('report events that the principal may not publish', async () => {
    expect(await refused({ tag: 'ncs/x' }, 'host')).toEqual(denied('TCN_ACCESS_DENIED'))
    expect(await refused({ tag: 'salt/x' }, 'host')).toEqual([['accepted', 1, 1]])
  })

  it('report a source outside the prefix of the principal', async () => {
    const of = (source: string) => refused({ tag: 'salt/x', source }, 'host')
    expect(await of('host/web2')).toEqual(denied('TCN_ORIGIN_FOREIGN'))
    expect(await of('host/web11')).toEqual(denied('TCN_ORIGIN_FOREIGN'))
    expect(await of('host')).toEqual(denied('TCN_ORIGIN_FOREIGN'))
    expect(await of('')).toEqual(denied('TCN_ORIGIN_FOREIGN'))
    expect(await of('host/web1')).toEqual([['accepted', 1, 1]])
    expect(await of('host/web1/journal')).toEqual([['accepted', 1, 1]])
  })

  it('reserve tags, sources and kinds for principals with the right produce', async () => {
    expect(await refused({ tag: 'hub/x' }, 'nameless')).toEqual(denied('TCN_TAG_RESERVED'))
    expect(await refused({ tag: 'hub' }, 'nameless')).toEqual(denied('TCN_TAG_RESERVED'))
    expect(await refused({ tag: 'hubble/x' }, 'nameless')).toEqual([['accepted', 1, 1]])
    expect(await refused({ source: 'hub/x' }, 'nameless')).toEqual(denied('TCN_ORIGIN_FOREIGN'))
    expect(await refused({ source: 'hubble' }, 'nameless')).toEqual([['accepted', 1, 1]])
    const typed = (type: string) => ({ attributes: encodeAttributes({ type }) })
    expect(await refused(typed('hub.started'), 'nameless')).toEqual(denied('TCN_TYPE_RESERVED'))
    expect(await refused(typed('hubble.seen'), 'nameless')).toEqual([['accepted', 1, 1]])
    expect(await refused(typed('hub.started'))).toEqual([['accepted', 1, 1]])
    expect(await refused({ kind: 1 }, 'nameless')).toEqual(denied('TCN_KIND_RESERVED'))
    expect(await refused({ tag: 'hub/x', kind: 7, source: 'hub' })).toEqual([['accepted', 1, 1]])
  })

  it('report an invalid counter', async () => {
    expect(await refused({ seq: 0 })).toEqual([['refused', 0, 'TCN_BUS_COUNTER', 'accept']])
  })

  it('apply to single events in a batch, and leave the rest unchanged', async () => {
    const hub = await TestBus.open({ limits: { frame: 2000 } })
    const sink = await hub.subscribe()
    const publisher = hub.publisher()
    const flagged = publisher.frame({ tag: 'flagged' })
    setFrameFlags(flagged, 0, 1)
    publisher.sendBytes(
      concat(
        flagged,
        publisher.frame({ tag: 'a' }),
        publisher.frame({ tag: 'large', body: encode('x'.repeat(3000)) }),
        publisher.frame({ tag: 'b' }),
        publisher.frame({ tag: 'bad body', body: Uint8Array.of(0xc1) }),
        publisher.frame({ tag: 'c\nd' }),
        publisher.frame({ tag: 'c' }),
      ),
    )
    await hub.runtime.settle()
    expect(publisher.take()).toEqual([
      ['refused', 1, 'TCN_FRAME_FLAGS', 'accept'],
      ['refused', 3, 'TCN_FRAME_TOO_LARGE', 'accept'],
      ['accepted', 2, 1],
      ['refused', 5, 'TCN_BODY_INVALID', 'accept'],
      ['refused', 6, 'TCN_TAG_CONTROL', 'accept'],
      ['accepted', 4, 2],
      ['accepted', 7, 3],
    ])
    expect(sink.tags).toEqual(['a', 'b', 'c'])
  })

  it('of a frame with a wrong length leave the frames before it', async () => {
    const hub = await TestBus.open()
    const publisher = hub.publisher()
    const lying = publisher.frame({ tag: 'liar', seq: 2 })
    writeU32(lying, 0, lying.length + 100)
    publisher.sendBytes(concat(publisher.frame({ tag: 'a', seq: 1 }), lying))
    await hub.runtime.settle()
    expect(publisher.take()).toEqual([
      ['refused', 2, 'TCN_FRAME_LENGTH', 'accept'],
      ['accepted', 1, 1],
    ])
  })

  it('cannot carry a counter that is not a safe integer: that is an error of the connection', async () => {
    const hub = await TestBus.open()
    const publisher = hub.publisher()
    const absurd = publisher.frame({ tag: 'absurd', seq: 2 })
    absurd.fill(0xff, 8, 16)
    expect(() => publisher.sendBytes(concat(publisher.frame({ tag: 'a', seq: 1 }), absurd))).toThrow(
      expect.objectContaining({ code: 'TCN_BUS_COUNTER' }),
    )
    await hub.runtime.settle()
    expect(publisher.take()).toEqual([['accepted', 1, 1]])
  })
})

describe('rights', () => {
  const grants = { half: { see: ['a/'] }, none: {} }

  it('are applied to each event, live and replayed', async () => {
    const hub = await TestBus.open({ grants })
    await hub.publish('a/1', 'b/1')
    const replayed = await hub.subscribe({ as: 'half', from: 'start' })
    const nobody = await hub.subscribe({ as: 'none', from: 'start' })
    await hub.publish('a/2', 'b/2')
    expect(replayed.tags).toEqual(['a/1', 'a/2'])
    expect(nobody.tags).toEqual([])
  })

  it('restrict every filter', async () => {
    const hub = await TestBus.open({ grants })
    const sink = await hub.subscribe({ as: 'half', filters: ['b/', 'a/x'] })
    await hub.publish('a/x', 'a/y', 'b/x')
    sink.api.change(['*'])
    await hub.publish('a/x', 'b/x')
    expect(sink.tags).toEqual(['a/x', 'a/x'])
  })

  it('separate subscribers with the same filter', async () => {
    const hub = await TestBus.open({ grants })
    const all = await hub.subscribe({ filters: '*' })
    const half = await hub.subscribe({ filters: '*', as: 'half' })
    await hub.publish('a/1', 'b/1')
    expect(all.tags).toEqual(['a/1', 'b/1'])
    expect(half.tags).toEqual(['a/1'])
  })
})

describe('the hub itself', () => {
  it('publishes under its own tags, in order with all other events', async () => {
    const hub = await TestBus.open()
    const sink = await hub.subscribe()
    hub.store({ tag: 'a' })
    expect(hub.bus.emit({ tag: 'hub/started', data: { pid: 1 } })).toBe(true)
    await hub.runtime.settle()
    expect(sink.tags).toEqual(['a', 'hub/started'])
    expect(sink.events[1]).toMatchObject({ source: 'hub/test', data: { pid: 1 } })
  })

  it('stores an event only once when a source reads it again', async () => {
    const hub = await TestBus.open()
    const event = {
      tag: 'host/line',
      data: 1,
      source: 'host/test/files',
      counter: { stream: 's', counter: 4 },
    }
    expect(hub.bus.emit(event)).toBe(true)
    expect(hub.bus.emit(event)).toBe(true)
    expect(hub.log.last).toBe(1)
  })

  it('says for which counters an event is stored that is one for several', async () => {
    const hub = await TestBus.open()
    const ranges: unknown[] = []
    hub.log.onStored(({ producers = [] }) => ranges.push(...producers))
    hub.bus.emit({ tag: 'hub/gap/edge/e', data: 1, counter: { stream: 's', counter: 9, first: 5 } })
    await hub.runtime.settle()
    expect(ranges).toEqual([{ key: 's', first: 5, last: 9, count: 1 }])
  })
})
