import { describe, expect, it } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { encode } from '../../src/event/index.js'
import { concat } from '../event/bytes.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { brittleLog } from './brittle-log.js'
import { TestBus } from './fixture.js'

async function opened() {
  const runtime = new FakeRuntime()
  const { log, disk } = brittleLog(runtime)
  const hub = await TestBus.open({ runtime, log, limits: { unflushed: 1000 } })
  return { hub, disk, publisher: hub.publisher() }
}

it('publishers go on when the limit on what waits for the disk is raised', async () => {
  const { hub, disk, publisher } = await opened()
  disk.unflushedBytes = 1001
  publisher.send({ tag: 'a' })
  expect(publisher.api.paused).toBe(true)
  hub.limit({ unflushed: 10_000 })
  await hub.runtime.pass(10)
  expect(publisher.api.paused).toBe(false)
})

const full = new TocsinError('TCN_LOG_FULL')

describe('while too much waits for the disk', () => {
  it('publishers are paused, and resumed when half of it is flushed', async () => {
    const { hub, disk, publisher } = await opened()
    disk.unflushedBytes = 1000
    publisher.send({ tag: 'a' })
    expect(publisher.api.paused).toBe(false)
    disk.unflushedBytes = 1001
    publisher.send({ tag: 'b' })
    expect(publisher.api.paused).toBe(true)
    disk.unflushedBytes = 501
    await hub.runtime.pass(1000)
    expect(publisher.api.paused).toBe(true)
    disk.unflushedBytes = 500
    await hub.runtime.pass(10)
    expect(publisher.api.paused).toBe(false)
    expect(publisher.take()).toEqual([['accepted', 2, 2], ['resumed']])
  })

  it('events that still arrive are accepted and delivered', async () => {
    const { hub, disk, publisher } = await opened()
    const sink = await hub.subscribe()
    disk.unflushedBytes = 5000
    publisher.send({ tag: 'a' })
    publisher.send({ tag: 'b' })
    await hub.runtime.settle()
    expect(sink.tags).toEqual(['a', 'b'])
  })
})

describe('while half of what may wait for the disk does', () => {
  const large = { tag: 'a', body: encode(new Uint8Array(200 * 1024)) }

  it('publishers of much are paused until a quarter waits, and others are not', async () => {
    const { hub, disk, publisher } = await opened()
    const other = hub.publisher()
    disk.unflushedBytes = 501
    publisher.send({ tag: 'begins' })
    publisher.send(large)
    expect(publisher.api.paused).toBe(false)
    publisher.send(large)
    for (let k = 0; k < 100; k++) other.send({ tag: 'b' })
    expect([publisher.api.paused, other.api.paused]).toEqual([true, false])
    disk.unflushedBytes = 251
    await hub.runtime.pass(900)
    expect(publisher.api.paused).toBe(true)
    disk.unflushedBytes = 250
    await hub.runtime.pass(10)
    expect(publisher.api.paused).toBe(false)
    expect(publisher.take()).toContainEqual(['resumed'])
  })

  it('the next time, each may publish as much again', async () => {
    const { hub, disk, publisher } = await opened()
    for (let time = 0; time < 2; time++) {
      disk.unflushedBytes = 501
      publisher.send({ tag: 'begins' })
      publisher.send(large)
      expect(publisher.api.paused).toBe(false)
      publisher.send(large)
      expect(publisher.api.paused).toBe(true)
      disk.unflushedBytes = 0
      await hub.runtime.pass(10)
    }
  })

  it('they publish as much again after a second if the disk does not catch up', async () => {
    const { hub, disk, publisher } = await opened()
    disk.unflushedBytes = 501
    publisher.send({ tag: 'begins' })
    for (let time = 0; time < 2; time++) {
      publisher.send(large)
      publisher.send(large)
      expect(publisher.api.paused).toBe(true)
      await hub.runtime.pass(1100)
      expect(publisher.api.paused).toBe(false)
      publisher.send({ tag: 'begins' })
    }
  })

  it('a disk that then accepts nothing pauses all, who resume together', async () => {
    const { hub, disk, publisher } = await opened()
    const other = hub.publisher()
    disk.unflushedBytes = 501
    for (let k = 0; k < 3; k++) publisher.send(large)
    disk.fault = full
    other.send({ tag: 'b' })
    disk.unflushedBytes = 0
    await hub.runtime.pass(200)
    expect([publisher.api.paused, other.api.paused]).toEqual([true, true])
    disk.fault = undefined
    await hub.runtime.pass(1000)
    expect([publisher.api.paused, other.api.paused]).toEqual([false, false])
    expect(other.take().filter(([what]) => what === 'resumed')).toHaveLength(1)
  })
})

describe('while the disk accepts nothing', () => {
  it('each event is refused with the error, publishers wait, and they resume automatically', async () => {
    const { hub, disk, publisher } = await opened()
    const sink = await hub.subscribe()
    disk.fault = full
    publisher.send({ tag: 'a' }, { tag: 'b' })
    expect(publisher.take()).toEqual([
      ['refused', 1, 'TCN_LOG_FULL', 'accept'],
      ['refused', 2, 'TCN_LOG_FULL', 'accept'],
    ])
    expect(publisher.api.paused).toBe(true)
    disk.fault = undefined
    await hub.runtime.pass(1000)
    expect(publisher.take()).toEqual([['resumed']])
    publisher.send({ tag: 'c' })
    await hub.runtime.settle()
    expect(publisher.take()).toEqual([['accepted', 3, 1]])
    expect(sink.tags).toEqual(['c'])
  })

  it('publishers are tried again after a second even if the log still reports the fault', async () => {
    const { hub, disk, publisher } = await opened()
    disk.fault = full
    publisher.send({ tag: 'a' })
    await hub.runtime.pass(900)
    expect(publisher.api.paused).toBe(true)
    await hub.runtime.pass(300)
    expect(publisher.api.paused).toBe(false)
    publisher.send({ tag: 'b' })
    expect(publisher.api.paused).toBe(true)
  })

  it('subscribers can still read', async () => {
    const { hub, disk, publisher } = await opened()
    publisher.send({ tag: 'a', body: encode(1) })
    await hub.runtime.settle()
    disk.fault = full
    publisher.send({ tag: 'b' })
    expect((await hub.subscribe({ from: 'start' })).tags).toEqual(['a'])
  })

  it('a gate whose event was not stored is dropped', async () => {
    const { disk, publisher } = await opened()
    disk.fault = full
    publisher.api.gate('audit', 1)
    publisher.send({ tag: 'a' })
    expect(publisher.api.gates).toBe(0)
  })

  it('a publisher that repeats its events is closed, and nothing that it sent after the first is stored', async () => {
    const { hub, disk } = await opened()
    const edge = hub.publisher({ producer: 'edge', repeats: true })
    edge.send({ tag: 'a' })
    disk.fault = full
    // The invalid event between them divides what is appended.
    const parts = [{ tag: 'b' }, { tag: '' }, { tag: 'c' }]
    const bytes = concat(...parts.map((each) => edge.frame(each)))
    edge.sendBytes(bytes)
    disk.fault = undefined
    edge.send({ tag: 'd' })
    await hub.runtime.settle()
    expect(edge.take().map(([what, code]) => [what, code])).toEqual([['closed', 'TCN_LOG_FULL']])
    expect((await hub.subscribe({ from: 'start' })).tags).toEqual(['a'])
    expect(hub.publisher({ producer: 'edge' }).api.lastCounter).toBe(1)
  })

  it('a publisher that waits for durable receives the error, and durable once the disk works again', async () => {
    const { hub, disk, publisher } = await opened()
    publisher.send({ tag: 'a' })
    await hub.runtime.settle()
    disk.fault = full
    publisher.api.awaitDurable(1)
    await hub.runtime.settle()
    expect(publisher.api.paused).toBe(true)
    disk.fault = undefined
    publisher.api.awaitDurable(2)
    publisher.send({ tag: 'b' })
    await hub.runtime.settle()
    expect(publisher.take()).toEqual([
      ['accepted', 1, 1],
      ['refused', 1, 'TCN_LOG_FULL', 'durable'],
      ['accepted', 2, 2],
      ['durable', 2],
    ])
  })

  it('an event of the hub is not stored, and emit returns false', async () => {
    const { hub, disk } = await opened()
    disk.fault = full
    expect(hub.bus.emit({ tag: 'hub/x', data: 1 })).toBe(false)
    expect(hub.bus.suspended).toBe(true)
  })
})

describe('with a log on a disk', () => {
  it('an event is accepted first and durable later, the last counter standing for all before it', async () => {
    const { hub, publisher } = await opened()
    publisher.api.awaitDurable(1)
    publisher.api.awaitDurable(3)
    publisher.send({ tag: 'a' }, { tag: 'b' }, { tag: 'c' })
    await hub.runtime.settle()
    expect(publisher.take()).toEqual([
      ['accepted', 3, 3],
      ['durable', 3],
    ])
  })

  it('a repeated event is durable at once after a reconnect', async () => {
    const { hub } = await opened()
    const before = hub.publisher({ producer: 'p' })
    before.send({ tag: 'a' })
    before.api.close()
    const after = hub.publisher({ producer: 'p' })
    after.api.awaitDurable(1)
    await hub.runtime.settle()
    expect(after.take()).toEqual([['durable', 1]])
  })
})
