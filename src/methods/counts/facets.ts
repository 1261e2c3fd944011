import { z } from 'zod'
import { TocsinError } from '../../errors/tocsin-error.js'
import { formatFilter } from '../../filter/index.js'
import type { Facets, FacetsParams, Wanted } from '../contract/index.js'
import { type Call, type Method, method } from '../method.js'
import { type BusMethodContext, parseWanted, wantedParams, work } from '../query.js'
import type { Question } from './chunk-counter.js'
import { Count } from './count.js'
import { countRange } from './count-range.js'
import { fieldReader } from './field-reader.js'
import { questionOf, spanOf } from './question.js'
import { QuestionQueue } from './question-queue.js'
import { tagBranches } from './tag-branches.js'

const MAX_VALUES = 1000
const MAX_PREFIX_LENGTH = 1024
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
        under: z.string().min(1).max(MAX_PREFIX_LENGTH).optional(),
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
  const question = questionAbout(context, call, asked)
  const { from, to, dispatched: flushed } = await spanOf(context, call, asked)
  const count = new Count()
  const range = {
    from: await log.seek(from),
    to: Math.min((await log.seek(to)) - 1, flushed),
    at: () => count,
  }
  const { exact, coveredFrom } = await countRange(log, question, range, work(context, call))
  const reader = question.by!
  const values = reader.top?.(count, asked.limit) ?? count.top(asked.limit)
  return {
    field: reader.name,
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

function questionAbout(context: BusMethodContext, call: Call, asked: FacetsParams): Question {
  const { under } = asked
  const reader = fieldReader(asked.field, context.typeOf)
  if (reader.list === 'prefixes') {
    const wanted = under === undefined ? asked : below(under, asked)
    return questionOf(context, call, wanted, tagBranches(reader.name, under))
  }
  if (under !== undefined)
    throw new TocsinError('TCN_METHOD_PARAMS', 'events.facets: params.under: is only for the field tag')
  return questionOf(context, call, asked, reader)
}

function below(prefix: string, wanted: Wanted): Wanted {
  return { filters: { all: [formatFilter(parseWanted(wanted)), { prefix: { tag: prefix } }] } }
}
