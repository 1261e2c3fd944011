import { z } from 'zod'
import { parseQuery } from '../query.js'
import { streamQuery } from '../stream-request.js'

/** What the address of a WebSocket may carry; all but the ticket is for `cloudevents.json`. */
const webSocketQuery = streamQuery.extend({
  /** `no`: the connection only publishes. */
  subscribe: z.enum(['yes', 'no']).optional(),
  ack: z.enum(['none', 'accepted']).optional(),
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
