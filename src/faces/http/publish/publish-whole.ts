import type { IncomingMessage } from 'node:http'
import { catalogue, TocsinError } from '../../../errors/tocsin-error.js'
import { parseStrictJson } from '../../../event/json/strict.js'
import { readBody } from '../../web/body.js'
import type { HttpContext } from '../context.js'
import { utf8Text } from '../input.js'
import type { RouteCall } from '../route.js'
import { binaryEvent } from './binary-mode.js'
import { traceOf } from './event-input.js'
import type { RepeatableRequest } from './idempotency.js'
import { cursors, type Outcome, refusedCount } from './outcome.js'
import { type AckLevel, Publication } from './publication.js'

/** How the body carries the events. */
export type WholeForm = 'one' | 'batch' | 'plain' | 'binary'

/** Larger batches must be sent as NDJSON. */
const MAX_BATCH_EVENTS = 10_000

interface Events {
  values: unknown[]
  /** Whether the body is a single event rather than a list: its refusal is the answer. */
  single: boolean
}

/** Publishes one event or a list, which is read as a whole before the first event is published. */
export async function publishWhole(
  context: HttpContext,
  { principal, request, reply, held }: RouteCall,
  form: WholeForm,
  ack: AckLevel,
  repeatable: RepeatableRequest | undefined,
): Promise<unknown> {
  const body = await readBody(request.raw, context, context.limits.body, held)
  repeatable?.add(body)
  const { values, single } = eventsOf(request.raw, body, form)
  const outcome =
    repeatable?.isAnswered === true
      ? repeatable.answer()
      : await publish(context, { principal, values, ack, repeatable, request: request.raw })
  if (single) return answerSingle(outcome, context)
  void reply.code(refusedCount(outcome) > 0 ? 207 : 200)
  return answerList(outcome, context)
}

async function publish(
  context: HttpContext,
  { principal, values, ack, repeatable, request }: PublishOptions,
): Promise<Outcome> {
  const publication = new Publication(context, { principal, ack, repeatable, trace: traceOf(request) })
  try {
    for (const value of values) publication.add(value)
    await publication.send()
    await publication.settle()
    const outcome = publication.outcome()
    await repeatable?.keep(outcome)
    return outcome
  } finally {
    publication.close()
  }
}

interface PublishOptions {
  principal: RouteCall['principal']
  values: unknown[]
  ack: AckLevel
  repeatable: RepeatableRequest | undefined
  request: IncomingMessage
}

function eventsOf(request: IncomingMessage, body: Buffer, form: WholeForm): Events {
  if (form === 'binary') return { values: [binaryEvent(request.headers, body)], single: true }
  const value = parseStrictJson(utf8Text(body))
  const isList = Array.isArray(value)
  if (form === 'batch' && !isList) throw new TocsinError('TCN_HTTP_BODY', 'a batch is a list of events')
  if (form === 'one' && isList) throw new TocsinError('TCN_HTTP_BODY', 'one event is a map, not a list')
  if (!isList) {
    // The media type requires a CloudEvent: without `specversion` it is an invalid CloudEvent, not a plain event.
    return { values: [form === 'one' ? cloudEvent(value) : value], single: true }
  }
  if (value.length > MAX_BATCH_EVENTS) {
    throw new TocsinError(
      'TCN_HTTP_BODY',
      `a list has at most ${MAX_BATCH_EVENTS} events; send more as NDJSON`,
    )
  }
  return { values: form === 'batch' ? value.map(cloudEvent) : value, single: false }
}

function cloudEvent(value: unknown): unknown {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isMap && !('specversion' in value) ? { specversion: undefined, ...value } : value
}

function answerSingle(outcome: Outcome, { bus }: HttpContext): object {
  const [refused] = outcome.refused
  if (refused !== undefined) {
    const known = refused.code in catalogue ? refused.code : 'TCN_INTERNAL'
    throw new TocsinError(known, refused.detail, { details: refused.details })
  }
  const [cursor] = cursors(outcome, bus.epoch)
  return { cursor, durable: outcome.durable }
}

function answerList(outcome: Outcome, { bus }: HttpContext): object {
  const items: object[] = cursors(outcome, bus.epoch).map((cursor) => ({ cursor }))
  for (const { number, code, detail, details } of outcome.refused)
    items[number - 1] = { code, detail, details }
  const refused = refusedCount(outcome)
  return { accepted: outcome.accepted, refused, durable: outcome.durable, items }
}
