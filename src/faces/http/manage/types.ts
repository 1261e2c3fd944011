import { TocsinError } from '../../../errors/tocsin-error.js'
import { eventType, types as typeList } from '../../../methods/results/hub.js'
import type { EventType } from '../../../types/index.js'
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
      answers: {
        200: { description: 'The types, by name.', schema: typeList },
      },
      handle: (call) => answerResult(context, call, { types: types.list().map(describe) }),
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

function describe({ type, tags, summary, display, schema, correlation }: EventType): object {
  return { type, tags, summary, display, correlation, schema: schema && { $schema: DIALECT, ...schema } }
}

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'
