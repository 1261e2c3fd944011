// Runs on each supported Node.js: timers.
import { afterEach, expect, test } from 'vitest'
import { WRITE_BLOCK } from '../../../../../src/faces/ncs/socket/session.js'
import * as C from '../../../../../src/protocols/ncs/constants/events.js'
import { maskOf } from '../../../../../src/protocols/ncs/constants/mask.js'
import { type Fixture, type FixtureOptions, startFixture } from '../../../../faces/native/fixture.js'
import { RawPeer } from '../../../../faces/native/raw-peer.js'
import { Producer, Subscriber } from '../../../../faces/ncs/socket/subscriber.js'
import { FakeRuntime } from '../../../../helpers/fake-runtime.js'
import { samples } from '../../../../protocols/ncs/samples.js'

let hub: Fixture
const runtime = { current: new FakeRuntime() }
afterEach(() => hub.close())

async function start(options: FixtureOptions = {}): Promise<FakeRuntime> {
  runtime.current = new FakeRuntime()
  hub = await startFixture({ runtime: runtime.current, ...options })
  return runtime.current
}

/** The outputs of the server are flushed by its own runtime, which stands still. */
async function whileRunning<T>(clock: FakeRuntime, promise: Promise<T>): Promise<T> {
  let isDone = false
  const done = promise.finally(() => {
    isDone = true
  })
  while (!isDone) await clock.settle()
  return await done
}

test('a heartbeat comes at its interval, and one below a second comes each second', async () => {
  const clock = await start()
  const [slow, fast] = [
    await whileRunning(clock, Subscriber.open(hub.path, C.NOTIF_HEARTBEAT, { heartbeat: 10_000 })),
    await whileRunning(clock, Subscriber.open(hub.path, C.NOTIF_HEARTBEAT, { heartbeat: 5 })),
  ]
  await clock.pass(20_000)
  const beat = await whileRunning(clock, slow.event())
  expect(beat).toMatchObject({ seq: 0, flags: 2, kind: C.NOTIF_HEARTBEAT, tag: 'ncs/heartbeat', data: {} })
  await whileRunning(clock, slow.event())
  for (let i = 0; i < 20; i++) await whileRunning(clock, fast.event())
  await clock.settle()
  expect(slow.peer.items.filter(({ name }) => name === 'event').length).toBe(2)
  expect(fast.peer.items.filter(({ name }) => name === 'event').length).toBe(20)
  for (const { peer } of [slow, fast]) peer.close()
})

test('an idle notification socket is sent nothing at all', async () => {
  const clock = await start()
  const subscriber = await whileRunning(clock, Subscriber.open(hub.path, C.NOTIF_AUDIT))
  await clock.pass(600_000)
  expect(subscriber.peer.items.map(({ name }) => name)).toEqual(['welcome'])
  expect(subscriber.peer.isClosed).toBe(false)
  subscriber.peer.close()
})

test('a health check comes only while log, bus and face answer', async () => {
  const clock = await start()
  const subscriber = await whileRunning(
    clock,
    Subscriber.open(hub.path, C.NOTIF_HEALTH_CHECK, { health: 1000 }),
  )
  await clock.pass(1000)
  const check = await whileRunning(clock, subscriber.event())
  expect(check).toMatchObject({ seq: 0, flags: 2, kind: C.NOTIF_HEALTH_CHECK })
  const read = hub.bus.log.read
  hub.bus.log.read = () => {
    throw new Error('the disk is gone')
  }
  const producer = await whileRunning(clock, Producer.open(hub.path))
  producer.publish({ type: C.NOTIF_REOPEN_LOGS })
  const before = subscriber.peer.items.length
  await clock.pass(30_000)
  expect(subscriber.peer.items.length - before).toBeLessThanOrEqual(1)
  hub.bus.log.read = read
  for (const { peer } of [subscriber, producer]) peer.close()
})

test('a subscriber that answers too late is closed and told why', async () => {
  const clock = await start({ busLimits: { gateDeadline: 120_000 } })
  const mask = maskOf(C.NOTIF_AUDIT, C.NOTIF_AUDIT_SYNC)
  const late = await whileRunning(clock, Subscriber.open(hub.path, mask))
  const producer = await whileRunning(clock, Producer.open(hub.path))
  producer.publish(samples[0], { gated: true })
  await whileRunning(clock, late.event())
  await clock.settle()
  for (let i = 0; i < 7; i++) {
    producer.peer.send('pong', {})
    await clock.pass(17_000)
  }
  expect(late.peer.items.some(({ name }) => name === 'error')).toBe(false)
  await clock.pass(2100)
  expect((await whileRunning(clock, late.peer.take('error'))).body).toMatchObject({
    code: 'TCN_NCS_TIMEOUT',
    message: expect.stringMatching(/mask 131073 .*ncs\/audit @\d+/),
  })
  const outcome = await whileRunning(clock, producer.outcome())
  expect(outcome.missing).toHaveLength(1)
  producer.peer.close()
})

/** What a subscriber gets of 100 long notifications that reads nothing for a time, ms. */
async function readLate(
  lag?: string,
  after = WRITE_BLOCK + 3000,
): Promise<{ numbers: number[]; errors: string[] }> {
  const clock = await start({ busLimits: { queue: 1024 * 1024 } })
  const late = await whileRunning(clock, Subscriber.open(hub.path, C.NOTIF_AUDIT, { lag }))
  const reader = await whileRunning(clock, Subscriber.open(hub.path, C.NOTIF_AUDIT))
  late.peer.socket.pause()
  const producer = await whileRunning(clock, Producer.open(hub.path))
  const audit = { logno: 1, user: 'u', msg: 'x'.repeat(60_000) }
  for (let usid = 0; usid < 100; usid++) producer.publish({ type: C.NOTIF_AUDIT, audit: { ...audit, usid } })
  for (let i = 0; i < 100; i++) await whileRunning(clock, reader.event())
  await clock.pass(after)
  late.peer.socket.resume()
  const numbers: number[] = []
  const errors: string[] = []
  while (numbers.at(-1) !== 99) {
    const item = await whileRunning(clock, late.peer.next())
    if (item === undefined) break
    if (item.name === 'error') errors.push(item.body.code)
    if (item.name === 'event') numbers.push((item.body.data as { usid: number }).usid)
  }
  expect(reader.peer.isClosed).toBe(false)
  for (const { peer } of [late, reader, producer]) peer.close()
  return { numbers, errors }
}

test('a subscriber that reads nothing is closed after 15 s', async () => {
  expect((await readLate()).errors).toEqual(['TCN_NCS_WRITE_BLOCK'])
})

test('a subscriber with another lag policy may read nothing for as long as it likes', async () => {
  const all = await readLate('catch-up')
  expect(all).toEqual({ numbers: Array.from({ length: 100 }, (_, n) => n), errors: [] })
  await hub.close()
  const { numbers, errors } = await readLate('skip')
  expect(errors).toEqual([])
  expect(numbers.length).toBeLessThan(100)
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  expect(numbers.at(-1)).toBe(99)
  await hub.close()
  expect((await readLate('disconnect', 0)).errors).toEqual(['TCN_BUS_LAG'])
})

test('notifications that wait cannot be skipped', async () => {
  const clock = await start()
  const peer = new RawPeer(hub.path)
  const ncs = { mask: C.NOTIF_COMMIT_DIFF, lag: 'skip' }
  peer.send('hello', { version: 1, features: ['ncs'], ncs })
  expect((await whileRunning(clock, peer.take('error'))).body).toMatchObject({ code: 'TCN_PROTOCOL_BODY' })
  peer.close()
})

test('a connection that is no notification socket is still pinged', async () => {
  const clock = await start()
  const peer = new RawPeer(hub.path)
  await whileRunning(clock, peer.hello())
  await clock.pass(65_000)
  expect((await whileRunning(clock, peer.take('ping'))).name).toBe('ping')
  peer.close()
})
