import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HttpFixture, startHttpFixture } from './fixture.js'
import { type Messages, openWebSocket, rawSocket } from './websocket-driver.js'

const MiB = 1024 * 1024
const AS_ADMIN = { authorization: 'Bearer admin' }
const LONG = 'x'.repeat(8 * MiB)

let hub: HttpFixture
beforeEach(async () => {
  hub = await startHttpFixture()
})
afterEach(() => hub.close())

type Record = { [key: string]: unknown }

class Peer {
  readonly messages: Messages

  private constructor(messages: Messages) {
    this.messages = messages
  }

  static async dial(): Promise<Peer> {
    const peer = new Peer(await openWebSocket(`${hub.url}/v1/ws`, 'tocsin.v1+json', AS_ADMIN))
    peer.say({ op: 'hello', version: 1 })
    await peer.next('welcome')
    return peer
  }

  static async guard(): Promise<Peer> {
    const guard = await Peer.dial()
    guard.say({ op: 'subscribe', filters: 'deploy/', gates: ['deploy'] })
    await guard.next('live')
    return guard
  }

  say(record: object): void {
    this.messages.socket.send(JSON.stringify(record))
  }

  async next(...ops: string[]): Promise<Record> {
    for (;;) {
      const message = await this.messages.json()
      if (message === undefined) throw new Error('the connection closed')
      if (ops.includes(message.op as string)) return message
    }
  }

  /** Stops reading from now on. */
  pause(): void {
    rawSocket(this.messages.socket).pause()
  }

  resume(): void {
    rawSocket(this.messages.socket).resume()
  }

  publish(counter: number, data: unknown, deadline = 10_000): void {
    this.say({ op: 'gate', name: 'deploy', counter, deadline })
    this.say({ op: 'event', counter, tag: 'deploy/web', data })
  }

  answer({ name, seq }: Record): void {
    this.say({ op: 'gateDone', name, seq, answer: 'yes' })
  }
}

const stored = (count: number) => expect.poll(() => hub.bus.log.last, { timeout: 30_000 }).toBe(count)

/** Waits until the hub has written as much to the subscriber as that takes without reading. */
async function isInTheMiddle(): Promise<void> {
  let before = -1
  for (let turns = 0; turns < 200; turns++) {
    await new Promise((resolve) => setImmediate(resolve))
    const pending = Math.max(...[...hub.bus.subscriptions].map((each) => each.pending))
    if (pending !== before) turns = 0
    before = pending
  }
  expect(before).toBeGreaterThan(0)
}

describe('a gate of a long event over JSON', () => {
  it('is announced after all of the event, and done when it is answered', async () => {
    const guard = await Peer.guard()
    const publisher = await Peer.dial()
    publisher.publish(1, LONG)
    const event = await guard.next('event', 'gate')
    expect(event.op).toBe('event')
    expect((event.event as { data: string }).data.length).toBe(LONG.length)
    guard.answer(await guard.next('gate'))
    expect(await publisher.next('gateDone')).toMatchObject({
      counter: 1,
      answers: [{ answer: 'yes' }],
      missing: [],
    })
  })

  it('delays neither other gates nor their answers while a subscriber does not read', async () => {
    const stuck = await Peer.guard()
    const publisher = await Peer.dial()
    stuck.pause()
    publisher.publish(1, LONG)
    await stored(1)
    await isInTheMiddle()
    const guard = await Peer.dial()
    guard.say({ op: 'subscribe', filters: 'other/', gates: ['other'] })
    await guard.next('live')
    publisher.say({ op: 'gate', name: 'other', counter: 2, deadline: 10_000 })
    publisher.say({ op: 'event', counter: 2, tag: 'other/x', data: 1 })
    guard.answer(await guard.next('gate'))
    expect(await publisher.next('gateDone')).toMatchObject({ counter: 2, missing: [] })
    stuck.resume()
    expect((await stuck.next('event', 'gate')).op).toBe('event')
    stuck.answer(await stuck.next('gate'))
    expect(await publisher.next('gateDone')).toMatchObject({ counter: 1, answers: [{ answer: 'yes' }] })
  })

  it('is over at its deadline for a subscriber in the middle of the event', async () => {
    const guard = await Peer.guard()
    const publisher = await Peer.dial()
    guard.pause()
    publisher.publish(1, LONG, 300)
    expect(await publisher.next('gateDone')).toMatchObject({ counter: 1, missing: [{ reason: 'timeout' }] })
    guard.resume()
    expect((await guard.next('event')).seq).toBe(1)
  })

  it('does not wait for a subscriber that leaves in the middle of the event', async () => {
    const guard = await Peer.guard()
    const publisher = await Peer.dial()
    guard.pause()
    publisher.publish(1, LONG, 60_000)
    await stored(1)
    await isInTheMiddle()
    guard.messages.socket.terminate()
    expect(await publisher.next('gateDone')).toMatchObject({ counter: 1, missing: [{ reason: 'left' }] })
    await expect.poll(() => [...hub.bus.subscriptions].length).toBe(0)
  })
})
