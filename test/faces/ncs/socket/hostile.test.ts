import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { catalogue } from '../../../../src/errors/catalogue.js'
import * as C from '../../../../src/protocols/ncs/constants/events.js'
import type { NcsNotification } from '../../../../src/protocols/ncs/notifications/notification.js'
import { samples } from '../../../protocols/ncs/samples.js'
import { type Fixture, startFixture } from '../../native/fixture.js'
import { RawPeer } from '../../native/raw-peer.js'
import { Producer, Subscriber } from './subscriber.js'

let hub: Fixture
let producer: Producer
let other: Subscriber
let published = 0

beforeEach(async () => {
  hub = await startFixture({ streams: [{ name: 'all', replay: true }] })
  producer = await Producer.open(hub.path)
  other = await Subscriber.open(hub.path, C.NOTIF_AUDIT)
})
afterEach(async () => {
  for (const { peer } of [producer, other]) peer.close()
  await hub.close()
})

const commitDiff = samples.find(({ type }) => type === C.NOTIF_COMMIT_DIFF)!
const audit = (user: string): NcsNotification => ({
  type: C.NOTIF_AUDIT,
  audit: { logno: 1, user, msg: 'm', usid: 0 },
})

async function othersAreServed(): Promise<void> {
  const user = `u${published++}`
  producer.publish(audit(user))
  expect(await other.read()).toMatchObject({ audit: { user } })
}

describe('a hostile program on a notification socket', () => {
  test('that asks for anything at all is served or refused with a code, and hurts nobody else', {
    timeout: 120_000,
  }, async () => {
    const value = fc.anything({ maxDepth: 3, withBigInt: false, withDate: false, withSparseArray: false })
    const wish = fc.record(
      {
        mask: fc.oneof(fc.nat(0xffff_ffff), value),
        heartbeat: fc.oneof(fc.nat(), value),
        health: fc.oneof(fc.nat(), value),
        stream: fc.oneof(fc.constant('all'), fc.string(), value),
        start: fc.oneof(fc.constant('1970-01-01T00:00:00Z'), fc.string(), value),
        stop: fc.oneof(fc.date({ noInvalidDate: true }).map(String), fc.string(), value),
        xpath: fc.oneof(fc.string(), fc.constant("//*[//*[//*='x']]"), value),
        usid: fc.oneof(fc.nat(), value),
        verbosity: fc.oneof(fc.nat(4), value),
      },
      { requiredKeys: [] },
    )
    const answers = new Set<string>()
    const ask = async (ncs: unknown) => {
      const peer = new RawPeer(hub.path)
      try {
        peer.send('hello', { version: 1, features: ['ncs'], ncs: ncs as never })
      } catch {
        // Not a value of msgpack, so nobody can send it.
        return peer.close()
      }
      const answer = await peer.next()
      answers.add(answer?.name ?? 'none')
      if (answer?.name === 'error') expect(catalogue).toHaveProperty(answer.body.code)
      peer.close()
    }
    await fc.assert(fc.asyncProperty(fc.oneof(wish, value), ask), { numRuns: 300 })
    expect([...answers].sort()).toEqual(['error', 'welcome'])
    await othersAreServed()
  })

  test('that answers 100,000 times what nobody has asked gets nothing, and delays nobody', async () => {
    const flood = await Subscriber.open(hub.path, C.NOTIF_COMMIT_DIFF)
    for (let seq = 1; seq <= 100_000; seq++) flood.answer(C.NOTIF_COMMIT_DIFF, seq)
    await othersAreServed()
    expect(flood.peer.items.map(({ name }) => name)).toEqual(['welcome'])
    expect(flood.peer.isClosed).toBe(false)
    flood.peer.close()
  })

  test('that answers for others releases nobody', async () => {
    const [honest, liar] = [
      await Subscriber.open(hub.path, C.NOTIF_COMMIT_DIFF),
      await Subscriber.open(hub.path, C.NOTIF_AUDIT),
    ]
    producer.publish(commitDiff, { gated: true })
    const { seq } = await honest.event()
    liar.answer(C.NOTIF_COMMIT_DIFF, seq)
    await othersAreServed()
    expect(producer.peer.items.some(({ name }) => name === 'gateDone')).toBe(false)
    honest.answer(C.NOTIF_COMMIT_DIFF, seq)
    expect(await producer.outcome()).toMatchObject({ name: 'ncs/commit' })
    for (const { peer } of [honest, liar]) peer.close()
  })

  test('that sends bytes of anything after its welcome ends only its own connection', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 5, maxLength: 200 }), async (bytes) => {
        const subscriber = await Subscriber.open(hub.path, C.NOTIF_AUDIT)
        subscriber.peer.write(bytes)
        subscriber.peer.socket.end()
        await subscriber.peer.closed()
      }),
      { numRuns: 100 },
    )
    await othersAreServed()
  })

  test('that says hello again with other wishes still gets what it asked for first', async () => {
    const twice = await Subscriber.open(hub.path, C.NOTIF_COMMIT_DIFF)
    twice.peer.send('hello', { version: 1, features: ['ncs'], ncs: { mask: C.NOTIF_AUDIT } })
    await othersAreServed()
    producer.publish(commitDiff)
    expect(await twice.read()).toMatchObject({ type: C.NOTIF_COMMIT_DIFF })
    twice.peer.close()
  })

  test('that comes and goes a thousand times leaves nothing behind', async () => {
    const before = [...hub.bus.subscriptions].length
    for (let i = 0; i < 1000; i++) {
      const mask = (C.NOTIF_HEARTBEAT | C.NOTIF_STREAM_EVENT | C.NOTIF_COMMIT_DIFF) >>> 0
      const { peer } = await Subscriber.open(hub.path, mask, { heartbeat: 1000, stream: 'all' })
      peer.close()
    }
    await expect.poll(() => [...hub.bus.subscriptions].length).toBe(before)
    await othersAreServed()
  })
})
