import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatTime } from '../../../../src/event/position.js'
import { openMemoryLog } from '../../../../src/log/index.js'
import * as C from '../../../../src/protocols/ncs/constants/events.js'
import type { NcsTagValue } from '../../../../src/protocols/ncs/notifications/payloads.js'
import type { TypePatterns } from '../../../../src/types/index.js'
import { realRuntime } from '../../../helpers/real-runtime.js'
import { type Fixture, startFixture } from '../../native/fixture.js'
import { Subscriber } from '../socket/subscriber.js'
import { StreamReader, tagOf } from './stream-subscriber.js'

const COMPLETE = C.STREAM_NOTIFICATION_COMPLETE
const REPLAYED = C.STREAM_REPLAY_COMPLETE
const SECOND = 1_000_000
const BEGIN = Date.UTC(2026, 0, 31) * 1000

/** The clock of hub and log, µs. */
let now: number
const runtime = { ...realRuntime, now: () => now }
const at = (seconds: number): string => formatTime(BEGIN + seconds * SECOND)

let hub: Fixture
let types: readonly TypePatterns[]
beforeEach(async () => {
  now = BEGIN
  types = []
  hub = await startFixture({
    runtime,
    log: openMemoryLog({ runtime }),
    streams: [
      { name: 'links', filter: 'net/', description: 'Links', replay: true },
      { name: 'live', filter: ['net/*', '!net/quiet'], replay: false },
    ],
    typePatterns: () => types,
    sessions: new Map([
      [7, { user: 'eye' }],
      [8, { user: 'nobody' }],
    ]),
    grants: { eye: { see: ['net/a/', 'ncs/'] } },
  })
})
afterEach(() => hub.close())

/** Publishes an event at a time, in seconds after the beginning. */
function publish(tag: string, seconds: number, data: unknown = {}): void {
  now = BEGIN + seconds * SECOND
  hub.bus.emit({ tag, data })
}

const open = (stream: string, more: Record<string, unknown> = {}, path = hub.path) =>
  StreamReader.open(path, stream, more)

describe('a stream', () => {
  it('has the events of its filter as they come, with their time and values', async () => {
    const reader = await open('links')
    publish('other', 1)
    publish('net/eth0', 2.5, {
      if: 'eth0',
      up: true,
      alias: null,
      mtu: 1500,
      vlans: [1, 2],
      peers: [{ ip: '10.0.0.1' }],
      'a b': {},
    })
    const { type, event_time, values } = await reader.read()
    expect({ type, event_time }).toEqual({ type: 1, event_time: '2026-01-31T00:00:02.500000Z' })
    const ns = 'urn:tocsin:event'
    const attributes = 'urn:tocsin:attributes'
    expect(values).toEqual([
      { ns, tag: 'tocsin.event', kind: 'begin' },
      { ns: attributes, tag: 'tag', kind: 'leaf', value: 'net/eth0' },
      { ns: attributes, tag: 'source', kind: 'leaf', value: 'hub/test' },
      { ns: attributes, tag: 'time', kind: 'leaf', value: '2026-01-31T00:00:02.500000Z' },
      { ns, tag: 'if', kind: 'leaf', value: 'eth0' },
      { ns, tag: 'up', kind: 'leaf', value: 'true' },
      { ns, tag: 'alias', kind: 'empty' },
      { ns, tag: 'mtu', kind: 'leaf', value: '1500' },
      { ns, tag: 'vlans', kind: 'list', value: '1' },
      { ns, tag: 'vlans', kind: 'list', value: '2' },
      { ns, tag: 'peers', kind: 'begin' },
      { ns, tag: 'ip', kind: 'leaf', value: '10.0.0.1' },
      { ns, tag: 'peers', kind: 'end' },
      { ns, tag: 'a_x0020_b', kind: 'begin' },
      { ns, tag: 'a_x0020_b', kind: 'end' },
      { ns, tag: 'tocsin.event', kind: 'end' },
    ])
    reader.close()
  })

  it('has each event as it is in the log, past or present', async () => {
    publish('any/1', 1)
    const reader = await open('NETCONF', { start: at(0) })
    const past = await reader.subscriber.event()
    await reader.until(REPLAYED)
    publish('any/2', 2)
    const present = await reader.subscriber.event()
    const stored: Uint8Array[] = []
    for await (const { bytes } of hub.bus.log.read(1, {})) stored.push(Buffer.from(bytes))
    const frames = [past, present].map(({ bytes, at, end }) => bytes.subarray(at, end))
    expect(Buffer.concat(frames)).toEqual(Buffer.concat(stored))
    reader.close()
  })

  it('names its events by the types of the welcome, and by the new ones after they have changed', async () => {
    types = [['net.link', 'net/*']]
    const reader = await open('links', { start: at(-1) })
    expect(await reader.until(REPLAYED)).toEqual([REPLAYED])
    const nextElement = async () => {
      publish('net/a', 1)
      return (await reader.read()).values![0].tag
    }
    expect(await nextElement()).toBe('net.link')
    types = [['net.cable', 'net/*']]
    expect(await nextElement()).toBe('net.cable')
    reader.close()
  })

  it('names its events by their types also if these are too many for a welcome', async () => {
    const many = Array.from({ length: 4000 }, (_, n) => [`some.type${n}`, `some/tag/${n}`] as const)
    types = [...many, ['net.link', 'net/*']]
    const subscriber = new Subscriber(hub.path, C.NOTIF_STREAM_EVENT)
    const ncs = { mask: C.NOTIF_STREAM_EVENT, stream: 'links' }
    expect((await subscriber.peer.hello({ features: ['ncs'], ncs })).ncs).not.toHaveProperty('types')
    publish('net/a', 1)
    expect(await subscriber.read()).toMatchObject({ stream: { values: { 0: { tag: 'net.link' } } } })
    subscriber.peer.close()
  })

  it('of notifications is told apart from the notifications that the mask asks for', async () => {
    const subscriber = await Subscriber.open(hub.path, C.NOTIF_STREAM_EVENT | C.NOTIF_AUDIT, {
      stream: 'NETCONF',
    })
    const audit = { logno: 0, user: 'x', msg: '', usid: 0 }
    hub.bus.emit({ tag: 'ncs/audit/x', kind: C.NOTIF_AUDIT, data: audit })
    hub.bus.emit({ tag: 'ncs/daemon', kind: C.NOTIF_DAEMON, data: { prio: 6, logno: 0, msg: 'hello' } })
    const found = [await subscriber.read(), await subscriber.read(), await subscriber.read()]
    const tags = found.map((each) => (each.type === C.NOTIF_STREAM_EVENT ? tagOf(each.stream) : each.type))
    expect(tags.sort()).toEqual([C.NOTIF_AUDIT, 'ncs/audit/x', 'ncs/daemon'])
    subscriber.peer.close()
  })

  it('comes beside other notifications, which go on after its end', async () => {
    publish('net/old', 1)
    const mask = C.NOTIF_STREAM_EVENT | C.NOTIF_AUDIT
    const more = { stream: 'links', start: at(0), stop: at(1) }
    now = BEGIN + 5 * SECOND
    const subscriber = await Subscriber.open(hub.path, mask, more)
    for (const type of [1, REPLAYED, COMPLETE])
      expect(await subscriber.read()).toMatchObject({ stream: { type } })
    publish('net/late', 6)
    hub.bus.emit({ tag: 'ncs/audit/x', kind: C.NOTIF_AUDIT, data: { logno: 0, user: 'x', msg: '', usid: 0 } })
    expect(await subscriber.read()).toMatchObject({ audit: { user: 'x' } })
    subscriber.peer.close()
  })
})

describe('replay', () => {
  it('begins with the first event after the start time, and goes on live', async () => {
    for (const n of [1, 2, 3]) publish(`net/${n}`, n)
    const reader = await open('links', { start: at(1) })
    expect(await reader.until(REPLAYED)).toEqual(['net/2', 'net/3', REPLAYED])
    publish('net/4', 4)
    expect(await reader.tag()).toBe('net/4')
    reader.close()
  })

  it('may begin before the log does', async () => {
    publish('net/1', 1)
    const reader = await open('links', { start: '1999-12-31T23:59:59+01:00' })
    expect(await reader.until(REPLAYED)).toEqual(['net/1', REPLAYED])
    reader.close()
  })

  it('of more than fits into the socket has every event as it was, from before the welcome on', async () => {
    const fill = 'x'.repeat(500)
    const tags = Array.from({ length: 3000 }, (_, nth) => `net/a/${nth}`)
    for (const tag of tags) publish(tag, 1, { fill })
    const reader = await open('links', { start: at(0) })
    expect(await reader.until(REPLAYED)).toEqual([...tags, REPLAYED])
    reader.close()
  })

  it('leaves out all events of the start time, and has all of the stop time', async () => {
    for (const n of [1, 1, 2, 2, 3, 3]) publish(`net/${n}`, n)
    publish('net/4', 4)
    const reader = await open('links', { start: at(1), stop: at(3) })
    const [two, three] = ['net/2', 'net/3']
    expect(await reader.until(COMPLETE)).toEqual([two, two, three, three, REPLAYED, COMPLETE])
    reader.close()
  })

  it('ends at once if nothing is between start and stop', async () => {
    publish('net/1', 1)
    publish('net/9', 9)
    const reader = await open('links', { start: at(2), stop: at(3) })
    expect(await reader.until(COMPLETE)).toEqual([REPLAYED, COMPLETE])
    reader.close()
  })

  it('ends at a stop time in the future, with what came until then', async () => {
    publish('net/1', 1)
    const reader = await open('links', { start: at(0), stop: at(1.05) })
    expect(await reader.until(REPLAYED)).toEqual(['net/1', REPLAYED])
    publish('net/2', 1.05)
    publish('net/3', 1.06)
    expect(await reader.until(COMPLETE)).toEqual(['net/2', COMPLETE])
    publish('net/4', 2)
    reader.subscriber.peer.send('goodbye', { code: 'END', message: '' })
    expect(await reader.subscriber.peer.next()).toBeUndefined()
  })

  it('fails with a reason on a stream that has none, which ends it', async () => {
    const reader = await open('live', { start: at(-1) })
    const failed = { type: C.STREAM_REPLAY_FAILED, replay_error: 'the stream live has no replay' }
    expect(await reader.read()).toEqual({ ...failed, error: failed.replay_error })
    reader.close()
    const live = await open('live')
    publish('net/quiet', 1)
    publish('net/loud', 2)
    expect(await live.tag()).toBe('net/loud')
    live.close()
  })
})

describe('a subscriber', () => {
  it('gets only what its principal may see', async () => {
    const reader = await open('NETCONF', { start: at(-1) }, await hub.listenFor('eye'))
    publish('net/b/1', 1)
    publish('net/a/1', 2)
    expect(await reader.until(REPLAYED)).toEqual([REPLAYED])
    expect(await reader.tag()).toBe('net/a/1')
    reader.close()
  })

  it('that names a session gets only what the user of that session may see too', async () => {
    publish('net/b/0', 0.1)
    publish('net/a/0', 0.2)
    const reader = await open('links', { usid: 7, start: at(0) })
    expect(await reader.until(REPLAYED)).toEqual(['net/a/0', REPLAYED])
    publish('net/b/1', 1)
    publish('net/a/1', 2)
    expect(await reader.tag()).toBe('net/a/1')
    reader.close()
  })

  it.each([
    ['an unknown stream', { stream: 'other' }, 'TCN_NCS_STREAM'],
    ['a session that there is not', { usid: 6 }, 'TCN_NCS_SESSION'],
    ['a session whose user is gone', { usid: 8 }, 'TCN_NCS_SESSION'],
    ['a start in the future', { start: at(1) }, 'TCN_NCS_STREAM_TIME'],
    ['a stop without a start', { stop: at(1) }, 'TCN_NCS_STREAM_TIME'],
    ['a stop at the start', { start: at(-1), stop: at(-1) }, 'TCN_NCS_STREAM_TIME'],
    ['a time that is none', { start: '2026-02-30T00:00:00Z' }, 'TCN_NCS_STREAM_TIME'],
    ['a time without a zone', { start: '2026-01-30T00:00:00' }, 'TCN_NCS_STREAM_TIME'],
    ['an empty XPath', { xpath: ' ' }, 'TCN_NCS_XPATH'],
    ['no stream', { stream: undefined }, 'TCN_PROTOCOL_BODY'],
  ])('is refused before its welcome with %s', async (_, more, code) => {
    expect(await StreamReader.refusal(hub.path, { stream: 'links', ...more })).toBe(code)
  })
})

describe('events that the log dropped before a slow subscriber could get them', () => {
  it('are named in their place, and the stream goes on', async () => {
    await hub.close()
    hub = await startFixture({ runtime, log: openMemoryLog({ runtime, maxBytes: 2 ** 20 }) })
    const reader = await open('NETCONF')
    const { socket } = reader.subscriber.peer
    socket.pause()
    for (let n = 1; n <= 40; n++) {
      publish(`net/${n}`, n, { text: 'x'.repeat(600_000) })
      await new Promise(setImmediate)
    }
    socket.resume()
    const found: string[] = []
    let missing: readonly NcsTagValue[] = []
    while (found.at(-1) !== 'net/40') {
      const payload = await reader.read()
      found.push(tagOf(payload)!)
      if (found.at(-1) === 'ncs/stream_event/missing') missing = payload.values!
    }
    const [from, to, reason] = ['from', 'to', 'reason'].map(
      (name) => missing.find(({ tag }) => tag === name)?.value,
    )
    expect(missing[0]).toMatchObject({ tag: 'missing-events', kind: 'begin' })
    expect(reason).toBe('expired')
    // Together they are all, in order.
    const place = found.indexOf('ncs/stream_event/missing')
    const names = (first: number, last: number) =>
      Array.from({ length: last - first + 1 }, (_, n) => `net/${first + n}`)
    expect(found.slice(0, place)).toEqual(names(1, Number(from) - 1))
    expect(found.slice(place + 1)).toEqual(names(Number(to) + 1, 40))
    reader.close()
  })
})
