import type { IncomingHttpHeaders } from 'node:http'
import { catalogue, type ErrorCode, TocsinError } from '../../../errors/tocsin-error.js'
import { isObject } from '../../../event/json/object.js'
import type { Runtime } from '../../../event/runtime.js'
import { isLongJson, type JsonEvents, readJson, readJsonEvents } from '../../../incremental/read-json.js'
import { readBody } from '../../web/body.js'
import type { HttpContext } from '../context.js'
import { checkUtf8 } from '../input.js'
import type { RouteCall } from '../route.js'
import { binaryEvent, hasJsonData } from './binary-mode.js'
import { traceOf } from './event-input.js'
import type { RepeatableRequest } from './idempotency.js'
import { cursors, type Outcome, type RefusedItem, refusedCount } from './outcome.js'
import { type AckLevel, Publication } from './publication.js'

/** The form in which the body carries the events. */
export type WholeForm = 'one' | 'batch' | 'plain' | 'binary'

/** Larger batches must be sent as NDJSON. */
const MAX_BATCH_EVENTS = 10_000
/** Checking and storing so much takes less than a millisecond. */
const SENT_BYTES = 128 * 1024

/** Publishes one event or a list, which is read as a whole before the first event is published. */
export async function publishWhole(
  context: HttpContext,
  call: RouteCall,
  form: WholeForm,
  ack: AckLevel,
  repeatable: RepeatableRequest | undefined,
): Promise<unknown> {
  const body = await readBody(call.request.raw, context, context.limits.body, call.held)
  repeatable?.add(body)
  const events = eventsIn(await readEvents(context, call, body, form), form)
  const outcome =
    repeatable?.isAnswered === true
      ? repeatable.answer()
      : await publish(context, call, { events, ack, repeatable, isShort: !isLongJson(body) })
  if (!events.isList) return answerSingle(outcome, context)
  const answer = answerList(outcome, context)
  if (outcome.accepted === 0 && answer.refused > 0) throw noneAccepted(outcome.refused[0], answer)
  void call.reply.code(answer.refused > 0 ? 207 : 200)
  return answer
}

async function publish(
  context: HttpContext,
  { principal, request, signal }: RouteCall,
  { events, ack, repeatable, isShort }: PublishOptions,
): Promise<Outcome> {
  const publication = new Publication(context, { principal, ack, repeatable, trace: traceOf(request.raw) })
  try {
    const values = events.values[Symbol.iterator]()
    let hasMore = true
    while (hasMore) {
      const steps = addSome(publication, values)
      hasMore = await context.longWork.settle(principal.name, steps, isShort, signal)
      await publication.send()
    }
    await publication.settle()
    const outcome = publication.outcome()
    await repeatable?.keep(outcome)
    return outcome
  } finally {
    publication.close()
  }
}

interface PublishOptions {
  events: JsonEvents
  ack: AckLevel
  repeatable: RepeatableRequest | undefined
  isShort: boolean
}

/** Adds events up to the size that is sent in one turn. Returns whether there may be more. */
function* addSome(publication: Publication, values: Iterator<unknown>): Generator<undefined, boolean> {
  while (publication.pendingBytes < SENT_BYTES) {
    const { done, value } = values.next()
    if (done === true) return false
    publication.add(value)
    yield
  }
  return true
}

function readEvents(
  { longWork, runtime }: HttpContext,
  { principal, request, signal }: RouteCall,
  body: Buffer,
  form: WholeForm,
): Promise<JsonEvents> {
  const steps =
    form === 'binary'
      ? readBinaryEvent(request.raw.headers, body, runtime)
      : readJsonEvents(checkUtf8(body), runtime, MAX_BATCH_EVENTS)
  return longWork.settle(principal.name, steps, !isLongJson(body), signal)
}

function* readBinaryEvent(
  headers: IncomingHttpHeaders,
  body: Buffer,
  runtime: Runtime,
): Generator<undefined, JsonEvents> {
  const data = body.length > 0 && hasJsonData(headers) ? yield* readJson(checkUtf8(body), runtime) : undefined
  return { isList: false, count: 1, values: [binaryEvent(headers, body, data)] }
}

/** Checks that the events are in the form that the media type requires. */
function eventsIn({ isList, count, values }: JsonEvents, form: WholeForm): JsonEvents {
  if (form === 'batch' && !isList) throw new TocsinError('TCN_HTTP_BODY', 'a batch is a list of events')
  if (form === 'one' && isList) throw new TocsinError('TCN_HTTP_BODY', 'one event is a map, not a list')
  if (isList && count > MAX_BATCH_EVENTS) {
    throw new TocsinError(
      'TCN_HTTP_BODY',
      `a list has at most ${MAX_BATCH_EVENTS} events; send more as NDJSON`,
    )
  }
  // The media type requires CloudEvents: without `specversion` one is an invalid CloudEvent, not a plain event.
  const mustBeCloudEvents = form === 'one' || form === 'batch'
  return { isList, count, values: mustBeCloudEvents ? cloudEvents(values) : values }
}

function* cloudEvents(values: Iterable<unknown>): Generator<unknown> {
  for (const value of values) yield cloudEvent(value)
}

function cloudEvent(value: unknown): unknown {
  return isObject(value) && !('specversion' in value) ? { specversion: undefined, ...value } : value
}

function answerSingle(outcome: Outcome, { bus }: HttpContext): object {
  const [refused] = outcome.refused
  if (refused !== undefined)
    throw new TocsinError(knownCode(refused), refused.detail, { details: refused.details })
  const [cursor] = cursors(outcome, bus.epoch)
  return { cursor, durable: outcome.durable }
}

interface ListAnswer {
  accepted: number
  refused: number
  durable: boolean
  items: readonly object[]
}

function answerList(outcome: Outcome, { bus }: HttpContext): ListAnswer {
  const items: object[] = cursors(outcome, bus.epoch).map((cursor) => ({ cursor }))
  for (const { number, code, detail, details } of outcome.refused)
    items[number - 1] = { code, detail, details }
  const refused = refusedCount(outcome)
  return { accepted: outcome.accepted, refused, durable: outcome.durable, items }
}

/** Many clients take every status from 200 to 299 for success. */
function noneAccepted(first: RefusedItem, { accepted, refused, items }: ListAnswer): TocsinError {
  const details = { accepted, refused, items }
  return new TocsinError(knownCode(first), `no event was accepted; the first: ${first.detail}`, { details })
}

/** The log of another version may refuse with a code that this one does not have. */
function knownCode({ code }: RefusedItem): ErrorCode {
  return code in catalogue ? code : 'TCN_INTERNAL'
}
