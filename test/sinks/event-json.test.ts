import { expect, it } from 'vitest'
import { toCloudEvent } from '../../src/event/cloudevents.js'
import { Event } from '../../src/event/event.js'
import { encode, encodeFrame } from '../../src/event/index.js'
import { finished } from '../../src/incremental/steps.js'
import { beginningOf, buffersOf, eventJson, lengthOf, longParts } from '../../src/sinks/event-json.js'
import { logRecordJson } from '../../src/sinks/otlp/log-record.js'
import type { EventView } from '../../src/sinks/sink.js'
import { cloudEventMessage } from '../../src/sinks/webhook/cloudevent-message.js'

const view: EventView = {
  epoch: 'e',
  hostname: 'h',
  version: '1',
  typeOf: () => 'type',
  severityOf: () => undefined,
  displayOf: () => undefined,
}
const eventOf = (data: unknown) =>
  new Event(encodeFrame({ tag: 'a/b', source: 's', seq: 1, time: 1, body: encode(data) }))
const values = { text: 'ä"\u0001'.repeat(50_000), list: Array.from({ length: 20_000 }, (_, nth) => nth) }
const cases: Record<string, unknown> = {
  short: { a: 1 },
  'of many values': values,
  'of bytes': new Uint8Array(300_000).fill(7),
  'of too many values for JSON': new Array(140_000).fill(null),
}
const text = (buffers: readonly Buffer[]) => Buffer.concat(buffers).toString()

for (const [what, data] of Object.entries(cases)) {
  it(`an event ${what} is the same in pieces as at once`, () => {
    const event = eventOf(data)
    const buffers = finished(buffersOf(eventJson(event, view)))
    expect(JSON.parse(text(buffers))).toEqual(JSON.parse(JSON.stringify(toCloudEvent(event, view))))
    expect(lengthOf(buffers)).toBe(Buffer.concat(buffers).length)
  })
}

it('the data of a long event is a body of its own in the binary mode', () => {
  const { headers, body } = finished(cloudEventMessage([eventOf(values)], 'binary', view))
  expect(headers).toMatchObject({ 'ce-id': 'e-1', 'Content-Type': 'application/json' })
  expect(JSON.parse(text(body))).toEqual(values)
  const bytes = finished(cloudEventMessage([eventOf(new Uint8Array(300_000).fill(7))], 'binary', view))
  expect(bytes.headers['Content-Type']).toBe('application/octet-stream')
  expect(Buffer.concat(bytes.body)).toEqual(Buffer.alloc(300_000, 7))
})

it('a record of OTLP has the JSON of a long event as a text', () => {
  const record = JSON.parse(text(finished(buffersOf(logRecordJson(eventOf(values), view)))))
  const { value } = record.attributes.at(-1)
  expect(JSON.parse(value.stringValue)).toEqual(values)
})

it('of a long event only the beginning is made if no more is wanted', () => {
  const { data } = longParts(eventOf(values), view)
  const begun = finished(beginningOf(data, 1000))
  expect(JSON.stringify(values).startsWith(begun)).toBe(true)
  expect(begun.length).toBeLessThan(100_000)
})
