import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as C from '../../../../src/protocols/ncs/constants/events.js'
import { PROGRESS_INFO, RUNNING, VERBOSITY_DEBUG } from '../../../../src/protocols/ncs/constants/library.js'
import { maskOf } from '../../../../src/protocols/ncs/constants/mask.js'
import type { NcsNotification } from '../../../../src/protocols/ncs/notifications/notification.js'
import { samples } from '../../../protocols/ncs/samples.js'
import { type Fixture, startFixture } from '../../native/fixture.js'
import { RawPeer } from '../../native/raw-peer.js'
import { Producer, Subscriber } from './subscriber.js'

const everything = 2 ** 32 - 1
let hub: Fixture
let producer: Producer

beforeEach(async () => {
  hub = await startFixture({ busLimits: { gateDeadline: 60_000 }, grants: { eye: { see: ['ncs/audit/'] } } })
  producer = await Producer.open(hub.path)
})
afterEach(async () => {
  producer.peer.close()
  await hub.close()
})

const audit = (user: string, usid = 0): NcsNotification => ({
  type: C.NOTIF_AUDIT,
  audit: { logno: 1, user, msg: 'm', usid },
})
const step = (
  type: typeof C.NOTIF_PROGRESS | typeof C.NOTIF_COMMIT_PROGRESS,
  msg: string,
): NcsNotification => ({
  type,
  progress: {
    type: PROGRESS_INFO,
    timestamp: 1,
    span_id: 's',
    usid: 0,
    tid: 0,
    datastore: RUNNING,
    msg,
    num_attributes: 0,
    num_links: 0,
  },
})
const plainMask = maskOf(...samples.map(({ type }) => type)) & ~C.NOTIF_COMMIT_DIFF

test('the welcome names the feature and the deadline of gates', async () => {
  const peer = new RawPeer(hub.path)
  const welcome = await peer.hello({ features: ['ncs'], ncs: { mask: C.NOTIF_AUDIT } })
  expect(welcome).toMatchObject({ features: ['ncs'], ncs: { deadline: 60_000 } })
  peer.close()
})

test('every notification reaches a subscriber to all types', async () => {
  const subscriber = await Subscriber.open(hub.path, (plainMask | C.NOTIF_COMMIT_DIFF) >>> 0)
  for (const sample of samples) producer.publish(sample)
  for (const sample of samples) {
    // The lowest bit decides, and progress of a commit has both.
    expect(await subscriber.read()).toMatchObject(sample)
  }
  subscriber.peer.close()
})

test('a subscriber gets the types of its mask only, and nothing that is no notification', async () => {
  const subscriber = await Subscriber.open(hub.path, maskOf(C.NOTIF_AUDIT, C.NOTIF_SYSTEM_GOING_DOWN))
  for (const sample of samples) producer.publish(sample)
  producer.peer.event(1000, 'ncs/audit/x')
  producer.publish(audit('last'))
  const types = [await subscriber.read(), await subscriber.read()].map(({ type }) => type)
  expect(types).toEqual([C.NOTIF_AUDIT, C.NOTIF_SYSTEM_GOING_DOWN])
  subscriber.peer.close()
})

test('progress of a commit is delivered under the lowest of its types that was asked for', async () => {
  const both = await Subscriber.open(hub.path, maskOf(C.NOTIF_PROGRESS, C.NOTIF_COMMIT_PROGRESS))
  const one = await Subscriber.open(hub.path, C.NOTIF_PROGRESS)
  producer.publish(step(C.NOTIF_COMMIT_PROGRESS, 'x'))
  expect((await both.read()).type).toBe(C.NOTIF_COMMIT_PROGRESS)
  expect((await one.read()).type).toBe(C.NOTIF_PROGRESS)
  both.peer.close()
  one.peer.close()
})

test('progress that is more verbose than asked for is left out', async () => {
  const quiet = await Subscriber.open(hub.path, C.NOTIF_PROGRESS)
  const verbose = await Subscriber.open(hub.path, C.NOTIF_PROGRESS, { verbosity: VERBOSITY_DEBUG })
  producer.publish(step(C.NOTIF_PROGRESS, 'detail'), { verbosity: 2 })
  producer.publish(step(C.NOTIF_PROGRESS, 'result'))
  expect(await verbose.read()).toMatchObject({ progress: { msg: 'detail' } })
  expect(await quiet.read()).toMatchObject({ progress: { msg: 'result' } })
  quiet.peer.close()
  verbose.peer.close()
})

test('rights restrict what a subscriber gets', async () => {
  const subscriber = await Subscriber.open(await hub.listenFor('eye'), plainMask >>> 0)
  producer.publish({ type: C.NOTIF_REOPEN_LOGS })
  producer.publish(audit('admin'))
  expect(await subscriber.read()).toMatchObject({ audit: { user: 'admin' } })
  subscriber.peer.close()
})

test('what is published right after the welcome is delivered', async () => {
  for (let i = 0; i < 50; i++) {
    const subscriber = await Subscriber.open(hub.path, C.NOTIF_AUDIT)
    producer.publish(audit(`u${i}`))
    expect(await subscriber.read()).toMatchObject({ audit: { user: `u${i}` } })
    subscriber.peer.close()
  }
})

test('records of the program are not answered, and an event is refused by ending the connection', async () => {
  const subscriber = await Subscriber.open(hub.path, C.NOTIF_AUDIT)
  subscriber.peer.send('ping', { id: 1 }).send('request', { id: 1, method: 'hub.status' })
  subscriber.peer.send('gateDone', { name: 'ncs/audit', seq: 99 })
  producer.publish(audit('admin'))
  expect(await subscriber.read()).toMatchObject({ type: C.NOTIF_AUDIT })
  subscriber.peer.event(1, 'x')
  expect(await subscriber.peer.fault()).toBe('TCN_PROTOCOL_ORDER')
})

test('the end of the hub is one goodbye', async () => {
  const subscriber = await Subscriber.open(hub.path, C.NOTIF_AUDIT)
  await hub.bus.close()
  expect((await subscriber.peer.take('goodbye')).body.code).toBe('STOP')
  expect(await subscriber.peer.next()).toBeUndefined()
})

const wrong: [string, Record<string, unknown>][] = [
  ['mask', {}],
  ['mask', { mask: 2 ** 32 }],
  ['heartbeat', { mask: C.NOTIF_HEARTBEAT }],
  ['health', { mask: C.NOTIF_HEALTH_CHECK }],
  ['stream', { mask: C.NOTIF_STREAM_EVENT }],
  ['verbosity', { mask: 1, verbosity: 4 }],
]

test.each(wrong)('a wrong request is refused for its %s: %o', async (key, ncs) => {
  const peer = new RawPeer(hub.path)
  peer.send('hello', { version: 1, features: ['ncs'], ncs })
  const { code, message } = (await peer.take('error')).body
  expect(code).toBe('TCN_PROTOCOL_BODY')
  expect(message).toContain(key)
})

test('a stream that there is not is refused by name', async () => {
  const peer = new RawPeer(hub.path)
  peer.send('hello', {
    version: 1,
    features: ['ncs'],
    ncs: { mask: C.NOTIF_STREAM_EVENT, stream: 'nothing' },
  })
  expect((await peer.take('error')).body).toMatchObject({
    code: 'TCN_NCS_STREAM',
    message: expect.stringContaining('"nothing"'),
  })
})

describe('with gates', () => {
  const diff = samples.find(({ type }) => type === C.NOTIF_COMMIT_DIFF)!

  test('a commit waits until every subscriber to its difference has answered', async () => {
    const [a, b] = [
      await Subscriber.open(hub.path, C.NOTIF_COMMIT_DIFF),
      await Subscriber.open(hub.path, C.NOTIF_COMMIT_DIFF),
    ]
    producer.publish(diff, { gated: true })
    const [first, second] = [await a.event(), await b.event()]
    expect(first.attributes).toEqual({ ncsgate: true })
    a.answer(C.NOTIF_COMMIT_DIFF, first.seq)
    a.answer(C.NOTIF_COMMIT_DIFF, first.seq)
    b.answer(C.NOTIF_COMMIT_DIFF, second.seq)
    expect(await producer.outcome()).toMatchObject({ answers: [{}, {}], missing: [] })
    a.peer.close()
    b.peer.close()
  })

  test('only subscribers with the modifier are waited for', async () => {
    const plain = await Subscriber.open(hub.path, C.NOTIF_AUDIT)
    const sync = await Subscriber.open(hub.path, maskOf(C.NOTIF_AUDIT, C.NOTIF_AUDIT_SYNC))
    producer.publish(audit('admin', 12), { gated: true })
    await plain.read()
    const { seq } = await sync.event()
    sync.answer(C.NOTIF_AUDIT, seq)
    expect((await producer.outcome()).answers).toHaveLength(1)
    plain.peer.close()
    sync.peer.close()
  })

  test('the modifier alone asks for nothing', async () => {
    const subscriber = await Subscriber.open(hub.path, C.NOTIF_AUDIT_SYNC)
    producer.publish(audit('admin'), { gated: true })
    expect(await producer.outcome()).toMatchObject({ answers: [], missing: [] })
    expect(subscriber.peer.items.filter(({ name }) => name === 'event')).toEqual([])
    subscriber.peer.close()
  })

  test('a subscriber that dies releases what it owed', async () => {
    const subscriber = await Subscriber.open(hub.path, C.NOTIF_COMMIT_DIFF)
    producer.publish(diff, { gated: true })
    await subscriber.event()
    subscriber.peer.close()
    expect((await producer.outcome()).missing).toMatchObject([{ reason: 'left' }])
  })

  test('every kind of notification with a gate is waited for with its own bit', async () => {
    for (const [type, sync] of [
      [C.NOTIF_AUDIT, C.NOTIF_AUDIT_SYNC],
      [C.NOTIF_HA_INFO, C.NOTIF_HA_INFO_SYNC],
      [C.NCS_NOTIF_AUDIT_NETWORK, C.NCS_NOTIF_AUDIT_NETWORK_SYNC],
    ]) {
      const subscriber = await Subscriber.open(hub.path, maskOf(type, sync))
      producer.publish(samples.find((sample) => sample.type === type)!, { gated: true })
      const { seq } = await subscriber.event()
      subscriber.answer(type, seq)
      expect((await producer.outcome()).answers).toHaveLength(1)
      subscriber.peer.close()
    }
  })

  test('everything works with every bit set', async () => {
    const more = { heartbeat: 60_000, health: 60_000, stream: 'x' }
    const subscriber = await Subscriber.open(hub.path, (everything & ~C.NOTIF_STREAM_EVENT) >>> 0, more)
    producer.publish(diff, { gated: true })
    subscriber.answer(C.NOTIF_COMMIT_DIFF, (await subscriber.event()).seq)
    expect((await producer.outcome()).missing).toEqual([])
    subscriber.peer.close()
  })
})
