import { describe, expect, it } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { TestBus } from './fixture.js'

describe('durable acknowledgement', () => {
  it('is refused with a specific error if the log is in memory', async () => {
    const hub = await TestBus.open()
    const publisher = hub.publisher()
    publisher.api.awaitDurable(2)
    publisher.send({ tag: 'a' }, { tag: 'b' })
    await hub.runtime.settle()
    expect(publisher.take()).toEqual([
      ['accepted', 2, 2],
      ['refused', 2, 'TCN_LOG_NOT_DURABLE', 'durable'],
    ])
  })

  it('that fails at once is reported after the event is accepted, which is reported once', async () => {
    const hub = await TestBus.open()
    const publisher = hub.publisher()
    publisher.send({ tag: 'a' })
    publisher.api.awaitDurable(1)
    // Before the turn ends.
    while (publisher.told.length === 0) await Promise.resolve()
    await hub.runtime.settle()
    expect(publisher.take()).toEqual([
      ['accepted', 1, 1],
      ['refused', 1, 'TCN_LOG_NOT_DURABLE', 'durable'],
    ])
  })

  it('is answered each time that it is asked for, and with durable once the disk works again', async () => {
    const hub = await TestBus.open()
    let isFailing = true
    hub.log.durable = () =>
      isFailing ? Promise.reject(new TocsinError('TCN_LOG_WRITE', 'a flush failed')) : Promise.resolve()
    const publisher = hub.publisher()
    publisher.send({ tag: 'a' })
    publisher.api.awaitDurable(1)
    await hub.runtime.settle()
    publisher.api.awaitDurable(1)
    await hub.runtime.settle()
    isFailing = false
    for (let asked = 0; asked < 2; asked++) {
      publisher.api.awaitDurable(1)
      await hub.runtime.settle()
    }
    expect(publisher.take()).toEqual([
      ['accepted', 1, 1],
      ['refused', 1, 'TCN_LOG_WRITE', 'durable'],
      ['refused', 1, 'TCN_LOG_WRITE', 'durable'],
      ['durable', 1],
      ['durable', 1],
    ])
  })

  it('that fails is requested again for later events', async () => {
    const hub = await TestBus.open()
    const publisher = hub.publisher()
    publisher.send({ tag: 'a' })
    await hub.runtime.settle()
    publisher.api.awaitDurable(1)
    publisher.api.awaitDurable(2)
    await hub.runtime.settle()
    publisher.send({ tag: 'b' })
    await hub.runtime.settle()
    expect(publisher.take()).toEqual([
      ['accepted', 1, 1],
      ['refused', 1, 'TCN_LOG_NOT_DURABLE', 'durable'],
      ['accepted', 2, 2],
      ['refused', 2, 'TCN_LOG_NOT_DURABLE', 'durable'],
    ])
  })
})

describe('a bus that stops', () => {
  it('delivers accepted events, ends all connections, and accepts nothing more', async () => {
    const hub = await TestBus.open()
    const sink = await hub.subscribe()
    const publisher = hub.publisher()
    publisher.send({ tag: 'a' })
    await hub.bus.close()
    expect(sink.tags).toEqual(['a'])
    expect(sink.ended).toEqual({ code: 'STOP', message: 'the hub stops', seq: 1 })
    expect(publisher.take()).toEqual([
      ['accepted', 1, 1],
      ['closed', 'STOP'],
    ])
    publisher.send({ tag: 'b' })
    expect(hub.log.last).toBe(1)
    expect(() => hub.publisher()).toThrow(expect.objectContaining({ code: 'TCN_BUS_CLOSED' }))
    await expect(hub.subscribe()).rejects.toMatchObject({ code: 'TCN_BUS_CLOSED' })
  })

  it('is not what ends connections when the log was replaced, and they learn that', async () => {
    const hub = await TestBus.open()
    const sink = await hub.subscribe()
    const reasons: string[] = []
    const publisher = hub.publisher()
    Object.assign(publisher, { closed: (_code: string, reason: string) => reasons.push(reason) })
    hub.bus.logReplaced()
    expect([sink.ended?.message, ...reasons]).toEqual(['the log was replaced', 'the log was replaced'])
  })

  it('refuses a subscription that is still being opened', async () => {
    const hub = await TestBus.open()
    const coming = hub.subscribe({ from: '-1h' })
    const refused = expect(coming).rejects.toMatchObject({ code: 'TCN_BUS_CLOSED' })
    await hub.bus.close()
    await refused
    expect([...hub.bus.subscriptions]).toEqual([])
  })
})
