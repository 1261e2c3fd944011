import type { IncomingMessage } from 'node:http'
import { TocsinError } from '../../event/errors.js'
import { parseStrictJson } from '../strict-json.js'
import type { HttpContext } from './context.js'
import { receive } from './receive.js'
import type { RouteBody } from './route.js'
import { utf8Text } from './text.js'

/** Reads a body as a whole, within the limits of size and time, as JSON that fits the schema. */
export async function readJson(
  request: IncomingMessage,
  body: RouteBody,
  context: HttpContext,
): Promise<unknown> {
  const bytes = await readBody(request, context)
  if (bytes.length > 0) checkMediaType(request, Object.keys(body.types))
  const value = bytes.length === 0 ? undefined : parseStrictJson(utf8Text(bytes))
  const checked = body.schema?.safeParse(value)
  if (checked === undefined) return value
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  const path = issue.path.map(String).join('.')
  throw new TocsinError('TCN_HTTP_BODY', path === '' ? issue.message : `${path}: ${issue.message}`, {
    details: { path },
  })
}

/** Throws TCN_HTTP_TOO_LARGE and TCN_HTTP_TIMEOUT. */
export async function readBody(
  request: IncomingMessage,
  context: HttpContext,
  limit = context.limits.body,
): Promise<Buffer> {
  const tooLarge = () => new TocsinError('TCN_HTTP_TOO_LARGE', undefined, { details: { limit } })
  checkEncoding(request)
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of receive(request, context, { within: 'all' })) {
    bytes += chunk.length
    if (bytes > limit) throw tooLarge()
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes)
}

export function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase()
}

/** Compressed bodies could be a thousand times larger than they look. */
export function checkEncoding({ headers }: IncomingMessage): void {
  const encoding = headers['content-encoding']
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return
  throw new TocsinError('TCN_HTTP_MEDIA_TYPE', 'compressed bodies are not taken', {
    details: { encoding: encoding.slice(0, 80) },
  })
}

export function unknownMediaType(given: string, types: readonly string[]): TocsinError {
  return new TocsinError('TCN_HTTP_MEDIA_TYPE', `this path takes ${types.join(', ')}`, {
    details: { given: given.slice(0, 80), types },
  })
}

function checkMediaType(request: IncomingMessage, types: readonly string[]): void {
  const given = mediaType(request)
  if (!types.includes(given)) throw unknownMediaType(given, types)
}
