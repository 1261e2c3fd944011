import { z } from 'zod'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { eventType, types as typeList } from '../../../methods/results/hub.js'
import type { EventType } from '../../../types/index.js'
import { sendDocument, WebDocument } from '../../web/document.js'
import type { HttpContext } from '../context.js'
import { type Route, route } from '../route.js'
import { answerResult } from './answer-result.js'

/** `GET /v1/types` and `/v1/types/<type>` */
export function typeRoutes(context: HttpContext): Route[] {
  const { types } = context
  return [
    route({
      method: 'GET',
      path: '/v1/types',
      summary: 'Lists the registered event types.',
      right: ['see', 'publish'],
      query: z.strictObject({
        schemas: z
          .enum(['true', 'false'])
          .default('true')
          .describe('`false` leaves out the schemas, which are long; the answer then has an etag.'),
      }),
      answers: {
        200: { description: 'The types, by name.', schema: typeList },
      },
      handle(call) {
        const list = types.list()
        if (call.query.schemas === 'true') return answerResult(context, call, { types: list.map(describe) })
        const text = JSON.stringify({ types: list.map(withoutSchema) })
        return sendDocument(call.request, call.reply, new WebDocument(text))
      },
    }),
    route({
      method: 'GET',
      path: '/v1/types/:type',
      summary: 'Returns one event type with its JSON Schema and summary.',
      right: ['see', 'publish'],
      answers: { 200: { description: 'The type.', schema: eventType } },
      handle: ({ params }) => {
        const known = types.get(params.type)
        if (known === undefined) throw new TocsinError('TCN_TYPE_UNKNOWN')
        return describe(known)
      },
    }),
  ]
}

function describe(known: EventType): object {
  // It is made when it is read.
  const { schema } = known
  return { ...withoutSchema(known), schema: schema && { $schema: DIALECT, ...schema } }
}

function withoutSchema({ type, tags, summary, display, correlation }: EventType): object {
  return { type, tags, summary, display, correlation }
}

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'
