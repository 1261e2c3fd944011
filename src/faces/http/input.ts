import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { TocsinError } from '../../errors/tocsin-error.js'
import { isLongJson, readJsonObjects } from '../../incremental/read-json.js'
import { explainMissing } from '../shared/call-method.js'
import { mediaType, readBody } from '../web/body.js'
import type { HttpContext } from './context.js'
import type { RouteBody, RouteCall } from './route.js'

const MAX_REPEATS = 256

/** A query parameter that may be repeated. */
export function repeated(description: string) {
  return z
    .union([z.string().transform((one) => [one]), z.array(z.string()).max(MAX_REPEATS)])
    .describe(description)
}

/** A query parameter with a number of things, at least one. */
export function count(most = Number.MAX_SAFE_INTEGER) {
  return z.coerce.number().int().min(1).max(most)
}

/** Throws TCN_HTTP_QUERY, which names the first parameter that does not match the schema. */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, given: object): z.infer<Schema> {
  const checked = schema.safeParse(given, { error: explainMissing })
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  throw issue.code === 'unrecognized_keys'
    ? queryError(issue.keys[0], 'there is no such parameter')
    : queryError(issue.path.map(String).join('.'), issue.message)
}

export function queryError(name: string, what: string): TocsinError {
  const parameter = name.slice(0, 80)
  return new TocsinError('TCN_HTTP_QUERY', `${JSON.stringify(parameter)}: ${what}`, {
    details: { parameter },
  })
}

/** Reads a body as a whole, within the limits of size and time, as JSON that matches the schema. */
export async function readJson(
  request: IncomingMessage,
  body: RouteBody,
  context: HttpContext,
  { held, principal, signal }: Pick<RouteCall, 'held' | 'principal' | 'signal'>,
): Promise<unknown> {
  const bytes = await readBody(request, context, context.limits.body, held)
  if (bytes.length > 0) checkMediaType(request, Object.keys(body.types))
  const value = bytes.length === 0 ? undefined : await jsonValue(bytes, context, principal.name, signal)
  const checked = body.schema?.safeParse(value, { error: explainMissing })
  if (checked === undefined) return value
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  const path = issue.path.map(String).join('.')
  throw new TocsinError('TCN_HTTP_BODY', path === '' ? issue.message : `${path}: ${issue.message}`, {
    details: { path },
  })
}

function jsonValue(
  bytes: Buffer,
  { longWork, runtime }: HttpContext,
  principal: string,
  signal: AbortSignal,
): Promise<unknown> {
  const steps = readJsonObjects(checkUtf8(bytes), runtime)
  return longWork.settle(principal, steps, !isLongJson(bytes), signal)
}

export function unknownMediaType(given: string, types: readonly string[]): TocsinError {
  return new TocsinError('TCN_HTTP_MEDIA_TYPE', `this path accepts ${types.join(', ')}`, {
    details: { given: given.slice(0, 80), types },
  })
}

function checkMediaType(request: IncomingMessage, types: readonly string[]): void {
  const given = mediaType(request)
  if (!types.includes(given)) throw unknownMediaType(given, types)
}

/** Throws TCN_HTTP_JSON for bytes that are not valid UTF-8. */
export function checkUtf8(bytes: Buffer): Buffer {
  if (!isUtf8(bytes)) throw new TocsinError('TCN_HTTP_JSON', 'the body is not valid UTF-8')
  return bytes
}
