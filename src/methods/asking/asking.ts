import { z } from 'zod'
import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { formatEdgePosition, parseEdgePosition } from '../../event/edge-position.js'
import { onlyGiven } from '../../event/json/only-given.js'
import { formatTime, microsOf, parsePosition } from '../../event/position.js'
import type { AskedEdges, EventPage, Facets, Histogram } from '../contract/index.js'
import { bucketsOf } from '../counts/histogram-count.js'
import type { Call, Method } from '../method.js'
import { type Wanted, wantedParams } from '../query.js'
import * as results from '../results/events.js'
import { edgeParams, edgesIn } from './edge-params.js'
import { MergedEvents, type MergedRange } from './merged-events.js'
import type { OpenQuestions } from './open-questions.js'
import { type AskingContext, EdgeQuestion, filtersFor } from './question.js'
import { type CountedSpan, FacetSum, HistogramSum, type Sum, TagSum } from './sums.js'

/** Values that each hub is asked for, of which the most frequent of all are shown. */
const MOST_VALUES = 1_000
const MOST_SERIES = 100
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
  buckets: z.number().optional(),
  field: z.string().optional(),
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
        const question = await EdgeQuestion.begin(context, call, { name: own.name, own }, asked)
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
  const asked = formatTime(context.runtime.now())
  const { frames, count, next, newest, gaps } = await merged.page(limit, bytes)
  const begin = range.after ? formatEdgePosition(range.after) : range.from
  const cursor = newest ?? (range.before === undefined ? begin : asked)
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

function resolvedTime(context: AskingContext, text: string): string {
  const { at } = parsePosition(text)
  return at === 'start' || at === 'end' ? text : formatTime(microsAt(context, text))
}

/** µs since the epoch. */
function microsAt({ runtime }: AskingContext, text: string): number {
  const position = parsePosition(text)
  switch (position.at) {
    case 'now':
      return runtime.now()
    case 'ago':
    case 'time':
    case 'local':
      return microsOf(position, runtime.now())
    default:
      throw new TocsinError(
        'TCN_RANGE_INVALID',
        `${text} is a place in one log; with edge hubs, give a time, start, or a position of an earlier answer`,
      )
  }
}

async function countByTime(asking: AskedOfEdges): Promise<Histogram> {
  const { top = 10, buckets = 60 } = asking.params
  const span = await commonSpan(asking)
  const spans = bucketsOf(span.from, span.to, buckets)
  const sum = new HistogramSum({ ...span, ...spans }, top, MOST_SERIES)
  const asked = { ...textsOf(span), buckets, top: MOST_SERIES }
  return joinedAnswers(asking, 'events.histogram', asked, results.histogram, sum)
}

/** The spans of all hubs must be the same, so that their counts can be added. */
async function commonSpan(asking: AskedOfEdges): Promise<Pick<CountedSpan, 'from' | 'to'>> {
  const { context, params } = asking
  const { from = '-1h', to = 'now' } = params
  const end = microsAt(context, to === 'end' ? 'now' : to)
  if (parsePosition(from).at !== 'start') return { from: Math.min(microsAt(context, from), end), to: end }
  const earliest = new Earliest(end)
  const asked = { from: 'start', to: formatTime(end), buckets: 1, by: undefined }
  return {
    from: await joinedAnswers(asking, 'events.histogram', asked, results.histogram, earliest),
    to: end,
  }
}

function textsOf({ from, to }: Pick<CountedSpan, 'from' | 'to'>): { from: string; to: string } {
  return { from: formatTime(from), to: formatTime(to) }
}

/** The time of the first event of all hubs. */
class Earliest implements Sum<Histogram, number> {
  #first: number

  constructor(end: number) {
    this.#first = end
  }

  add({ from }: Histogram): void {
    if (from < 0 || !Number.isSafeInteger(from))
      throw new TocsinError('TCN_EDGE_ANSWER', 'a time is not valid')
    this.#first = Math.min(this.#first, from)
  }

  total(): number {
    return this.#first
  }
}

async function listValues(asking: AskedOfEdges): Promise<Facets> {
  const { limit = 20, field } = asking.params
  const span = await commonSpan(asking)
  const sum = new FacetSum({ field: String(field), ...span }, limit, MOST_VALUES)
  const asked = { ...textsOf(span), limit: MOST_VALUES }
  return joinedAnswers(asking, 'events.facets', asked, results.facets, sum)
}

async function completeTags(asking: AskedOfEdges): Promise<object> {
  const { context } = asking
  const { limit = 100, from, to } = asking.params
  const asked = {
    ...(from !== undefined && { from: resolvedTime(context, from) }),
    ...(to !== undefined && { to: resolvedTime(context, to) }),
    limit: MOST_TAGS,
  }
  return joinedAnswers(asking, 'tags.complete', asked, results.tags, new TagSum(limit))
}

/** Asks all hubs, and adds their answers. Rejects with TCN_EDGE_NONE if there are none. */
async function joinedAnswers<Answer extends { asked?: AskedEdges | undefined }, Total>(
  { context, call, question, params }: AskedOfEdges,
  method: string,
  changed: Record<string, unknown>,
  schema: z.ZodType<Answer>,
  sum: Sum<Answer, Total>,
): Promise<Total> {
  const { filters: _filters, where: _where, wait: _wait, more: _more, ...rest } = params
  const sent = onlyGiven({ ...rest, ...changed, filters: filtersFor(context, call, params) })
  const open = question.asked.filter((hub) => !question.isMissing(hub))
  const found = await question.ask(
    open,
    method,
    () => sent,
    (answer, hub) => {
      const read = schema.safeParse(answer)
      if (!read.success) throw new TocsinError('TCN_EDGE_ANSWER', read.error.issues[0]?.message)
      sum.add(read.data)
      question.takeBelow(hub, read.data.asked)
      return true
    },
  )
  if (!found.includes(true)) throw question.nothingAnswered()
  return sum.total()
}
