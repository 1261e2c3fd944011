import type { IncomingMessage } from 'node:http'
import {
  type Attributes,
  type FrameWriter,
  fromCloudEvent,
  TocsinError,
  type WriteOptions,
} from '../../../event/index.js'
import { isObject } from '../../../event/json/object.js'
import { Encoded } from '../../../event/msgpack/values.js'
import { readTraceparent } from '../../../event/trace-context.js'
import type { TypeOf } from '../../../filter/index.js'
import type { PlainLine } from './plain-line.js'

export interface EventRules {
  typeOf: TypeOf
  /** Trace attributes for events that have none of their own. */
  trace: Attributes | undefined
}

/**
 * Writes an event in JSON as a frame: a CloudEvent if it has a `specversion`, otherwise the plain form `{ tag, data }`
 * with optional `source`, `kind` and `attributes`. Throws the reason if `value` is not a valid event; its counter is then
 * skipped.
 */
export function writeEvent(writer: FrameWriter, value: unknown, rules: EventRules): void {
  try {
    if (isCloudEvent(value)) writeCloudEvent(writer, value, rules)
    else writePlain(writer, value, rules)
  } catch (error) {
    writer.skip()
    throw error
  }
}

/**
 * Writes a usual line `{"tag":…,"data":…}` that ends before `limit`, without creating objects. Returns the offset of the
 * end of the line, or -1 if the line must be passed to `writeEvent` instead.
 */
export function writeLine(
  writer: FrameWriter,
  line: PlainLine,
  json: Uint8Array,
  start: number,
  limit: number,
): number {
  if (!line.begin(json, start, limit)) return -1
  try {
    return writer.writeFrom(line) === 0 ? -1 : line.end
  } catch {
    return -1
  }
}

function writeCloudEvent(writer: FrameWriter, value: object, { typeOf, trace }: EventRules): void {
  const { tag, source, kind, attributes, body, walked } = fromCloudEvent(value, { typeOf })
  writer.writeEncoded(tag, body, { source, kind, attributes: traced(attributes, trace), walked })
}

function writePlain(writer: FrameWriter, value: unknown, { trace }: EventRules): void {
  if (!isObject(value)) throw invalid('it is not a map')
  const event = value as PlainEvent
  for (const name in event) if (!KEYS.has(name)) throw invalid(unknownKey(name))
  const { tag, data, source, kind, attributes } = event
  if (typeof tag !== 'string') throw invalid('`tag` is missing, or not text')
  if (source === undefined && kind === undefined && attributes === undefined && trace === undefined) {
    writeData(writer, tag, data)
    return
  }
  if (source !== undefined && typeof source !== 'string') throw invalid('`source` is not text')
  if (kind !== undefined && !isKind(kind)) throw invalid('`kind` is not a number of 32 bits')
  if (attributes !== undefined && !isObject(attributes)) throw invalid('`attributes` is not a map')
  writeData(writer, tag, data, { source, kind, attributes: traced(attributes as Attributes, trace) })
}

function writeData(writer: FrameWriter, tag: string, data: unknown, options?: WriteOptions): void {
  if (!(data instanceof Encoded)) writer.write(tag, data, options)
  else writer.writeEncoded(tag, data.bytes, { ...options, walked: data })
}

function traced(attributes: Attributes | undefined, trace: Attributes | undefined): Attributes | undefined {
  if (trace === undefined || attributes?.traceparent !== undefined) return attributes
  return { ...attributes, ...trace }
}

interface PlainEvent {
  tag?: unknown
  data?: unknown
  source?: unknown
  kind?: unknown
  attributes?: unknown
}

const KEYS = new Set(['tag', 'data', 'source', 'kind', 'attributes'])

function isCloudEvent(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'specversion' in value
}

function unknownKey(name: string): string {
  const known = [...KEYS].join(', ')
  return `${JSON.stringify(name.slice(0, 80))} is no key of an event; there are ${known}, or those of CloudEvents`
}

function isKind(value: unknown): value is number {
  return typeof value === 'number' && value === value >>> 0
}

function invalid(reason: string): TocsinError {
  return new TocsinError('TCN_HTTP_BODY', `not an event: ${reason}`)
}

/**
 * Returns the W3C Trace Context headers as the attributes that CloudEvents defines for them. Invalid headers count as
 * absent, as the specification requires.
 */
export function traceOf({ headers }: IncomingMessage): Attributes | undefined {
  const traceparent = readTraceparent(headers.traceparent)?.text
  if (traceparent === undefined) return undefined
  const { tracestate } = headers
  return isTraceState(tracestate) ? { traceparent, tracestate } : { traceparent }
}

function isTraceState(header: unknown): header is string {
  if (typeof header !== 'string' || header.length > MAX_TRACESTATE_LENGTH) return false
  const members = header.split(',').map((member) => member.trim())
  const given = members.filter((member) => member !== '')
  return (
    given.length > 0 && given.length <= MAX_TRACESTATE_MEMBERS && given.every((one) => TRACESTATE.test(one))
  )
}

const MAX_TRACESTATE_LENGTH = 512
const MAX_TRACESTATE_MEMBERS = 32
const TRACESTATE =
  /^[a-z0-9][a-z0-9_*/@-]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/
