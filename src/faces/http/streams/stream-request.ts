import { z } from 'zod'
import type { SubscribeRequest } from '../../../bus/api.js'
import { withCondition } from '../../../filter/index.js'
import { parseQuery } from '../input.js'
import { inZone, zoneParameter } from '../positions.js'

const MAX_PARAMETER_LENGTH = 16 * 1024
const text = z.string().max(MAX_PARAMETER_LENGTH)

/** The query parameters of every stream. */
export const streamQuery = z.strictObject({
  filter: z
    .union([text, z.array(text)])
    .optional()
    .describe('Tag or glob; several are alternatives. A leading `!` excludes matching events.'),
  where: text.optional().describe('CloudEvents SQL over the attributes and `data.…`.'),
  from: text.optional().describe('Position; default: only new events.'),
  to: text.optional().describe('Position at which the stream ends; default: never.'),
  ...zoneParameter,
  lag: z
    .enum(['catch-up', 'skip', 'disconnect'])
    .optional()
    .describe('The lag policy, for a reader that is too slow; default catch-up.'),
  ticket: text.optional(),
})
export type StreamQuery = z.infer<typeof streamQuery>

type StreamRequest = Pick<SubscribeRequest, 'filters' | 'from' | 'to' | 'lag'>

/** `now`: µs since the epoch. */
export function subscribeRequest(query: StreamQuery, now: number): StreamRequest {
  const { filter, where, from, to, lag } = inZone(query, now)
  return { filters: where === undefined ? filter : withCondition(filter, where), from, to, lag }
}

/** The query parameters of a WebSocket. All but the ticket are for `cloudevents.json`. */
export const webSocketQuery = streamQuery.extend({
  subscribe: z
    .enum(['yes', 'no'])
    .optional()
    .describe('With `cloudevents.json`: `no` for clients that only publish; default yes.'),
  ack: z
    .enum(['none', 'accepted'])
    .optional()
    .describe('With `cloudevents.json`: whether each published event is answered; default none.'),
})
export type WebSocketQuery = z.infer<typeof webSocketQuery>

/** Throws TCN_HTTP_QUERY. */
export function readQuery(query: URLSearchParams): WebSocketQuery {
  const given: Record<string, string | string[]> = Object.create(null)
  for (const name of query.keys()) {
    const values = query.getAll(name)
    given[name] = values.length === 1 ? values[0] : values
  }
  return parseQuery(webSocketQuery, { ...given })
}
