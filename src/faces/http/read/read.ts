import { z } from 'zod'
import { Event, iterateFrames, TocsinError, toCloudEvent, toTocsinError } from '../../../event/index.js'
import type { EventPage, ReadParams } from '../../../methods/contract/index.js'
import { negotiate } from '../../web/negotiate.js'
import type { HttpContext } from '../context.js'
import { count, repeated } from '../input.js'
import { ask } from '../manage/methods.js'
import { cloudEvent, eventPage, pageLine } from '../manage/schemas.js'
import { inZone, positionParameter, timeParameter, zoneParameter } from '../positions.js'
import { problemOf } from '../problem.js'
import { type Route, type RouteCall, route } from '../route.js'
import { AnswerLines, NDJSON } from './answer-lines.js'
import { answerInSteps, eventSteps, LONG_ANSWER_BYTES } from './long-answer.js'

const JSON_TYPE = 'application/json'
const CLOUD_EVENT = 'application/cloudevents+json'
const BATCH = 'application/cloudevents-batch+json'
const MAX_PAGE_EVENTS = 10_000
const MAX_GAPS_IN_HEADER = 20
/** Maximum number of events that are read at a time for NDJSON. */
const MAX_LINES_AT_A_TIME = 1000

const readQuery = z.strictObject({
  filter: repeated(
    'Tag or glob; several are alternatives. A leading `!` excludes matching events.',
  ).optional(),
  where: z.string().max(16_384).optional().describe('CloudEvents SQL over the attributes and `data.…`.'),
  from: positionParameter('Position; default: the start.'),
  to: positionParameter('Position; default: the end.'),
  before: positionParameter('Position; reads backwards, from the last event before it.'),
  ...zoneParameter,
  time: timeParameter,
  more: z
    .string()
    .max(64)
    .optional()
    .describe('With `time=event`: the `next` of the page before; all else is the same.'),
  limit: count().optional().describe('Number of events; default: 100 as JSON, all as NDJSON.'),
})
type ReadQuery = z.output<typeof readQuery>

/** `GET /v1/events` and `/v1/events/<cursor>` */
export function readRoutes(context: HttpContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/events',
      summary: 'Returns stored events, forwards, or backwards with `before`.',
      right: 'see',
      query: readQuery,
      answers: {
        200: {
          description: `A page. As \`application/x-ndjson\`: one line for each event or \`{"gap":…}\`, and finally \`{"next":…}\`. As \`${BATCH}\`: a list of events; the header \`Link\` leads to the next page, and \`Tocsin-Gaps\` has the gaps.`,
          schema: eventPage,
          line: pageLine,
          others: { [BATCH]: z.array(cloudEvent) },
        },
      },
      handle: (call) => {
        const type = negotiate(call.request.raw, [JSON_TYPE, NDJSON, BATCH])
        if (type === NDJSON) return readLines(context, call)
        return type === BATCH ? readBatch(context, call) : readPage(context, call)
      },
    }),
    route({
      method: 'GET',
      path: '/v1/events/:cursor',
      summary: 'Returns one event by its cursor, or by its number as `@4711`.',
      right: 'see',
      answers: {
        200: { description: 'The event.', type: [CLOUD_EVENT, JSON_TYPE], schema: cloudEvent },
        404: { description: 'The event has expired, never existed, or may not be seen.' },
      },
      handle: (call) => readOne(context, call),
    }),
  ]
}

async function readPage(context: HttpContext, call: RouteCall<ReadQuery>): Promise<unknown> {
  const { frames, next, cursor, gaps } = await page(context, call, { limit: limitOf(call.query) })
  if (frames.length <= LONG_ANSWER_BYTES)
    return {
      events: Array.from(iterateFrames(frames), (event) => toCloudEvent(event, context.view)),
      next,
      cursor,
      gaps,
    }
  const around = {
    before: '{"events":[',
    between: ',',
    after: `],${JSON.stringify({ next, cursor, gaps }).slice(1)}`,
  }
  return answerInSteps(call, context.longOutput, () =>
    eventSteps(context.texts, iterateFrames(frames), around),
  )
}

/** A page as a list of CloudEvents. All else is in headers, since the format has no place for it. */
async function readBatch(context: HttpContext, call: RouteCall<ReadQuery>): Promise<unknown> {
  const { reply, request, query } = call
  const { frames, next, gaps } = await page(context, call, { limit: limitOf(query) })
  void reply.header('content-type', `${BATCH}; charset=utf-8`)
  if (next !== undefined) void reply.header('link', `<${nextPage(request.url, query, next)}>; rel="next"`)
  if (gaps.length > 0) void reply.header('tocsin-gaps', JSON.stringify(gaps.slice(0, MAX_GAPS_IN_HEADER)))
  const around = { before: '[', between: ',', after: ']' }
  return answerInSteps(call, context.longOutput, () =>
    eventSteps(context.texts, iterateFrames(frames), around),
  )
}

function nextPage(url: string, query: ReadQuery, next: string): string {
  const { pathname, searchParams } = new URL(url, 'http://hub')
  const [[name, value]] = Object.entries(placeOf(query, next))
  searchParams.set(name, value as string)
  return `${pathname}?${searchParams}`
}

function limitOf({ limit = 100 }: ReadQuery): number {
  if (limit <= MAX_PAGE_EVENTS) return limit
  throw new TocsinError('TCN_HTTP_QUERY', `"limit": at most ${MAX_PAGE_EVENTS}, or any number as ${NDJSON}`, {
    details: { parameter: 'limit' },
  })
}

/** Writes page after page, each once the client has taken the previous one. */
async function readLines(context: HttpContext, call: RouteCall<ReadQuery>): Promise<unknown> {
  const { query, request, reply, signal } = call
  // A HEAD request needs no events.
  if (request.method === 'HEAD') return reply.header('content-type', NDJSON).send()
  const lines = new AnswerLines(reply, context.runtime)
  let left = query.limit ?? Number.POSITIVE_INFINITY
  let position: PagePlace = {}
  try {
    for (;;) {
      const read = await page(context, call, { ...position, limit: Math.min(left, MAX_LINES_AT_A_TIME) })
      left -= read.count
      await writePage(context, call, lines, read)
      signal.throwIfAborted()
      if (read.next === undefined || left === 0)
        return lines.end(read.next && { next: read.next }) as undefined
      position = placeOf(query, read.next)
    }
  } catch (error) {
    if (!lines.begun) throw error
    lines.end({ problem: problemOf(toTocsinError(error, 'TCN_INTERNAL')) })
  }
}

/** The parameter that leads to the page after one. */
type PagePlace = Partial<Pick<ReadParams, 'from' | 'before' | 'more'>>

function placeOf({ before, time }: ReadQuery, next: string): PagePlace {
  if (time === 'event') return { more: next }
  return before === undefined ? { from: next } : { before: next }
}

async function writePage(
  { longOutput: work, texts }: HttpContext,
  { principal }: RouteCall,
  lines: AnswerLines,
  { count, frames, gaps }: EventPage,
): Promise<void> {
  const before = gaps.map((gap) => `${JSON.stringify({ gap })}\n`).join('')
  const around = { before, between: '\n', after: count === 0 ? '' : '\n' }
  await lines.writeSteps(() => eventSteps(texts, iterateFrames(frames), around), {
    work,
    principal: principal.name,
  })
}

function page(
  context: HttpContext,
  call: RouteCall<ReadQuery>,
  over: PagePlace & { limit: number },
): Promise<EventPage> {
  const { filter: filters, limit: _, ...rest } = inZone(call.query, context.runtime.now())
  return ask(context, call, 'events.read', { filters, ...rest, ...over })
}

async function readOne(context: HttpContext, call: RouteCall): Promise<unknown> {
  const { cursor } = call.params
  const type = negotiate(call.request.raw, [CLOUD_EVENT, JSON_TYPE])
  const { frame } = await ask(context, call, 'events.get', { cursor })
  void call.reply.header('content-type', `${type}; charset=utf-8`)
  const event = new Event(frame)
  if (frame.length <= LONG_ANSWER_BYTES) return toCloudEvent(event, context.view)
  const around = { before: '', between: '', after: '' }
  return answerInSteps(call, context.longOutput, () => eventSteps(context.texts, [event], around))
}
