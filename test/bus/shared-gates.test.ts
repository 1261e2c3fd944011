import { expect, test } from 'vitest'
import type { GateOutcome } from '../../src/bus/api.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { encode } from '../../src/event/index.js'
import { type EventLog, openMemoryLog } from '../../src/log/index.js'
import type { AppendDone } from '../../src/log/stored-listeners.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { TestBus, TestPublisher } from './fixture.js'

/** Says what has become of an event; `place`: its seq, 0 if it was stored before. */
type Answer = (error?: TocsinError, place?: number) => void

/** A log that brings an event before it says that the event is stored, as one that hubs share does. */
function lateLog(runtime: FakeRuntime): { log: EventLog; answers: Answer[] } {
  const memory = openMemoryLog({ runtime })
  const answers: Answer[] = []
  const append: EventLog['append'] = (batch, done: AppendDone) =>
    memory.append(
      batch,
      (error, seq) => void answers.push((given = error, place = seq) => done(given, place)),
    )
  const log = new Proxy(memory, {
    get(target, name) {
      if (name === 'append') return append
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { log, answers }
}

async function publishLate() {
  const runtime = new FakeRuntime()
  const { log, answers } = lateLog(runtime)
  const hub = await TestBus.open({ runtime, log })
  const subscriber = await hub.subscribe({ label: 'one', gates: ['audit'] })
  const outcomes: GateOutcome[] = []
  void hub.bus.gates.publish({ tag: 'audit/1', data: {} }, 'audit').then((outcome) => outcomes.push(outcome))
  await runtime.settle()
  return { hub, runtime, subscriber, answers, outcomes }
}

test('a gate of an event that was delivered before it was stored is announced when it is', async () => {
  const { runtime, subscriber, answers, outcomes } = await publishLate()
  expect(subscriber.story).toEqual(['live', 1])
  answers[0]()
  expect(subscriber.story).toEqual(['live', 1, 'gate'])
  subscriber.api.gateDone('audit', 1, null)
  await runtime.settle()
  expect(outcomes).toMatchObject([{ seq: 1, answers: [{ subscriber: 'admin' }], missing: [] }])
})

test('subscribers are named, and hold nobody up, at events that were stored before and are not found', async () => {
  const { hub, runtime, answers, outcomes } = await publishLate()
  void hub.bus.gates.publish({ tag: 'audit/2', data: {} }, 'audit').then((outcome) => outcomes.push(outcome))
  await runtime.settle()
  for (const answer of answers) answer(undefined, 0)
  await runtime.settle()
  const missing = [{ subscriber: 'admin', reason: 'timeout' }]
  expect(outcomes).toMatchObject([
    { seq: 0, answers: [], missing },
    { seq: 0, answers: [], missing },
  ])
})

test('an event of the hub that a log refuses late is waited for by nobody', async () => {
  const { runtime, answers, outcomes } = await publishLate()
  answers[0](new TocsinError('TCN_CLUSTER_NO_PRIMARY'))
  await runtime.settle()
  expect(outcomes).toEqual([{ name: 'audit', counter: 1, seq: 0, answers: [], missing: [] }])
})

test('a hub that no longer has the event names its subscribers as missing, and lets the other hub know at once', async () => {
  const runtime = new FakeRuntime()
  const log = openMemoryLog({ runtime, maxBytes: 2048, slabBytes: 1024 })
  const hub = await TestBus.open({ runtime, log })
  await hub.subscribe({ label: 'one', gates: ['audit'] })
  const publisher = new TestPublisher(hub)
  for (let nth = 0; nth < 10; nth++) publisher.send({ body: encode('x'.repeat(500)) })
  await runtime.settle()
  expect(log.first).toBeGreaterThan(1)
  const outcomes: unknown[] = []
  const question = { name: 'audit', seq: 1, deadline: 60_000, labels: false, cause: undefined }
  hub.bus.sharedGates.ask(question, (outcome) => outcomes.push(outcome))
  await runtime.settle()
  expect(outcomes).toEqual([{ answers: [], missing: [{ subscriber: '', reason: 'timeout' }] }])
})
