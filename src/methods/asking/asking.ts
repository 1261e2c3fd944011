import { z } from 'zod'
import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { formatEdgePosition, parseEdgePosition } from '../../event/edge-position.js'
import { formatTime, microsOf, parsePosition } from '../../event/position.js'
import type { AskedEdges, EventPage, Facets, Histogram } from '../contract/index.js'
import type { Call, Method } from '../method.js'
import { type Wanted, wantedParams } from '../query.js'
import * as results from '../results/events.js'
import { edgeParams, edgesIn } from './edge-params.js'
import { MergedEvents, type MergedRange } from './merged-events.js'
import type { OpenQuestions } from './open-questions.js'
import { type AskingContext, EdgeQuestion, filtersFor } from './question.js'
import { sumOfFacets, sumOfHistograms, sumOfTags } from './sums.js'

/** Values that each hub is asked for, of which the most frequent of all are shown. */
const MOST_VALUES = 1_000
const MOST_TAGS = 1_000
const PAGE_BYTES = 1024 * 1024

/** The parameters that matter for joining answers; those of the methods have been checked before. */
const askedParams = z.looseObject({
  ...wantedParams,
  ...edgeParams,
  from: z.string().optional(),
  to: z.string().optional(),
  before: z.string().optional(),
  time: z.string().optional(),
  more: z.string().optional(),
  limit: z.number().optional(),
  bytes: z.number().optional(),
  top: z.number().optional(),
})
type Params = z.output<typeof askedParams>

interface AskedOfEdges {
  readonly context: AskingContext
  readonly call: Call
  readonly question: EdgeQuestion
  readonly params: Params
  readonly timeout: number
}

type JoinAnswers = (asking: AskedOfEdges) => Promise<object>

/** Make one answer of those of several hubs, by method. */
const answers: Readonly<Record<string, JoinAnswers>> = {
  'events.read': readPage,
  'events.histogram': countByTime,
  'events.facets': listValues,
  'tags.complete': completeTags,
}

/** Lets the methods that edge hubs answer be asked of them, with the parameter `edges`. */
export function askableMethods(
  context: AskingContext,
  open: OpenQuestions,
  methods: readonly Method[],
): Method[] {
  return methods.map((own) => {
    const answer = answers[own.name]
    return answer === undefined ? own : askable(context, open, own, answer)
  })
}

function askable(context: AskingContext, open: OpenQuestions, own: Method, answer: JoinAnswers): Method {
  return {
    ...own,
    run(call, given) {
      const { edges, timeout, ...params } = askedParams.parse(given)
      const asked = edgesIn({ edges, timeout })
      if (asked === undefined) return own.run(call, params)
      return open.one(call.principal, async () => {
        const question = new EdgeQuestion(context, call, own, asked)
        return audited(question, params, async () => ({
          ...(await answer({ context, call, question, params, timeout: asked.timeout })),
          asked: question.report(),
        }))
      })
    },
  }
}

export async function audited<Result>(
  question: EdgeQuestion,
  wanted: Wanted,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await work()
    question.audit(wanted)
    return result
  } catch (thrown) {
    const error = toTocsinError(thrown, 'TCN_METHOD_FAILED')
    // Readers that follow leave when they have seen enough.
    question.audit(wanted, error.code === 'TCN_CLIENT_ABORTED' ? undefined : error)
    throw thrown
  }
}

async function readPage({ context, call, question, params, timeout }: AskedOfEdges): Promise<EventPage> {
  const { limit = 100, bytes = PAGE_BYTES, time, more } = params
  if (time === 'event' || more !== undefined)
    throw new TocsinError('TCN_METHOD_PARAMS', 'edge hubs are read by the time at which events were stored')
  const range = mergedRange(context, params)
  const wanted = { filters: filtersFor(context, call, params) }
  const merged = new MergedEvents(context, call, question, wanted, range, timeout)
  const { frames, count, next, newest, gaps } = await merged.page(limit, bytes)
  const cursor = newest ?? (range.after ? formatEdgePosition(range.after) : range.from)
  return { frames, count, next, cursor, gaps }
}

/** Positions are resolved here, so that clocks of edge hubs do not matter, nor when they answer. */
export function mergedRange(context: AskingContext, params: Params): MergedRange {
  const { from = 'start', to, before } = params
  const after = parseEdgePosition(before ?? from)
  const resolve = (text: string) => resolvedTime(context, text)
  return {
    from: after !== undefined && before === undefined ? 'start' : resolve(from),
    to: to === undefined ? undefined : resolve(to),
    before: before === undefined || after !== undefined ? before : resolve(before),
    after,
  }
}

function resolvedTime({ runtime }: AskingContext, text: string): string {
  const position = parsePosition(text)
  switch (position.at) {
    case 'start':
    case 'end':
      return text
    case 'now':
      return formatTime(runtime.now())
    case 'ago':
    case 'time':
    case 'local':
      return formatTime(microsOf(position, runtime.now()))
    default:
      throw new TocsinError(
        'TCN_RANGE_INVALID',
        `${text} is a place in one log; with edge hubs, give a time, start, or a position of an earlier answer`,
      )
  }
}

async function countByTime(asking: AskedOfEdges): Promise<Histogram> {
  const { top = 10 } = asking.params
  const span = await commonSpan(asking)
  const histograms = await asked(asking, 'events.histogram', { ...span, top: MOST_SERIES }, results.histogram)
  return sumOfHistograms(histograms, top)
}

const MOST_SERIES = 100

/** The spans of all hubs must be the same, so that their counts can be added. */
async function commonSpan(asking: AskedOfEdges): Promise<{ from: string; to: string }> {
  const { context, params } = asking
  const { from = '-1h', to = 'now' } = params
  const span = { from: resolvedTime(context, from), to: resolvedTime(context, to === 'end' ? 'now' : to) }
  if (span.from !== 'start') return span
  const all = await asked(
    asking,
    'events.histogram',
    { ...span, buckets: 1, by: undefined },
    results.histogram,
  )
  return { from: formatTime(Math.min(...all.map(({ from }) => from))), to: span.to }
}

async function listValues(asking: AskedOfEdges): Promise<Facets> {
  const { limit = 20 } = asking.params
  const span = await commonSpan(asking)
  const facets = await asked(asking, 'events.facets', { ...span, limit: MOST_VALUES }, results.facets)
  return sumOfFacets(facets, limit, MOST_VALUES)
}

async function completeTags(asking: AskedOfEdges): Promise<object> {
  const { context } = asking
  const { limit = 100, from, to } = asking.params
  const span = {
    ...(from !== undefined && { from: resolvedTime(context, from) }),
    ...(to !== undefined && { to: resolvedTime(context, to) }),
  }
  const tags = await asked(asking, 'tags.complete', { ...span, limit: MOST_TAGS }, results.tags)
  return sumOfTags(tags, limit)
}

/** The answers of all hubs that have answered. Rejects with TCN_EDGE_NONE if there are none. */
async function asked<Schema extends z.ZodType<{ asked?: AskedEdges | undefined }>>(
  { context, call, question, params }: AskedOfEdges,
  method: string,
  changed: Record<string, unknown>,
  schema: Schema,
): Promise<z.output<Schema>[]> {
  const { filters: _filters, where: _where, wait: _wait, more: _more, ...rest } = params
  const sent = { ...rest, ...changed, filters: filtersFor(context, call, params) }
  const given = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined))
  const open = question.asked.filter((hub) => !question.isMissing(hub))
  const found = await question.ask(
    open,
    method,
    () => given,
    (answer, hub) => {
      const read = schema.safeParse(answer)
      if (!read.success) throw new TocsinError('TCN_EDGE_ANSWER', read.error.issues[0]?.message)
      const { asked } = read.data
      if (asked !== undefined) question.takeBelow(hub.stream, asked)
      return read.data
    },
  )
  const answers = found.filter((answer) => answer !== undefined)
  if (answers.length === 0) throw question.nothingAnswered()
  return answers
}
