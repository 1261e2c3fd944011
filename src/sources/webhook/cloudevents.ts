import type { IncomingHttpHeaders } from 'node:http'
import { decodeBase64 } from '../../event/base64.js'
import { CONTEXT_ATTRIBUTES, DecodedData } from '../../event/cloudevents.js'
import { isObject } from '../../event/json/object.js'
import { tagSegment } from '../../event/tag.js'
import { readJsonEvents } from '../../incremental/read-json.js'
import { cloudEventHeaders } from '../../protocols/webhook/cloudevent-headers.js'
import type { WebhookCloudEvent } from '../../types/host/webhook.js'
import { given } from '../given.js'
import type { MadeEvent, MadeEvents } from './made-events.js'
import {
  type JsonReading,
  mediaType,
  type Payload,
  textAt,
  timeAt,
  unknownBody,
  valueAt,
  wholeOf,
} from './payload.js'

const STRUCTURED = 'application/cloudevents+json'
const BATCH = 'application/cloudevents-batch+json'
const MAX_EVENTS = 10_000

/** Makes an event of each CloudEvent of a request, whatever its mode (CloudEvents HTTP binding §3). */
export function* cloudEvents(
  headers: IncomingHttpHeaders,
  received: Payload,
  reading: JsonReading,
): Generator<undefined, MadeEvents> {
  const { json, contentType } = received
  const type = mediaType(contentType)
  if (json !== undefined && (type === STRUCTURED || type === BATCH)) {
    const values = yield* valuesIn(json, type === BATCH, received, reading)
    const events: MadeEvent[] = []
    for (const value of values) {
      events.push(eventOf(value))
      yield
    }
    return { events }
  }
  if (!isBinaryCloudEvent(headers)) throw unknownBody('the request is no CloudEvent of version 1.0')
  const data = yield* wholeOf(received, reading)
  const event = { ...cloudEventHeaders(headers), datacontenttype: contentType, data }
  return { events: [eventOf(event)] }
}

/** Returns whether the headers are those of a CloudEvent in binary mode. */
export function isBinaryCloudEvent(headers: IncomingHttpHeaders): boolean {
  return headers['ce-specversion'] !== undefined
}

function* valuesIn(
  json: Buffer,
  isBatch: boolean,
  received: Payload,
  reading: JsonReading,
): Generator<undefined, Iterable<unknown>> {
  const { isList, count, values } = reading.asObjects
    ? counted(yield* wholeOf(received, reading))
    : yield* readJsonEvents(json, reading.runtime, MAX_EVENTS)
  if (isList !== isBatch) throw unknownBody(isBatch ? 'the batch is no list' : 'the CloudEvent is no object')
  if (count > MAX_EVENTS) throw unknownBody(`the batch has more than ${MAX_EVENTS} CloudEvents`)
  return values
}

function counted(value: unknown): { isList: boolean; count: number; values: readonly unknown[] } {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return { isList: Array.isArray(value), count: values.length, values }
}

const FIELDS = new Set([...CONTEXT_ATTRIBUTES, 'data', 'data_base64'])

function eventOf(value: unknown): MadeEvent {
  if (!isObject(value) || value.specversion !== '1.0')
    throw unknownBody('the request is no CloudEvent of version 1.0')
  const type = needed(value, 'type')
  const time = timeAt(value, 'time')
  const extensions = Object.entries(value).filter(
    ([name, each]) => each != null && (!FIELDS.has(name) || (name === 'time' && time === undefined)),
  )
  const data: WebhookCloudEvent = {
    id: needed(value, 'id'),
    source: needed(value, 'source'),
    type,
    ...given({
      subject: textAt(value, 'subject'),
      time,
      dataschema: textAt(value, 'dataschema'),
      contentType: textAt(value, 'datacontenttype'),
      extensions: extensions.length > 0 ? Object.fromEntries(extensions) : undefined,
      payload: payloadIn(value),
    }),
  }
  return { path: `cloudevent/${tagSegment(type)}`, data }
}

function needed(value: unknown, name: string): string {
  const text = textAt(value, name)
  if (text === undefined) throw unknownBody(`a CloudEvent has no \`${name}\``)
  return text
}

function payloadIn(value: unknown): unknown {
  const base64 = valueAt(value, 'data_base64')
  if (base64 == null) return valueAt(value, 'data')
  if (base64 instanceof DecodedData) return base64.bytes
  const bytes = typeof base64 === 'string' ? decodeBase64(base64) : undefined
  if (bytes === undefined) throw unknownBody('`data_base64` of a CloudEvent is not base64')
  return bytes
}
