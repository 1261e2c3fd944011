import { isUtf8 } from 'node:buffer'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { parse } from 'yaml'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { HalfReceived } from '../../shared/budget.js'
import { heldUntilAnswered, mediaType, type Receiving, readBody } from '../../web/body.js'

export interface RequestData {
  /** The body as text, before decoding. */
  raw: string
  data: unknown
}

export interface BodyContext extends Receiving {
  budgets: HalfReceived
}

/** YAML takes much longer to parse than JSON of the same size. */
const MAX_YAML_BYTES = 64 * 1024
const MAX_ALIASES = 100

/**
 * Reads and decodes a body: JSON, YAML, a form, or plain text that may be JSON. Rejects with TCN_HTTP_MEDIA_TYPE,
 * TCN_HTTP_JSON, TCN_HTTP_BODY, TCN_HTTP_TOO_LARGE, TCN_HTTP_TOO_MANY.
 */
export async function readData(
  context: BodyContext,
  request: FastifyRequest,
  reply: FastifyReply,
  limit: number,
): Promise<RequestData> {
  const type = mediaType(request.raw)
  const isYaml = type === 'application/x-yaml' || type === 'text/yaml'
  const bytes = await readBytes(context, request, reply, isYaml ? Math.min(limit, MAX_YAML_BYTES) : limit)
  if (bytes.length === 0) return { raw: '', data: null }
  const decode = decoders[type]
  if (decode === undefined) throw new TocsinError('TCN_HTTP_MEDIA_TYPE', 'Content type not supported')
  if (!isUtf8(bytes)) throw new TocsinError('TCN_HTTP_BODY', 'the body is not valid UTF-8')
  const text = bytes.toString('utf8')
  return { raw: text, data: decode(text) }
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

const decoders: Record<string, (text: string) => unknown> = {
  '': formData,
  'application/x-www-form-urlencoded': formData,
  'application/json': jsonData,
  'application/x-yaml': yamlData,
  'text/yaml': yamlData,
  'text/plain': textData,
}

function formData(text: string): Record<string, unknown> {
  const data: Record<string, unknown> = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) {
    const before = data[name]
    if (before === undefined) data[name] = value
    else if (Array.isArray(before)) before.push(value)
    else data[name] = [before, value]
  }
  return data
}

function jsonData(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new TocsinError('TCN_HTTP_JSON', 'Invalid JSON document', { cause: error })
  }
}

/** Parses YAML 1.1, the version that Python reads. */
function yamlData(text: string): unknown {
  try {
    return parse(text, { version: '1.1', maxAliasCount: MAX_ALIASES, logLevel: 'silent' })
  } catch (error) {
    throw new TocsinError('TCN_HTTP_BODY', 'Invalid YAML document', { cause: error })
  }
}

function textData(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
