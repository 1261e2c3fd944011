import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { TocsinError } from '../../errors/tocsin-error.js'
import { own } from '../../event/json/object.js'
import { formatTime, parseTime } from '../../event/position.js'
import { type Random, readJson, readJsonFields, readJsonObjects } from '../../incremental/read-json.js'

const MAX_FIELDS = 1_000
const MAX_TYPE = 200

export type JsonObject = Readonly<Record<string, unknown>>

/** The content of a request. Long JSON is read in steps, and is msgpack unless objects are needed. */
export interface Payload {
  contentType: string | undefined
  /** The fields of a form, text, or bytes; undefined for JSON. */
  plain: unknown
  /** The text of the JSON. */
  json: Buffer | undefined
}

/** The way in which long JSON is read. */
export interface JsonReading {
  runtime: Random
  /** True if objects are needed, of which there may not be too many. */
  asObjects: boolean
}

/** Looks at a body by its media type. Throws TCN_HTTP_JSON and TCN_HTTP_BODY. */
export function payloadOf(headers: IncomingHttpHeaders, body: Buffer): Payload {
  const contentType = headers['content-type']?.slice(0, MAX_TYPE)
  const type = mediaType(contentType)
  const isText = isUtf8(body)
  if (isJson(type)) {
    if (!isText) throw new TocsinError('TCN_HTTP_JSON', 'the body is not valid UTF-8')
    return { contentType, plain: undefined, json: body }
  }
  return { contentType, plain: isText ? textOf(type, body) : Uint8Array.from(body), json: undefined }
}

/** A media type without its parameters. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0].trim().toLowerCase()
}

function textOf(type: string, body: Buffer): unknown {
  const text = body.toString('utf8')
  return type === 'application/x-www-form-urlencoded' ? formFields(text) : text
}

/** Reads all of the JSON, or returns what is no JSON as it is. */
export function* wholeOf(
  { plain, json }: Payload,
  { runtime, asObjects }: JsonReading,
): Generator<undefined, unknown> {
  if (json === undefined) return plain
  return yield* (asObjects ? readJsonObjects : readJson)(json, runtime)
}

/** Reads at least these fields of an object of JSON; undefined for what is none. */
export function* fieldsOf(
  { json }: Payload,
  keys: ReadonlySet<string>,
  { runtime }: JsonReading,
): Generator<undefined, JsonObject | undefined> {
  return json && (yield* readJsonFields(json, runtime, keys))
}

function isJson(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json')
}

function formFields(text: string): JsonObject {
  if (hasMoreFields(text)) throw new TocsinError('TCN_HTTP_BODY', `a form has at most ${MAX_FIELDS} fields`)
  return Object.fromEntries(new URLSearchParams(text))
}

function hasMoreFields(text: string): boolean {
  let at = -1
  for (let fields = 1; fields <= MAX_FIELDS; fields++) {
    at = text.indexOf('&', at + 1)
    if (at < 0) return false
  }
  return true
}

/** The value of a path of keys, if it is a text that says something. */
export function textAt(value: unknown, ...path: string[]): string | undefined {
  const found = valueAt(value, ...path)
  return typeof found === 'string' && found.trim() !== '' ? found : undefined
}

export function valueAt(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(own, value)
}

/** A time in the payload, as events have it. Go writes the year 1 for a time that there is not. */
export function timeAt(value: unknown, ...path: string[]): string | undefined {
  const text = textAt(value, ...path)
  const micros = text === undefined || text.startsWith('0001-') ? undefined : parseTime(text)
  return micros === undefined ? undefined : formatTime(micros)
}

/** Makes the error for a body that a preset does not know. */
export function unknownBody(what: string): TocsinError {
  return new TocsinError('TCN_HTTP_BODY', what)
}
