import { expect, test } from 'vitest'
import type { TocsinError } from '../../../src/errors/tocsin-error.js'
import { appendBarrier } from '../../../src/log/jetstream/barrier.js'
import { Subjects } from '../../../src/log/jetstream/subjects.js'
import { NatsFault } from '../../../src/storage/nats/nats-fault.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

/** A stream with some messages, which stores what it is sent while `stores` is true, and is read while `reads` is. */
function streamOf(runtime: FakeRuntime) {
  const stream = { last: 7, stores: true, reads: true, sent: 0, asked: 0 }
  let answer: (message: object) => void = () => undefined
  const link = {
    runtime,
    inbox: () => 'inbox',
    subscribe: (_inbox: string, listener: typeof answer) => {
      answer = listener
      return () => undefined
    },
    publish: () => {
      stream.sent++
      if (!stream.stores) return
      const payload = Buffer.from(JSON.stringify({ seq: ++stream.last }))
      runtime.soon(() => answer({ header: '', payload }))
    },
  }
  const api = {
    info: async () => ({ created: 'c', state: { last_seq: stream.last } }),
    leaveLead: async () => void stream.asked++,
    message: async () => {
      if (!stream.reads) throw new NatsFault('unreachable', 'JetStream system temporarily unavailable')
    },
  }
  return { stream, link, api }
}

function barrierOf(
  given: ReturnType<typeof streamOf>,
  mayAppend: () => boolean,
  known = 0,
  hindered?: (error: TocsinError) => void,
) {
  const { link, api } = given
  const names = { stream: 's', created: 'c', subjects: new Subjects('LOG'), owner: 'o' }
  return appendBarrier({
    link: link as never,
    api: api as never,
    ...names,
    window: 256,
    mayAppend,
    known: () => known,
    hindered,
  })
}

test('a stream that stores nothing is sent one message every time, and all once it has stored that one', async () => {
  const runtime = new FakeRuntime()
  const given = streamOf(runtime)
  given.stream.stores = false
  const appended = barrierOf(given, () => true)
  await runtime.pass(16_000)
  const before = given.stream.sent
  expect(before).toBeLessThanOrEqual(11)
  given.stream.stores = true
  await runtime.pass(2000)
  expect(await appended).toEqual({ first: 8, last: 263 })
  expect(given.stream.sent).toBe(before + 256)
})

test('a lease that ends while the stream stores nothing ends the attempt', async () => {
  const runtime = new FakeRuntime()
  const given = streamOf(runtime)
  given.stream.stores = false
  let isHeld = true
  const appended = barrierOf(given, () => isHeld)
  const failed = expect(appended).rejects.toMatchObject({ code: 'TCN_LOG_TERM_OVER' })
  await runtime.pass(500)
  isHeld = false
  await runtime.pass(2000)
  await failed
})

test('a stream that stores but cannot be read yet is not sent the barrier again', async () => {
  const runtime = new FakeRuntime()
  const given = streamOf(runtime)
  Object.assign(given.stream, { stores: false, reads: false })
  const appended = barrierOf(given, () => true)
  await runtime.pass(100)
  // What an earlier primary had on the way.
  given.stream.last = 8
  given.stream.stores = true
  await runtime.pass(6000)
  expect(given.stream.sent).toBe(1 + 256)
  given.stream.reads = true
  await runtime.pass(200)
  expect(await appended).toEqual({ first: 9, last: 264 })
  expect(given.stream.sent).toBe(1 + 256)
})

test('a lease that ends while the stream cannot be read ends the attempt', async () => {
  const runtime = new FakeRuntime()
  const given = streamOf(runtime)
  Object.assign(given.stream, { stores: false, reads: false })
  let isHeld = true
  const failed = expect(barrierOf(given, () => isHeld)).rejects.toMatchObject({ code: 'TCN_LOG_TERM_OVER' })
  await runtime.pass(100)
  Object.assign(given.stream, { last: 8, stores: true })
  await runtime.pass(3000)
  isHeld = false
  await runtime.pass(500)
  await failed
})

test('nothing is appended to a stream that ends before what a hub has, and another leader is asked for', async () => {
  const runtime = new FakeRuntime()
  const given = streamOf(runtime)
  const told = new Set<string>()
  const appended = barrierOf(
    given,
    () => true,
    20,
    ({ code, message }) => told.add(`${code}: ${message}`),
  )
  await runtime.pass(7000)
  expect([given.stream.sent, given.stream.asked]).toEqual([0, 3])
  expect([...told]).toEqual(['TCN_NATS_SHORT: stream s ends at @7, and a hub has @20'])
  given.stream.last = 20
  await runtime.pass(500)
  expect(await appended).toEqual({ first: 21, last: 276 })
})
