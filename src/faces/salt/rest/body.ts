import { isUtf8 } from 'node:buffer'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { parseStrictJson } from '../../../event/json/strict.js'
import type { Runtime } from '../../../event/runtime.js'
import { LONG_JSON_BYTES, readLongObjects, readLongValue } from '../../../incremental/long-json.js'
import type { LongWork } from '../../../incremental/long-work.js'
import type { HalfReceived } from '../../shared/budget.js'
import { heldUntilAnswered, mediaType, type Receiving, readBody } from '../../web/body.js'
import { formFields, longFormFields } from './form.js'
import { MAX_YAML_BYTES, MAX_YAML_BYTES_OF_STRANGERS, yamlData } from './yaml-body.js'

export interface RequestData {
  /** The body before decoding: text in UTF-8. */
  raw: Buffer
  /** JSON that is long may be msgpack already (`Encoded`). */
  data: unknown
}

export interface BodyContext extends Receiving {
  runtime: Runtime
  budgets: HalfReceived
  longWork: LongWork
}

export interface BodyOptions {
  /** Largest body, bytes. */
  limit: number
  /** Who sends it; absent before the login. */
  principal?: string
  /** True if long JSON is needed as objects. */
  asObjects?: boolean
}

/**
 * Reads and decodes a body: JSON, YAML, a form, or plain text that may be JSON. A long one is decoded in steps. Rejects
 * with TCN_HTTP_MEDIA_TYPE, TCN_HTTP_JSON, TCN_HTTP_BODY, TCN_HTTP_TOO_LARGE, TCN_HTTP_TOO_MANY.
 */
export async function readData(
  context: BodyContext,
  request: FastifyRequest,
  reply: FastifyReply,
  options: BodyOptions,
): Promise<RequestData> {
  const type = mediaType(request.raw)
  const raw = await readBytes(context, request, reply, limitOf(type, options))
  if (raw.length === 0) return { raw, data: null }
  const decoder = decoders.get(type)
  if (decoder === undefined) throw new TocsinError('TCN_HTTP_MEDIA_TYPE', 'Content type not supported')
  if (!isUtf8(raw)) throw new TocsinError('TCN_HTTP_BODY', 'the body is not valid UTF-8')
  return { raw, data: await decode(decoder, raw, context, options) }
}

function limitOf(type: string, { limit, principal }: BodyOptions): number {
  if (decoders.get(type) !== yaml) return limit
  return Math.min(limit, principal === undefined ? MAX_YAML_BYTES_OF_STRANGERS : MAX_YAML_BYTES)
}

/** Reads a body without decoding it. Rejects with TCN_HTTP_TOO_LARGE and TCN_HTTP_TOO_MANY. */
export function readBytes(
  context: BodyContext,
  { raw }: FastifyRequest,
  reply: FastifyReply,
  limit: number,
): Promise<Buffer> {
  return readBody(raw, context, limit, heldUntilAnswered(reply.raw, context.budgets))
}

/** Decodes a kind of body: at once, or in steps if it is long or this turn of the event loop has no time left. */
interface Decoder {
  short(text: string): unknown
  long(bytes: Buffer, secret: Uint8Array, asObjects: boolean): Iterator<unknown, unknown>
}

async function decode(
  { short, long }: Decoder,
  bytes: Buffer,
  { longWork, runtime }: BodyContext,
  { principal = '', asObjects = false }: BodyOptions,
): Promise<unknown> {
  if (bytes.length <= LONG_JSON_BYTES && longWork.hasTime) return short(bytes.toString('utf8'))
  return longWork.run(principal, long(bytes, runtime.random(8), asObjects))
}

const form: Decoder = { short: formFields, long: longFormFields }

const json: Decoder = {
  short(text) {
    try {
      return parseStrictJson(text)
    } catch (error) {
      throw invalidJson(error)
    }
  },
  *long(bytes, secret, asObjects) {
    try {
      return yield* (asObjects ? readLongObjects : readLongValue)(bytes, secret)
    } catch (error) {
      throw invalidJson(error)
    }
  },
}

/** Text that is no JSON remains text. */
const text: Decoder = {
  short(text) {
    try {
      return parseStrictJson(text)
    } catch {
      return text
    }
  },
  *long(bytes, secret) {
    try {
      return yield* readLongValue(bytes, secret)
    } catch {
      return bytes.toString('utf8')
    }
  },
}

const yaml: Decoder = {
  short: yamlData,
  // It takes so long that a turn of the event loop has time for no more than one.
  *long(bytes) {
    yield
    return yamlData(bytes.toString('utf8'))
  },
}

const decoders: ReadonlyMap<string, Decoder> = new Map([
  ['', form],
  ['application/x-www-form-urlencoded', form],
  ['application/json', json],
  ['application/x-yaml', yaml],
  ['text/yaml', yaml],
  ['text/plain', text],
])

function invalidJson(cause: unknown): unknown {
  if (!TocsinError.is(cause, 'TCN_HTTP_JSON')) return cause
  return new TocsinError('TCN_HTTP_JSON', `Invalid JSON document: ${cause.message}`, { cause })
}
