import type { Event } from '../../event/event.js'
import { ownTime } from '../../event/own-time.js'
import type { SeverityName } from '../../event/severity.js'
import { readTraceparent } from '../../event/trace-context.js'
import { isLong } from '../../incremental/long-text.js'
import { outlineOf } from '../../incremental/outline.js'
import { base64Pieces } from '../../incremental/piece-writer.js'
import { keyValueType, logRecordType } from '../../protocols/otlp/messages.js'
import { delimitedPieces, writeMessage } from '../../protocols/protobuf/write-message.js'
import { summaryOf } from '../../types/summary.js'
import { buffersOf, longParts, type Pieces } from '../event-json.js'
import type { EventView } from '../sink.js'
import { type AnyValue, anyValue, type KeyValue, keyValues } from './any-value.js'

/** A record of opentelemetry-proto, logs.proto, in its JSON form. */
export interface LogRecord {
  timeUnixNano: string
  observedTimeUnixNano: string
  severityNumber?: number
  severityText?: string
  eventName: string
  body: AnyValue
  attributes: KeyValue[]
  traceId?: string
  spanId?: string
}

/** Appendix B of the data model of OpenTelemetry's logs: the severities of syslog. */
const NUMBERS: Readonly<Record<SeverityName, number>> = {
  emerg: 21,
  alert: 19,
  crit: 18,
  err: 17,
  warning: 13,
  notice: 10,
  info: 9,
  debug: 5,
}
const MAX_TEXT = 1024
const DATA = 'tocsin.data'

/** Numbers of fields: in a record, in a pair of its attributes, and in the value of that. */
const [ATTRIBUTES, PAIR_VALUE, STRING_VALUE] = [6, 2, 1]

/** An event as a record of a log: the body says what happened, `tocsin.data` has the data. */
export function logRecordOf(event: Event, view: EventView): LogRecord {
  const { tag, source } = event
  const data = outlineOf(event)
  const type = view.typeOf(tag)
  return {
    timeUnixNano: nanoseconds(ownTime(event)),
    observedTimeUnixNano: nanoseconds(event.time),
    ...severityFields(view.severityOf(event)),
    eventName: type,
    body: { stringValue: summaryOf(data, MAX_TEXT, view.displayOf(type)) },
    attributes: [
      ...keyValues({
        'tocsin.tag': tag,
        'tocsin.source': source,
        'tocsin.cursor': event.cursorIn(view.epoch),
      }),
      ...(isLong(event) ? [] : [{ key: DATA, value: anyValue(data) }]),
    ],
    ...traceOf(event),
  }
}

/** The record as JSON. The data of a long event is a text there, its JSON. */
export function* logRecordJson(event: Event, view: EventView): Pieces {
  const { attributes, ...rest } = logRecordOf(event, view)
  const json = JSON.stringify({ ...rest, attributes })
  if (!isLong(event)) return yield json
  yield `${json.slice(0, -2)},{"key":"${DATA}","value":{"stringValue":"`
  for (const piece of eventDataPieces(event, view)) yield JSON.stringify(piece).slice(1, -1)
  yield '"}}]}'
}

/** The record in pieces of Protocol Buffers, which take further values of a list anywhere. */
export function* logRecordBytes(event: Event, view: EventView): Generator<undefined, Uint8Array[]> {
  const record = writeMessage({ ...logRecordOf(event, view) }, logRecordType)
  if (!isLong(event)) return [record]
  const text = delimitedPieces(STRING_VALUE, yield* buffersOf(eventDataPieces(event, view)))
  const pair = [writeMessage({ key: DATA }, keyValueType), ...delimitedPieces(PAIR_VALUE, text)]
  return [record, ...delimitedPieces(ATTRIBUTES, pair)]
}

/** JSON, or base64 of what is no JSON. */
function* eventDataPieces(event: Event, view: EventView): Generator<string, void> {
  for (const piece of longParts(event, view).data) {
    if (typeof piece === 'string') yield piece
    else yield* base64Pieces(piece, 0, piece.length)
  }
}

/** `micros`: µs since the epoch. */
export function nanoseconds(micros: number): string {
  return `${Math.round(micros)}000`
}

function severityFields(
  severity: SeverityName | undefined,
): Pick<LogRecord, 'severityNumber' | 'severityText'> {
  return severity === undefined ? {} : { severityNumber: NUMBERS[severity], severityText: severity }
}

function traceOf({ attributes }: Event): Pick<LogRecord, 'traceId' | 'spanId'> {
  const trace = readTraceparent(attributes.traceparent)
  return trace === undefined ? {} : { traceId: trace.traceId, spanId: trace.spanId }
}
