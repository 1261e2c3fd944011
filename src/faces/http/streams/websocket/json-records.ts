import type { Format } from '../../../../bus/sink.js'
import { TocsinError } from '../../../../errors/tocsin-error.js'
import { encodeAttributes } from '../../../../event/attributes.js'
import { fromCloudEvent } from '../../../../event/cloudevents.js'
import { Event, iterateFrames } from '../../../../event/event.js'
import { encodeFrame, type FrameParts } from '../../../../event/frame.js'
import type { NewFrame, WalkedBody } from '../../../../event/frame-walk.js'
import { jsonView } from '../../../../event/json/view.js'
import { encode } from '../../../../event/msgpack/encoder.js'
import { Encoded } from '../../../../event/msgpack/values.js'
import { isLongJson, type Random, readJsonMap, readJsonObjects } from '../../../../incremental/read-json.js'
import {
  type ControlName,
  type ControlRecord,
  MAX_REPLY_BYTES,
  MAX_REQUEST_BYTES,
} from '../../../../protocols/native/codec.js'
import type { RecordBodies } from '../../../../protocols/native/protocol.js'
import {
  anything,
  count,
  Mismatch,
  map,
  optional,
  shape,
  text,
} from '../../../../protocols/native/record-checks.js'
import { recordShapes } from '../../../../protocols/native/record-shapes.js'
import type { EventTexts } from '../../../web/event-text.js'
import { textFrames } from '../../../web/websocket/frame.js'
import { longMessage } from '../../../web/websocket/long-message.js'

/** Records of the native protocol as JSON: `op` is the name of the operation, and the keys of its map are beside it. */

export type JsonEvent = { name: 'event'; body: EventBody }
interface EventBody {
  counter?: number
  tag?: string
  data?: unknown
  source?: string
  kind?: number
  attributes?: Record<string, unknown>
  /** A CloudEvent, in place of all other fields. */
  event?: Record<string, unknown>
}

const eventShape = shape<EventBody>({
  counter: optional(count),
  tag: optional(text),
  data: optional(anything),
  source: optional(text),
  kind: optional(count),
  attributes: optional(map),
  event: optional(map),
})

/** Reads a record in steps, of which only those of an event may be many. Throws TCN_PROTOCOL_BODY or TCN_PROTOCOL_OP. */
export function* readRecord(
  message: Buffer,
  runtime: Random,
): Generator<undefined, ControlRecord | JsonEvent> {
  const record = yield* readObject(message, runtime, 'event')
  if (record.op === 'event' || !isLongJson(message)) return recordOf(record)
  if (message.length > MAX_REQUEST_BYTES)
    throw new TocsinError('TCN_PROTOCOL_LENGTH', `a record of ${message.length} bytes is too long`)
  try {
    return recordOf((yield* readJsonObjects(message, runtime)) as Record<string, unknown>)
  } catch (error) {
    throw notReadable(error)
  }
}

function recordOf({ op, ...body }: Record<string, unknown>): ControlRecord | JsonEvent {
  if (typeof op !== 'string') throw notValid('the record has no text `op`')
  try {
    if (op === 'event') return { name: op, body: eventShape(body, '') }
    if (!Object.hasOwn(recordShapes, op))
      throw new TocsinError('TCN_PROTOCOL_OP', `op ${name(op)} is not known`)
    return { name: op, body: recordShapes[op as ControlName](body, '') } as ControlRecord
  } catch (error) {
    if (error instanceof Mismatch) throw notValid(`${name(op)}: ${error.message}`)
    throw error
  }
}

/** Reads a map in steps. Throws TCN_PROTOCOL_BODY or TCN_BODY_DEPTH. */
export function* readObject(
  message: Buffer,
  runtime: Random,
  nested?: string,
): Generator<undefined, Record<string, unknown>> {
  let value: Record<string, unknown> | undefined
  try {
    value = yield* readJsonMap(message, runtime, nested)
  } catch (error) {
    throw notReadable(error)
  }
  if (value === undefined) throw notValid('not a JSON object')
  return value
}

function notReadable(error: unknown): unknown {
  if (TocsinError.is(error, 'TCN_HTTP_TOO_LARGE'))
    return new TocsinError('TCN_PROTOCOL_LENGTH', error.message, { details: error.details })
  const isJson = TocsinError.is(error, 'TCN_HTTP_JSON') || TocsinError.is(error, 'TCN_HTTP_BODY')
  return isJson ? notValid(`not JSON: ${error.message}`) : error
}

/** Throws TCN_PROTOCOL_LENGTH when the record is too long to be sent. */
export function recordText<N extends ControlName>(op: N, body: RecordBodies[N]): string {
  const record = JSON.stringify({ op, ...(jsonView(body) as object) })
  if (record.length <= MAX_REPLY_BYTES) return record
  throw new TocsinError('TCN_PROTOCOL_LENGTH', `${op} of ${record.length} characters is too long`)
}

/** Returns the frame of an event that was received as JSON. Throws the reason if it is not a valid event. */
export function frameOf(
  body: EventBody,
  counter: number,
  usualSource: string,
  typeOf: (tag: string) => string,
): NewFrame {
  if (body.event !== undefined) return cloudEventFrame(body.event, counter, typeOf)
  if (body.tag === undefined) throw notValid('event: tag is missing')
  if (/\p{Surrogate}/u.test(body.tag)) throw new TocsinError('TCN_TAG_UTF8')
  const { tag, source = usualSource, kind, data } = body
  const attributes = encodeAttributes(body.attributes as never)
  const encoded = data instanceof Encoded ? data : undefined
  return newFrame(
    { tag, source, kind, attributes, body: encoded?.bytes ?? encode(data ?? null), seq: counter },
    encoded,
  )
}

export function cloudEventFrame(
  event: Record<string, unknown>,
  counter: number,
  typeOf: (tag: string) => string,
): NewFrame {
  const { walked, ...parts } = fromCloudEvent(event, { typeOf })
  return newFrame({ ...parts, attributes: encodeAttributes(parts.attributes), seq: counter }, walked)
}

/** A body that was walked need not be walked again. */
function newFrame(parts: FrameParts, walked: WalkedBody | undefined): NewFrame {
  return { bytes: encodeFrame({ ...parts, room: walked?.room }), walked }
}

function name(op: string): string {
  return JSON.stringify(op.slice(0, 40))
}

function notValid(message: string): TocsinError {
  return new TocsinError('TCN_PROTOCOL_BODY', message)
}

/** Subprotocol `cloudevents.json`: each message is a CloudEvent. */
export function cloudEventsFormat(texts: EventTexts): Format {
  return framesOf('ws-cloudevents', texts, () => '', '')
}

/** Subprotocol `tocsin.v1+json`: each message is a record; the record of an event contains it as a CloudEvent. */
export function jsonRecordsFormat(texts: EventTexts): Format {
  const opening = (event: Event): string =>
    `{"op":"event","seq":${event.seq},"cursor":"${event.cursorIn(texts.epoch)}","event":`
  return framesOf('ws-json', texts, opening, '}')
}

/** The text of each event is a message, with something before and after it. */
function framesOf(
  name: string,
  texts: EventTexts,
  opening: (event: Event) => string,
  closing: string,
): Format {
  return {
    name,
    encode(frames) {
      const messages: string[] = []
      for (const event of iterateFrames(frames))
        messages.push(`${opening(event)}${texts.of(event)}${closing}`)
      return textFrames(messages)
    },
    long(frame) {
      const event = new Event(frame)
      const text = texts.long(event)
      return (
        text && {
          bytes: frame.length,
          steps: () => longMessage(opening(event), text, closing),
        }
      )
    },
  }
}
