import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { TocsinError } from '../../errors/tocsin-error.js'
import { own } from '../../event/json/object.js'
import { parseStrictJson } from '../../event/json/strict.js'
import { formatTime, parseTime } from '../../event/position.js'

const MAX_FIELDS = 1_000
const MAX_TYPE = 200

export type JsonObject = Readonly<Record<string, unknown>>

/** The body of a request. */
export interface Payload {
  contentType: string | undefined
  /** What its JSON says, the fields of a form, text, or bytes. */
  value: unknown
  /** Length of the body in bytes. */
  length: number
}

/** Reads a body by its media type. Throws TCN_HTTP_JSON and TCN_HTTP_BODY. */
export function readPayload(headers: IncomingHttpHeaders, body: Buffer): Payload {
  const contentType = headers['content-type']?.slice(0, MAX_TYPE)
  const type = (contentType ?? '').split(';', 1)[0].trim().toLowerCase()
  return { contentType, value: contentOf(type, body), length: body.length }
}

function contentOf(type: string, body: Buffer): unknown {
  if (!isUtf8(body)) {
    if (isJson(type)) throw new TocsinError('TCN_HTTP_JSON', 'the body is not valid UTF-8')
    return Uint8Array.from(body)
  }
  const text = body.toString('utf8')
  if (isJson(type)) return parseStrictJson(text)
  return type === 'application/x-www-form-urlencoded' ? formFields(text) : text
}

function isJson(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json')
}

function formFields(text: string): JsonObject {
  if ((text.match(/&/g)?.length ?? 0) >= MAX_FIELDS)
    throw new TocsinError('TCN_HTTP_BODY', `a form has at most ${MAX_FIELDS} fields`)
  return Object.fromEntries(new URLSearchParams(text))
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

/** The fields that have a value. */
export function given<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>
}

/** Makes the error for a body that a preset does not know. */
export function unknownBody(what: string): TocsinError {
  return new TocsinError('TCN_HTTP_BODY', what)
}
