import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FilterInput } from '../../../../src/client/index.js'
import type { Event } from '../../../../src/event/index.js'
import { startTestHub } from '../../../../src/hub/testing.js'
import { joinBody } from '../../../../src/protocols/salt/codec/body.js'
import { encodeFrame } from '../../../../src/protocols/salt/codec/frame.js'
import { pack } from '../../../../src/protocols/salt/codec/values.js'
import { type SaltHub, startSaltHub, subscribed } from './fixture.js'
import { dial, RawSubscriber, write } from './raw-salt.js'

/** Events as only Salt's buses carry them reach the readers of every face whole. */

const LONG = `salt/job/${'x'.repeat(40_000)}`
const ODD = 'salt/odd/a\tb\nc\0d\u001b[31me\u007f'
const DEPTH = 500

function nested(depth: number): unknown {
  return Array.from({ length: depth }).reduce<unknown>((inner) => ({ a: inner }), 'core')
}

const sent: [tag: string, data: unknown][] = [
  [LONG, { n: 1 }],
  [ODD, { n: 2 }],
  ['salt/deep', { deep: nested(DEPTH), after: 'the rest' }],
  [`salt/${'segment/'.repeat(7_000)}`, { n: 4 }],
  [`salt/${'\u001b'.repeat(1_000)}/y`, { n: 5 }],
]

let salt: SaltHub
let onSalt: RawSubscriber
let token: string

beforeAll(async () => {
  salt = await startSaltHub({}, { listen: { http: '127.0.0.1:0' } }, true)
  onSalt = await RawSubscriber.open(salt.sockets.pub)
  await subscribed(salt, 1)
  await using admin = await salt.hub.connect()
  token = (await admin.request<{ token: string }>('tokens.add', { name: 'reader', rights: '*' })).token
  const publisher = await dial(salt.sockets.pull)
  for (const [tag, data] of sent) await write(publisher, encodeFrame(joinBody(tag, pack(data))))
  await onSalt.until(sent.length)
  publisher.destroy()
})

afterAll(async () => {
  onSalt.socket.destroy()
  await salt[Symbol.asyncDispose]()
})

const web = (path: string) => {
  const { address } = salt.hub.hub.listeners.find(({ face }) => face === 'http')!
  return fetch(address + path, { headers: { authorization: `Bearer ${token}` } })
}

async function stored(filter: FilterInput = 'salt/'): Promise<Event[]> {
  await using client = await salt.hub.connect()
  const events: Event[] = []
  for await (const item of client.read(filter)) if (item.status === undefined) events.push(item)
  return events
}

describe('an event that only Salt carries', () => {
  it('reaches the subscribers of the Salt bus', () => {
    expect(onSalt.events.map(({ tag, data }) => [tag, data])).toEqual(sent)
  })

  it('is read from the log by the client', async () => {
    expect((await stored()).map(({ tag, data }) => [tag, data])).toEqual(sent)
  })

  it('is found by filters on its tag, and on a field behind a deep one', async () => {
    const tags = async (filter: FilterInput) => (await stored(filter)).map(({ tag }) => tag)
    expect(await tags('salt/job/*x')).toEqual([LONG])
    expect(await tags('salt/job/?*')).toEqual([LONG])
    expect(await tags('*31[m]*')).toEqual([ODD])
    expect(await tags({ exact: { 'data.after': 'the rest' } })).toEqual(['salt/deep'])
  })

  it('is excluded by a filter however long its tag is', async () => {
    await using client = await salt.hub.connect()
    for (const not of [{ glob: { tag: '*xxx*' } }, { regex: { tag: 'x+$' } }]) {
      const tags: string[] = []
      for await (const item of client.read({ all: [{ prefix: { tag: 'salt/' } }, { not }] }))
        if (item.status === undefined) tags.push(item.tag)
      expect(tags).toEqual(sent.slice(1).map(([tag]) => tag))
    }
  })

  it('is read as CloudEvents over HTTP', async () => {
    const { events } = (await (await web('/v1/events?filter=salt/')).json()) as {
      events: { subject: string; data: unknown }[]
    }
    expect(events.map(({ subject, data }) => [subject, data])).toEqual(sent)
  })

  it('is one block of a stream of server-sent events', async () => {
    const text = await (await web('/v1/stream?filter=salt/&from=start&to=now')).text()
    const lines = text.split('\n').filter((line) => line.startsWith('data: {"specversion"'))
    expect(lines.map((line) => JSON.parse(line.slice('data: '.length)).subject)).toEqual(
      sent.map(([tag]) => tag),
    )
  })

  it('is counted by tag and completed', async () => {
    await using client = await salt.hub.connect()
    const facets = await client.request('events.facets', { field: 'tag', from: 'start' })
    expect((facets as { values: { value: string }[] }).values.map(({ value }) => value)).toContain(
      `salt/${'\u001b'.repeat(1_000)}`,
    )
    const histogram = await client.request('events.histogram', { by: 'tag', from: '-1h', filters: 'salt/' })
    expect((histogram as { total: number }).total).toBe(sent.length)
    const { tags } = (await client.request('tags.complete', { prefix: 'salt/job/' })) as {
      tags: { text: string }[]
    }
    expect(tags.map(({ text }) => text)).toEqual([LONG])
  })

  it('is taken by another hub when it is relayed with its source, and not as an own event', async () => {
    const other = await startTestHub()
    try {
      await using client = await other.connect()
      for (const { tag, source, body } of await stored()) await client.publishBatch([{ tag, source, body }])
      const copies: Event[] = []
      for await (const item of client.read('salt/')) if (item.status === undefined) copies.push(item)
      expect(copies.map(({ tag, data }) => [tag, data])).toEqual(sent)
      await expect(client.publish(LONG, {})).rejects.toMatchObject({ code: 'TCN_TAG_TOO_LONG' })
      await expect(client.publish('salt/deep', nested(65))).rejects.toMatchObject({ code: 'TCN_BODY_DEPTH' })
    } finally {
      await other.close()
    }
  })
})
