import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type DisconnectReason, isTransient } from '../../../src/client/transport/disconnect-reason.js'
import { Link, type LinkUser } from '../../../src/client/transport/link.js'
import { encodeFrame } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { encodeRecord } from '../../../src/protocols/native/codec.js'
import { concat, hex } from '../../event/bytes.js'
import { FakeHub, welcome } from './fake-hub.js'

class User implements LinkUser {
  readonly records: string[] = []
  readonly losses: DisconnectReason[] = []
  events = 0
  onEvents(): void {
    this.events++
  }
  onRecord(record: { name: string }): void {
    this.records.push(record.name)
  }
  onDisconnected(loss: DisconnectReason): void {
    this.losses.push(loss)
  }
}

const event = encodeFrame({ tag: 'a', body: encode(1) })

let hub: FakeHub
let user: User
beforeEach(() => {
  vi.useFakeTimers()
  hub = new FakeHub()
  user = new User()
})
afterEach(() => vi.useRealTimers())

async function open(): Promise<Link> {
  const opening = Link.open(hub.dial, {}, user)
  await vi.advanceTimersByTimeAsync(0)
  hub.say('welcome', welcome)
  return await opening
}

describe('greeting', () => {
  it('sends hello, and is open after welcome', async () => {
    const link = await open()
    expect(hub.heard).toEqual(['hello'])
    expect(link.welcome).toEqual(welcome)
  })

  it.each<[string, Uint8Array, string]>([
    ['an error', encodeRecord('error', { code: 'TCN_ACCESS_TOKEN', message: 'no' }), 'TCN_ACCESS_TOKEN'],
    ['goodbye', encodeRecord('goodbye', { code: 'STOP', message: 'no' }), 'TCN_CLIENT_UNREACHABLE'],
    ['an event', event, 'TCN_PROTOCOL_ORDER'],
    ['another record', encodeRecord('live', { cursor: 'e-1' }), 'TCN_PROTOCOL_ORDER'],
    ['another version', encodeRecord('welcome', { ...welcome, version: 2 }), 'TCN_PROTOCOL_VERSION'],
    ['rubbish', hex('02000000 03 c1'), 'TCN_PROTOCOL_BODY'],
    ['a length beyond all limits', hex('ffffffff 03'), 'TCN_PROTOCOL_LENGTH'],
    ['what is no hub', new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n'), 'TCN_PROTOCOL_LENGTH'],
  ])('that is answered by %s fails with its code', async (_, bytes, code) => {
    const opening = Link.open(hub.dial, {}, user)
    const failed = expect(opening).rejects.toMatchObject({ code })
    await vi.advanceTimersByTimeAsync(0)
    hub.events.received(bytes)
    await failed
    expect(hub.isEnded).toBe(true)
    expect(user.losses).toEqual([])
  })

  it('ends after a timeout without an answer', async () => {
    const failed = expect(Link.open(hub.dial, {}, user)).rejects.toMatchObject({ code: 'TCN_CLIENT_TIMEOUT' })
    await vi.advanceTimersByTimeAsync(11_000)
    await failed
    expect(hub.isEnded).toBe(true)
  })

  it('can be aborted while dialing and while waiting', async () => {
    const given = new AbortController()
    const failed = expect(Link.open(hub.dial, {}, user, given.signal)).rejects.toMatchObject({
      code: 'TCN_CLIENT_ABORTED',
    })
    given.abort()
    await failed
    expect(hub.isEnded).toBe(true)
    const later = new AbortController()
    const waiting = expect(Link.open(hub.dial, {}, user, later.signal)).rejects.toMatchObject({
      code: 'TCN_CLIENT_ABORTED',
    })
    await vi.advanceTimersByTimeAsync(0)
    later.abort()
    await waiting
  })
})

describe('an open connection', () => {
  it('hands on events and records, answers pings, and skips reserved ops', async () => {
    await open()
    hub.events.received(
      concat(event, event, encodeRecord('live', { cursor: 'e-2' }), hex('02000000 c8 00'), event),
    )
    hub.say('ping', { id: 3 })
    expect(user).toMatchObject({ events: 2, records: ['live'], losses: [] })
    expect(hub.heard).toEqual(['hello', 'pong'])
  })

  it('ends once, with the first reason, and hands on nothing after it', async () => {
    const link = await open()
    hub.events.received(
      concat(encodeRecord('goodbye', { code: 'STOP', message: 'the hub stops', cursor: 'e-7' }), event),
    )
    hub.events.closed(undefined)
    hub.say('live', { cursor: 'e-1' })
    expect(user).toMatchObject({ events: 0, records: [], losses: [{ code: 'STOP', cursor: 'e-7' }] })
    link.send('ping', {})
    expect(hub.heard).toEqual(['hello'])
  })

  it('does not notify the user when it is closed locally', async () => {
    const link = await open()
    link.close()
    hub.events.closed(new Error('late'))
    expect(user.losses).toEqual([])
    expect(hub.isEnded).toBe(true)
  })

  it('reports that it broke', async () => {
    await open()
    hub.events.closed(new Error('ECONNRESET'))
    expect(user.losses).toMatchObject([{ code: 'TCN_CLIENT_UNREACHABLE' }])
    expect(user.losses.every(isTransient)).toBe(true)
  })

  it('is lost if the hub is silent, but not if it sends pings', async () => {
    await open()
    for (let round = 0; round < 10; round++) {
      await vi.advanceTimersByTimeAsync(30_000)
      hub.say('ping', {})
    }
    expect(user.losses).toEqual([])
    await vi.advanceTimersByTimeAsync(121_000)
    expect(user.losses).toMatchObject([{ code: 'TCN_CLIENT_UNREACHABLE' }])
  })

  it('sends signs of life while reading is paused, and ignores silence', async () => {
    const link = await open()
    link.pause()
    expect(hub.isPaused).toBe(true)
    await vi.advanceTimersByTimeAsync(300_000)
    expect(hub.heard.filter((name) => name === 'pong')).toHaveLength(15)
    expect(user.losses).toEqual([])
    link.resume()
    expect(hub.isPaused).toBe(false)
    await vi.advanceTimersByTimeAsync(50_000)
    expect(user.losses).toEqual([])
  })
})

describe('a hub that is hostile', () => {
  it('is left when it asks and does not read the answers', async () => {
    await open()
    hub.pending = 1
    for (let n = 0; n < 200_000 && !hub.isEnded; n++) hub.say('ping', {})
    expect(user.losses).toMatchObject([{ code: 'TCN_CLIENT_UNREACHABLE' }])
  })

  it('may ask any number of times while the answers are read', async () => {
    await open()
    for (let n = 0; n < 200_000; n++) hub.say('ping', {})
    expect(user.losses).toEqual([])
  })

  it('cannot send what its user never asks for, which is not decoded', async () => {
    Object.assign(user, { unexpected: new Set(['reply']) })
    await open()
    const long = encode({ id: 1, result: Array.from({ length: 100_000 }, () => []) })
    const head = new Uint8Array(5)
    new DataView(head.buffer).setUint32(0, long.length + 1, true)
    head[4] = encodeRecord('reply', { id: 1, result: null })[4]
    hub.events.received(concat(head, long.fill(0xc1, 20)))
    expect(user.losses).toMatchObject([{ code: 'TCN_PROTOCOL_ORDER' }])
  })

  it('cannot say that it takes no events', async () => {
    const opening = Link.open(hub.dial, {}, user)
    const failed = expect(opening).rejects.toMatchObject({ code: 'TCN_PROTOCOL_BODY' })
    await vi.advanceTimersByTimeAsync(0)
    hub.say('welcome', { ...welcome, largestFrame: 0 })
    await failed
  })

  it.each(['TCN_\x1b[31m', 'no code', 'X'.repeat(101)])('cannot give %j as a code', async (code) => {
    await open()
    hub.say('error', { code, message: 'x' })
    expect(user.losses).toEqual([{ code: 'TCN_PROTOCOL_BODY', message: 'error: code is not a code' }])
  })

  it('gives a reason of a thousand characters at most', async () => {
    await open()
    hub.say('error', { code: 'TCN_INTERNAL', message: 'y'.repeat(20_000) })
    expect(user.losses).toEqual([{ code: 'TCN_INTERNAL', message: 'y'.repeat(1000) }])
  })

  it('cannot send an answer of millions of values', async () => {
    await open()
    hub.say('reply', { id: 1, result: new Array(2_000_000).fill(0) })
    expect(user.losses).toMatchObject([{ code: 'TCN_PROTOCOL_BODY' }])
  })
})
