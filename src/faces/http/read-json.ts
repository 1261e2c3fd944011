import type { IncomingMessage } from 'node:http'
import { TocsinError } from '../../event/errors.js'
import type { HeldBytes } from '../held-bytes.js'
import { missing } from '../missing.js'
import { parseStrictJson } from '../strict-json.js'
import { mediaType, readBody } from '../web/read-body.js'
import type { HttpContext } from './context.js'
import type { RouteBody } from './route.js'
import { utf8Text } from './text.js'

/** Reads a body as a whole, within the limits of size and time, as JSON that fits the schema. */
export async function readJson(
  request: IncomingMessage,
  body: RouteBody,
  context: HttpContext,
  held: HeldBytes,
): Promise<unknown> {
  const bytes = await readBody(request, context, context.limits.body, held)
  if (bytes.length > 0) checkMediaType(request, Object.keys(body.types))
  const value = bytes.length === 0 ? undefined : parseStrictJson(utf8Text(bytes))
  const checked = body.schema?.safeParse(value, { error: missing })
  if (checked === undefined) return value
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  const path = issue.path.map(String).join('.')
  throw new TocsinError('TCN_HTTP_BODY', path === '' ? issue.message : `${path}: ${issue.message}`, {
    details: { path },
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
