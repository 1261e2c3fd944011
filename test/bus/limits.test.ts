import { expect, it } from 'vitest'
import { encode, type FrameParts } from '../../src/event/index.js'
import { openMemoryLog } from '../../src/log/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { TestBus, TestSink } from './fixture.js'

/** Limits that change while the bus runs. Those of filters, and of what waits for the disk, are tested with the rest of them. */

const codes = (told: unknown[][]) => told.filter(([what]) => what === 'refused').map(([, , code]) => code)

it('publishers that are connected may use longer tags and deeper bodies at once', async () => {
  const hub = await TestBus.open({ limits: { tag: 100, bodyDepth: 8 } })
  const publisher = hub.publisher()
  const deep = encode(Array.from({ length: 10 }).reduce((inner) => [inner], 1))
  const send = async () => {
    publisher.send({ tag: 'x'.repeat(200) }, { body: deep })
    await hub.runtime.settle()
    return codes(publisher.take())
  }
  expect(await send()).toEqual(['TCN_TAG_TOO_LONG', 'TCN_BODY_DEPTH'])
  hub.limit({ tag: 200, bodyDepth: 64 })
  expect(await send()).toEqual([])
  hub.limit({ tag: 100 })
  expect(await send()).toEqual(['TCN_TAG_TOO_LONG'])
})

it('the same holds where the log limits how large events may be, whose limit may change too', async () => {
  const runtime = new FakeRuntime()
  const log = Object.assign(openMemoryLog({ runtime }), { largestFrame: 600 })
  const hub = await TestBus.open({ runtime, log, limits: { tag: 100, bodyDepth: 8 } })
  const publisher = hub.publisher()
  const send = async (...events: Partial<FrameParts>[]) => {
    publisher.send(...events)
    await hub.runtime.settle()
    return codes(publisher.take())
  }
  const longTag = { tag: 'x'.repeat(200) }
  const large = { body: encode('x'.repeat(600)) }
  expect(await send(longTag, large)).toEqual(['TCN_TAG_TOO_LONG', 'TCN_FRAME_TOO_LARGE'])
  hub.limit({ tag: 200 })
  expect(await send(longTag, large)).toEqual(['TCN_FRAME_TOO_LARGE'])
  log.largestFrame = 1000
  expect(await send(longTag, large)).toEqual([])
})

it('as much may wait for a subscriber as the limit of now allows', async () => {
  const hub = await TestBus.open()
  const large = { tag: 'large', body: encode('x'.repeat(1000)) }
  const sink = new TestSink()
  sink.stall()
  await hub.subscribe({ sink, lag: 'disconnect' })
  const publish = async () => {
    hub.store(large)
    await hub.runtime.settle()
  }
  for (let n = 0; n < 5; n++) await publish()
  expect(sink.ended).toBeUndefined()
  hub.limit({ queue: 1000 })
  await publish()
  expect(sink.ended).toMatchObject({ code: 'TCN_BUS_LAG' })
})

it('a durable consumer whose members wait for the limit gets more when it is raised', async () => {
  const hub = await TestBus.open({ limits: { unacknowledged: 10 } })
  const sink = await hub.subscribe({ consumer: 'work' })
  hub.store(...Array.from({ length: 35 }, () => ({ tag: 'a' })))
  await hub.runtime.settle()
  expect(sink.seqs).toHaveLength(10)
  hub.limit({ unacknowledged: 20 })
  await hub.runtime.settle()
  expect(sink.seqs).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
})

it('more durable consumers may be made when their limit is raised', async () => {
  const hub = await TestBus.open({ limits: { consumers: 1 } })
  await hub.subscribe({ consumer: 'one' })
  await expect(hub.subscribe({ consumer: 'two' })).rejects.toMatchObject({ code: 'TCN_PROTOCOL_TOO_MANY' })
  hub.limit({ consumers: 2 })
  await hub.subscribe({ consumer: 'two' })
  expect(hub.bus.consumers.size).toBe(2)
})

it('gates that are announced after a change have the new deadline', async () => {
  const hub = await TestBus.open()
  const publisher = hub.publisher()
  const sink = await hub.subscribe({ gates: ['audit'] })
  const announced = async () => {
    publisher.api.gate('audit', publisher.api.lastCounter + 1)
    publisher.send({ tag: 'audit/1' })
    await hub.runtime.settle()
    return sink.got.at(-1)
  }
  expect(await announced()).toMatchObject({ deadline: 120_000 })
  hub.limit({ gateDeadline: 5000 })
  expect(await announced()).toMatchObject({ deadline: 5000 })
  expect(hub.bus.gateDeadline).toBe(5000)
})

it('fewer producers are remembered from the next one on when their limit is lowered', async () => {
  const hub = await TestBus.open()
  for (const producer of ['a', 'b', 'c']) {
    const publisher = hub.publisher({ producer })
    publisher.send({ tag: 'x' })
    await hub.runtime.settle()
    publisher.api.close()
  }
  hub.limit({ producers: 2 })
  hub.publisher({ producer: 'd' })
  expect(hub.publisher({ producer: 'c' }).api.lastCounter).toBe(1)
  expect(hub.publisher({ producer: 'a' }).api.lastCounter).toBe(0)
})

it('subscribers that catch up read as much in a turn as the limit of now allows', async () => {
  const hub = await TestBus.open({ limits: { catchUpPerTick: 1000 } })
  const turnsFor = (bytes: number): number => {
    let turns = 0
    while (turns < 10 && hub.bus.budget.turn('one') === undefined) {
      hub.bus.budget.spend(bytes)
      turns++
    }
    return turns
  }
  expect(turnsFor(500)).toBe(2)
  await hub.runtime.settle()
  hub.limit({ catchUpPerTick: 2000 })
  expect(turnsFor(500)).toBe(4)
})
