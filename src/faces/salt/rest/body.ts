import { isUtf8 } from 'node:buffer'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'
import type { LongWork } from '../../../incremental/long-work.js'
import { isLongJson, readJson, readJsonObjects } from '../../../incremental/read-json.js'
import type { HalfReceived } from '../../shared/budget.js'
import { heldUntilAnswered, mediaType, type Receiving, readBody } from '../../web/body.js'
import { formFields } from './form.js'
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
  const { principal = '', asObjects = false } = options
  const steps = decoder(raw, context.runtime, asObjects)
  return { raw, data: await context.longWork.settle(principal, steps, !isLongJson(raw)) }
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

/** Decodes a kind of body in steps. */
type Decoder = (bytes: Buffer, runtime: Runtime, asObjects: boolean) => Iterator<unknown, unknown>

function* json(bytes: Buffer, runtime: Runtime, asObjects: boolean): Generator<undefined, unknown> {
  try {
    return yield* (asObjects ? readJsonObjects : readJson)(bytes, runtime)
  } catch (error) {
    throw invalidJson(error)
  }
}

/** Text that is no JSON remains text. */
function* text(bytes: Buffer, runtime: Runtime): Generator<undefined, unknown> {
  try {
    return yield* readJson(bytes, runtime)
  } catch {
    return bytes.toString('utf8')
  }
}

function* yaml(bytes: Buffer): Generator<undefined, unknown> {
  // Long YAML takes so long that a turn of the event loop has time for no more than one.
  if (isLongJson(bytes)) yield
  return yamlData(bytes.toString('utf8'))
}

const decoders: ReadonlyMap<string, Decoder> = new Map([
  ['', formFields],
  ['application/x-www-form-urlencoded', formFields],
  ['application/json', json],
  ['application/x-yaml', yaml],
  ['text/yaml', yaml],
  ['text/plain', text],
])

function invalidJson(cause: unknown): unknown {
  if (!TocsinError.is(cause, 'TCN_HTTP_JSON')) return cause
  return new TocsinError('TCN_HTTP_JSON', `Invalid JSON document: ${cause.message}`, { cause })
}
