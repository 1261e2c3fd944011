// Runs on each supported Node.js: WebSockets.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Event, iterateFrames } from '../../../../src/event/index.js'
import { readRecord } from '../../../../src/faces/http/streams/websocket/json-records.js'
import { type HttpFixture, startHttpFixture } from '../../../faces/http/fixture.js'
import { openWebSocket } from '../../../faces/http/websocket-driver.js'
import { FakeRuntime } from '../../../helpers/fake-runtime.js'

let hub: HttpFixture
beforeEach(async () => {
  hub = await startHttpFixture()
})
afterEach(() => hub.close())

async function stored(): Promise<Event[]> {
  const events: Event[] = []
  for await (const batch of hub.bus.log.read(hub.bus.log.first, { to: hub.bus.log.last }))
    for (const event of iterateFrames(batch.bytes)) events.push(new Event(event.bytes, event.at))
  return events.filter(({ tag }) => !tag.startsWith('hub/'))
}

const many = Object.fromEntries(Array.from({ length: 30_000 }, (_, index) => [`key-${index}`, index]))
const cloudEvent = (data: unknown) => ({
  specversion: '1.0',
  id: 'a',
  source: 'admin',
  type: 'lab.made',
  data,
})

async function openRecords() {
  const messages = await openWebSocket(`${hub.url}/v1/ws`, 'tocsin.v1+json', {
    authorization: 'Bearer admin',
  })
  messages.socket.send(JSON.stringify({ op: 'hello', version: 1 }))
  const { op, source } = (await messages.json())!
  expect(op).toBe('welcome')
  return { messages, source, send: (record: object) => messages.socket.send(JSON.stringify(record)) }
}

describe('a long message over a WebSocket', () => {
  it('publishes what it says, before the messages behind it', async () => {
    const { messages, source, send } = await openRecords()
    send({ op: 'event', tag: 'lab/long', data: many, attributes: { a: 1 } })
    send({ op: 'event', tag: 'lab/short', data: 1 })
    send({ op: 'event', event: { ...cloudEvent(many), source } })
    for (let counter = 0; counter < 3; ) {
      const { op, ...body } = (await messages.json())!
      expect(op).toBe('accepted')
      counter = body.counter as number
    }
    const events = await stored()
    expect(events.map(({ tag }) => tag)).toEqual(['lab/long', 'lab/short', 'lab/made'])
    expect(events.map(({ data }) => data)).toEqual([many, 1, many])
    expect(events[0].attributes).toEqual({ a: 1 })
    messages.socket.terminate()
  })

  it('is neither walked again nor copied', async () => {
    const published: { depth: number | undefined; memory: ArrayBufferLike }[] = []
    const make = hub.bus.publisher.bind(hub.bus)
    vi.spyOn(hub.bus, 'publisher').mockImplementation((...options) => {
      const publisher = make(...options)
      const publish = publisher.publish.bind(publisher)
      publisher.publish = (bytes, start, end, walked, given) => {
        if (given) published.push({ depth: walked?.depth, memory: bytes.buffer })
        publish(bytes, start, end, walked, given)
      }
      return publisher
    })
    const data = [Array(1_200_000).fill(7)]
    const { messages, send, source } = await openRecords()
    send({ op: 'event', tag: 'lab/long', data })
    expect((await messages.json())!.op).toBe('accepted')
    const other = await openWebSocket(`${hub.url}/v1/ws?ack=accepted&subscribe=no`, 'cloudevents.json', {
      authorization: 'Bearer admin',
    })
    other.socket.send(JSON.stringify({ ...cloudEvent(data), source }))
    expect((await other.json())!.type).toBe('tocsin.accepted')
    expect(published.map(({ depth }) => depth)).toEqual([2, 2])
    const events = await stored()
    expect(events.map(({ bytes }) => bytes.buffer)).toEqual(published.map(({ memory }) => memory))
    expect(events.map(({ body }) => body.length)).toEqual([1_200_006, 1_200_006])
    messages.socket.terminate()
    other.socket.terminate()
  })

  it.each([
    [`{"op":"event","tag":"a","data":[${'1,'.repeat(20_000)}]}`, 'TCN_PROTOCOL_BODY'],
    [`[${'1,'.repeat(20_000)}1]`, 'TCN_PROTOCOL_BODY'],
    [`{"op":"event","tag":"a","data":"${'x'.repeat(20_000)}","data":1}`, 'TCN_PROTOCOL_BODY'],
    [`{"op":"event","tag":"a","data":${'['.repeat(20_000)}`, 'TCN_BODY_DEPTH'],
    [
      `{"op":"request","id":1,"method":"x","params":{"a":"${'x'.repeat(1024 * 1024)}"}}`,
      'TCN_PROTOCOL_LENGTH',
    ],
    [`{"op":"request","id":1,"method":"x","params":{"a":[${'1,'.repeat(40_000)}1]}}`, 'TCN_PROTOCOL_LENGTH'],
  ])('ends the connection if it is faulty: %.40s…', async (text, code) => {
    const { messages } = await openRecords()
    messages.socket.send(text)
    expect(await messages.json()).toMatchObject({ op: 'error', code })
  })

  it('is read in steps of 16 KB', () => {
    const text = Buffer.from(JSON.stringify({ op: 'event', event: cloudEvent(many) }))
    const reading = readRecord(text, new FakeRuntime())
    let steps = 0
    while (!reading.next().done) steps++
    expect(steps).toBeGreaterThanOrEqual(Math.floor(text.length / (16 * 1024)))
  })

  it('may be a CloudEvent', async () => {
    const messages = await openWebSocket(`${hub.url}/v1/ws?subscribe=no&ack=accepted`, 'cloudevents.json', {
      authorization: 'Bearer admin',
    })
    const { source } = hub.access.principal('admin')
    messages.socket.send(JSON.stringify({ ...cloudEvent(many), source }))
    expect(await messages.json()).toMatchObject({ type: 'tocsin.accepted' })
    expect((await stored()).map(({ data }) => data)).toEqual([many])
    messages.socket.terminate()
  })
})
