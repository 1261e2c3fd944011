import { z } from 'zod'
import type { Facets, FacetsParams } from '../contract/index.js'
import { type Call, type Method, method } from '../method.js'
import { type BusMethodContext, wantedParams, work } from '../query.js'
import { Count } from './count.js'
import { countRange } from './count-range.js'
import { questionOf, spanOf } from './question.js'
import { QuestionQueue } from './question-queue.js'

const MAX_VALUES = 1000
const SECOND = 1e6

export function facetMethods(context: BusMethodContext, queue = new QuestionQueue()): Method[] {
  return [
    method({
      name: 'events.facets',
      summary: 'Lists the values of a field in a period, the most frequent first.',
      right: 'see',
      params: z.object({
        ...wantedParams,
        field: z.string().max(1024),
        from: z.string().default('-1h'),
        to: z.string().default('now'),
        limit: z.number().int().min(1).max(MAX_VALUES).default(20),
      }),
      run: (call, params) =>
        queue.ask(call, `facets ${JSON.stringify(params)}`, (signal) =>
          facets(context, { ...call, signal }, params),
        ),
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
  const { from, to, dispatched: flushed } = await spanOf(context, call, asked)
  const count = new Count()
  const range = {
    from: await log.seek(from),
    to: Math.min((await log.seek(to)) - 1, flushed),
    at: () => count,
  }
  const { exact, coveredFrom } = await countRange(log, question, range, work(context, call))
  const values = count.top(asked.limit)
  return {
    field: question.by!.name,
    from,
    to,
    total: count.total,
    values,
    other: values.reduce((rest, { count }) => rest - count, count.total),
    exact: exact && !count.overflowed,
    // Rounded to a second: the exact time may be that of an event that the caller may not see.
    coveredFrom: coveredFrom === undefined ? undefined : Math.ceil(coveredFrom / SECOND) * SECOND,
  }
}
