import type { IncomingMessage } from 'node:http'
import { TocsinError } from '../../event/errors.js'
import type { HttpContext } from './context.js'
import type { RouteBody } from './route.js'

/** Reads a body as a whole, within the limits of size and time, as JSON that fits the schema. */
export async function readJson(
  request: IncomingMessage,
  body: RouteBody,
  context: HttpContext,
): Promise<unknown> {
  const bytes = await readBody(request, context)
  if (bytes.length > 0) checkMediaType(request, Object.keys(body.types))
  const value = bytes.length === 0 ? undefined : parseJson(bytes)
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
  { limits, runtime }: HttpContext,
  limit = limits.body,
): Promise<Buffer> {
  const tooLarge = () => new TocsinError('TCN_HTTP_TOO_LARGE', undefined, { details: { limit } })
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge()
  let late = false
  const cancel = runtime.after(limits.requestTimeout, () => {
    late = true
    request.destroy()
  })
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length
      if (bytes > limit) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    if (TocsinError.is(error)) throw error
    throw new TocsinError(late ? 'TCN_HTTP_TIMEOUT' : 'TCN_CLIENT_ABORTED')
  } finally {
    cancel()
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes)
}

export function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase()
}

function checkMediaType(request: IncomingMessage, types: readonly string[]): void {
  const given = mediaType(request)
  if (types.includes(given)) return
  throw new TocsinError('TCN_HTTP_MEDIA_TYPE', `this path takes ${types.join(', ')}`, {
    details: { given: given.slice(0, 80), types },
  })
}

export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new TocsinError('TCN_HTTP_JSON', (error as Error).message, { cause: error })
  }
}
