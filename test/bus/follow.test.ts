import { expect, test } from 'vitest'
import { Producers } from '../../src/bus/producers.js'
import { encode, encodeFrame } from '../../src/event/index.js'
import { type EventLog, openMemoryLog } from '../../src/log/index.js'
import type { AppendDone } from '../../src/log/stored-listeners.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { TestBus } from './fixture.js'

const range = (key: string, last: number) => ({ key, first: 1, last, count: last })

test('counters of events that another hub has stored are taken over, and never fall', () => {
  const producers = new Producers(new FakeRuntime(), { producers: 10 })
  producers.follow([range('a/p', 5), range('b/q', 2)])
  producers.follow([range('a/p', 3)])
  expect([producers.lastOf('a/p'), producers.lastOf('b/q'), producers.lastOf('c/r')]).toEqual([5, 2, 0])
})

test('the number of producers of other hubs is limited', () => {
  const producers = new Producers(new FakeRuntime(), { producers: 10 })
  for (let nth = 0; nth < 50; nth++) producers.follow([range(`hub:${nth}/own`, 1)])
  expect(producers.size).toBe(10)
  expect(producers.lastOf('hub:49/own')).toBe(1)
})

/** A log that several hubs share, which stores nothing and answers when the test says so. */
function sharedLog(runtime: FakeRuntime): { log: EventLog; answers: AppendDone[] } {
  const memory = openMemoryLog({ runtime })
  const answers: AppendDone[] = []
  const log = new Proxy(memory, {
    get(target, name) {
      if (name === 'capabilities') return { durable: false, shared: true }
      if (name === 'append') return (_batch: unknown, done: AppendDone) => void answers.push(done)
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { log, answers }
}

test('an answer that comes after later events of the same producer does not lower its counter', async () => {
  const runtime = new FakeRuntime()
  const { log, answers } = sharedLog(runtime)
  const { bus, access } = await TestBus.open({ runtime, log })
  const publisher = bus.publisher(access.principal('admin'), { producer: 'p', events: silent })
  for (const seq of [1, 2]) {
    const frame = encodeFrame({ tag: 't', source: 'host/test', body: encode(null), seq })
    publisher.publish(frame, 0, frame.length)
  }
  bus.publishers.follow({ bytes: none, count: 2, firstSeq: 8, lastSeq: 9, producers: [range('admin/p', 2)] })
  answers[0](undefined, 8)
  expect(bus.publishers.lastOf('admin/p')).toBe(2)
})

test('an event whose answer was lost between hubs is accepted with the place at which it came by', async () => {
  const runtime = new FakeRuntime()
  const { log, answers } = sharedLog(runtime)
  const { bus, access } = await TestBus.open({ runtime, log })
  const accepted: number[][] = []
  const events = { ...silent, accepted: (...told: number[]) => void accepted.push(told) }
  const open = () => bus.publisher(access.principal('admin'), { producer: 'p', events })
  const frameOf = (seq: number) => encodeFrame({ tag: 't', source: 'host/test', body: encode(null), seq })
  const publisher = open()
  for (const seq of [1, 2, 3]) {
    const frame = frameOf(seq)
    publisher.publish(frame, 0, frame.length)
    if (seq === 1)
      bus.publishers.follow({
        bytes: none,
        count: 1,
        firstSeq: 8,
        lastSeq: 8,
        producers: [range('admin/p', 1)],
      })
    if (seq === 2)
      bus.publishers.follow({
        bytes: none,
        count: 2,
        firstSeq: 9,
        lastSeq: 10,
        producers: [range('b/q', 1), range('admin/p', 2)],
      })
    answers[seq - 1](undefined, seq === 3 ? 12 : 0, seq === 3 ? 1 : 0)
    await runtime.settle()
  }
  expect(accepted).toEqual([
    [1, 8, 1],
    [2, 0, 1],
    [3, 12, 1],
  ])
})

test('counters of a log that was replaced do not let an event pass for stored in the next one', async () => {
  const runtime = new FakeRuntime()
  const hub = await TestBus.open({ runtime })
  const before = hub.publisher({ producer: 'p' })
  before.send({}, { tag: '' }, {})
  await runtime.settle()
  hub.bus.logReplaced()
  const publisher = hub.publisher({ producer: 'p' })
  expect([publisher.api.lastCounter, publisher.api.refusals]).toEqual([0, undefined])
  const { last } = hub.log
  publisher.send({ seq: 2 }, { seq: 3 })
  await runtime.settle()
  expect(publisher.told.at(-1)).toEqual(['accepted', 3, last + 2])
})

const none = new Uint8Array(0)
const silent = {
  accepted: () => undefined,
  durable: () => undefined,
  refused: () => undefined,
  gateDone: () => undefined,
  resumed: () => undefined,
  closed: () => undefined,
}
