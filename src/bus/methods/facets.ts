import { z } from 'zod'
import { Count } from '../counts/count.js'
import { countRange } from '../counts/count-range.js'
import type { Facets, FacetsParams } from '../method-types.js'
import { type Call, type Method, method } from '../methods.js'
import { type BusMethodContext, work } from './context.js'
import { questionOf, spanOf } from './counting.js'
import { wantedParams } from './wanted.js'

const MOST_VALUES = 1000
const SECOND = 1e6

export function facetMethods(context: BusMethodContext): Method[] {
  return [
    method({
      name: 'events.facets',
      summary: 'Which values a field has in the events of a time, the most frequent first.',
      right: 'see',
      params: z.object({
        ...wantedParams,
        field: z.string().max(1024),
        from: z.string().default('-1h'),
        to: z.string().default('now'),
        limit: z.number().int().min(1).max(MOST_VALUES).default(20),
      }),
      run: (call, params) => facets(context, call, params),
    }),
  ]
}

async function facets(
  context: BusMethodContext,
  call: Call,
  asked: FacetsParams & { from: string; to: string; limit: number },
): Promise<Facets> {
  const { log } = context.bus
  const question = questionOf(context, call, asked, asked.field)
  const { from, to, flushed } = await spanOf(context, call, asked)
  const count = new Count()
  const range = {
    from: await log.seek(from),
    to: Math.min((await log.seek(to)) - 1, flushed),
    at: () => count,
  }
  const { exact, coveredFrom } = await countRange(log, question, range, work(context, call.signal))
  const values = count.top(asked.limit)
  return {
    field: question.by!.name,
    from,
    to,
    total: count.total,
    values,
    other: values.reduce((rest, { count }) => rest - count, count.total),
    exact: exact && !count.overflowed,
    // A whole second: the time of an event may be that of one that is not for the caller.
    coveredFrom: coveredFrom === undefined ? undefined : Math.ceil(coveredFrom / SECOND) * SECOND,
  }
}
