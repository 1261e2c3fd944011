import { z } from 'zod'
import type { SubscribeRequest } from '../../bus/api.js'
import { withCondition } from '../../filter/index.js'

const LONGEST = 16 * 1024
const text = z.string().max(LONGEST)

/** What every address that streams takes. */
export const streamQuery = z.strictObject({
  filter: z.union([text, z.array(text)]).optional(),
  where: text.optional(),
  from: text.optional(),
  to: text.optional(),
  lag: z.enum(['catch-up', 'skip', 'disconnect']).optional(),
  ticket: text.optional(),
})
export type StreamQuery = z.infer<typeof streamQuery>

type Asked = Pick<SubscribeRequest, 'filters' | 'from' | 'to' | 'lag'>

export function subscribeRequest({ filter, where, from, to, lag }: StreamQuery): Asked {
  return { filters: where === undefined ? filter : withCondition(filter, where), from, to, lag }
}
