import { z } from 'zod'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { mediaType } from '../../web/body.js'
import type { HttpContext } from '../context.js'
import { unknownMediaType } from '../input.js'
import { batchAnswer, cloudEvent, plainEvent, publishedAnswer, publishedLine } from '../manage/schemas.js'
import { NDJSON } from '../read/answer-lines.js'
import { type Route, type RouteCall, route } from '../route.js'
import { RepeatedRequests, StoredAnswers } from './idempotency.js'
import type { AckLevel } from './publication.js'
import { publishLines } from './publish-lines.js'
import { publishWhole, type WholeForm } from './publish-whole.js'

const forms: ReadonlyMap<string, WholeForm | 'lines'> = new Map([
  ['application/cloudevents+json', 'one'],
  ['application/cloudevents-batch+json', 'batch'],
  ['application/json', 'plain'],
  [NDJSON, 'lines'],
])

/** `POST /v1/events` */
export function publishRoutes(context: HttpContext): Route[] {
  const repeats = new RepeatedRequests(new StoredAnswers(context.answers))
  return [
    route({
      method: 'POST',
      path: '/v1/events',
      summary: 'Publishes one event, a list of events, or an unbounded number of lines.',
      right: 'publish',
      query: z.strictObject({
        ack: z
          .enum(['accepted', 'durable'])
          .default('accepted')
          .describe('When to answer: when the event is stored in order, or when it is on disk.'),
      }),
      headers: {
        'idempotency-key':
          'Identifies the request: repeating it within 24 hours gives the same answer and publishes nothing twice.',
        traceparent: 'Added to events that have none of their own (W3C Trace Context).',
      },
      body: {
        read: 'stream',
        types: {
          'application/cloudevents+json': {
            schema: cloudEvent,
            description: 'A CloudEvent, structured mode.',
          },
          'application/cloudevents-batch+json': { schema: z.array(cloudEvent), description: 'Up to 10,000.' },
          'application/json': {
            schema: z.union([plainEvent, z.array(plainEvent)]),
            description: 'The plain form.',
          },
          [NDJSON]: {
            schema: plainEvent,
            description: 'One plain event or CloudEvent on each line; unbounded.',
          },
          '*/*': {
            schema: z.unknown(),
            description: 'With headers `ce-…`: the data of a CloudEvent in binary mode, of any media type.',
          },
        },
      },
      answers: {
        200: {
          description:
            'All events were accepted. For NDJSON: one line for each refused event, and a summary.',
          schema: z.union([publishedAnswer, batchAnswer]),
          line: publishedLine,
        },
        207: {
          description:
            'Some events of a list were refused. If all were, the status is that of the first, and `details` has the items.',
          schema: batchAnswer,
        },
      },
      handle: async (call) => publish(context, repeats, call, call.query.ack),
    }),
  ]
}

async function publish(
  context: HttpContext,
  repeats: RepeatedRequests,
  call: RouteCall,
  ack: AckLevel,
): Promise<unknown> {
  const { raw } = call.request
  const type = mediaType(raw)
  const form = hasEventHeaders(raw.headers) ? 'binary' : forms.get(type)
  if (form === undefined) throw unknownMediaType(type, [...forms.keys()])
  if (context.stopping()) throw new TocsinError('TCN_BUS_CLOSED')
  const repeatable = await repeats.begin(call.principal, raw)
  try {
    return form === 'lines'
      ? await publishLines(context, call, ack, repeatable)
      : await publishWhole(context, call, form, ack, repeatable)
  } finally {
    repeatable?.end()
  }
}

/**
 * Returns whether the request is in binary mode: an attribute is in a header, and the media type is not structured.
 */
function hasEventHeaders(headers: Record<string, unknown>): boolean {
  if (/^application\/cloudevents/i.test(String(headers['content-type'] ?? ''))) return false
  return Object.keys(headers).some((name) => name.startsWith('ce-'))
}
