import { inspect } from 'node:util'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { connect } from '../../../src/client/index.js'
import { ReceivedBatch } from '../../../src/client/subscribe/received-batch.js'
import type { ReceivedEvent } from '../../../src/client/subscribe/received-event.js'
import { typeOfTag } from '../../../src/client/type-of-tag.js'
import { Event } from '../../../src/event/event.js'
import { encodeFrame } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { startTestHub } from '../../../src/hub/testing.js'
import { defineType } from '../../../src/types/index.js'
import { concat } from '../../event/bytes.js'

const time = Date.parse('2026-11-21T08:00:00Z') * 1000

function frame(tag: string, data: unknown, attributes?: Record<string, unknown>): Uint8Array {
  return encodeFrame({
    tag,
    source: 'host/vm',
    seq: 7,
    time,
    body: encode(data),
    ...(attributes === undefined ? {} : { attributes: encode(attributes) }),
  })
}

function received(...frames: Uint8Array[]): ReceivedEvent[] {
  const bytes = concat(...frames)
  const door = defineType({ type: 'acme.door', tags: ['acme/door/*'] })
  return new ReceivedBatch(bytes, 0, bytes.length, frames.length, {
    epoch: 'k3j9k3j9k3j9k',
    typeOf: typeOfTag([door]),
  }).events()
}

describe('a received event', () => {
  it('is shown by console.log and JSON.stringify without the bytes around it', () => {
    const [, event] = received(
      frame('a', 'secret of a neighbour'),
      frame('b/c', { n: 1, raw: new Uint8Array([1]) }),
    )
    expect(JSON.parse(JSON.stringify(event))).toEqual({
      cursor: 'k3j9k3j9k3j9k-7',
      type: 'tocsin.event',
      seq: 7,
      time: '2026-11-21T08:00:00.000000Z',
      tag: 'b/c',
      source: 'host/vm',
      data: { n: 1, raw: 'AQ==' },
    })
    expect(inspect(event)).toMatch(/^Event \{.*tag: 'b\/c'.*n: 1/s)
    for (const shown of [JSON.stringify(event), inspect(event), inspect({ event })])
      expect(shown).not.toContain('neighbour')
  })

  it('knows its cursor, also once it is detached', () => {
    const [event] = received(frame('a', 1))
    expect([event.cursor, event.detach().cursor]).toEqual(['k3j9k3j9k3j9k-7', 'k3j9k3j9k3j9k-7'])
  })

  it('has the type of its attribute, of its tag, or of a definition of the program', () => {
    const events = received(
      frame('a', 1, { type: 'com.example.order' }),
      frame('host/vm/system/load', {}),
      frame('acme/door/1', {}),
      frame('a', 1),
    )
    expect(events.map((event) => event.type)).toEqual([
      'com.example.order',
      'host.load',
      'acme.door',
      'tocsin.event',
    ])
  })

  it('narrows its data to the type that it is tested for', () => {
    const [event] = received(frame('host/vm/system/load', { load1: 0.5 }))
    expect(event.is('salt.job.ret')).toBe(false)
    if (!event.is('host.load')) throw new Error('not recognised')
    expectTypeOf(event.data.load1).toEqualTypeOf<number>()
    expect(event.data.load1).toBe(0.5)
  })

  it('happened at the time it carries, or else when it entered the log', () => {
    const [own, other] = received(frame('a', 1, { time: '2026-11-20T00:00:00Z' }), frame('a', 1))
    expect([own.date, other.date]).toEqual([new Date('2026-11-20T00:00:00Z'), new Date(time / 1000)])
  })
})

it('an event without a connection is shown as well', () => {
  expect(JSON.stringify(new Event(frame('a', [1])))).toBe(
    '{"seq":7,"time":"2026-11-21T08:00:00.000000Z","tag":"a","source":"host/vm","data":[1]}',
  )
})

it('a filter may be given as the text of JSON', async () => {
  await using hub = await startTestHub()
  await using client = await connect({ address: hub.address })
  await client.publishBatch([1, 2, 3].map((x) => ({ tag: 'a', data: { x } })))
  const found = []
  for await (const event of client.read('{"exact":{"data.x":2}}').events()) found.push(event.data)
  expect(found).toEqual([{ x: 2 }])
  const broken = client.read('{"exact":')[Symbol.asyncIterator]()
  expect((await broken.next()).value).toMatchObject({ status: 'end', code: 'TCN_FILTER_SYNTAX' })
})

it('requests are typed by the name of the method', async () => {
  await using hub = await startTestHub()
  await using client = await connect({ address: hub.address })
  const status = await client.request('hub.status')
  expectTypeOf(status.version).toEqualTypeOf<string>()
  expectTypeOf(await client.request('events.histogram', { buckets: 2 })).toHaveProperty('counts')
  expect(status.subscribers).toBe(0)
})
