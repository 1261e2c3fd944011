import { z } from 'zod'
import type { Principal } from '../bus/principal.js'
import { resolveEnd, resolveEvent, resolveStart } from '../bus/resolve-position.js'
import { readFrame, scan, timeFrom } from '../bus/scan.js'
import { visibleMatch, visibleTo } from '../bus/visible-events.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { formatCursor } from '../event/cursor.js'
import { frameSeq } from '../event/frame.js'
import { Event } from '../event/index.js'
import { allOf, compileFilter, everything, parseFilter } from '../filter/index.js'
import type { LogReader, LostRange } from '../log/event-log.js'
import { lossReason, noteOn } from '../log/loss-reason.js'
import { edgeParams } from './asking/edge-params.js'
import type { GapInfo, TagCompletion } from './contract/index.js'
import { type Call, type Method, method } from './method.js'
import { type BusMethodContext, parseWanted, viewOf, wantedParams, whichTime, work } from './query.js'
import * as results from './results/events.js'
import { scanRange } from './scan-range.js'

const MAX_TAGS = 1000
const MAX_GAPS = 1000
/** Completion answers a person who is typing, so it looks at recent events only. */
const COMPLETION_WORK = 32 * 1024 * 1024

export function eventMethods(context: BusMethodContext): Method[] {
  return [getEvent(context), completeTags(context), listGaps(context)]
}

function getEvent(context: BusMethodContext): Method {
  return method({
    name: 'events.get',
    summary: 'Returns one event by its cursor or number (`@4711`), as a frame.',
    right: 'see',
    params: z.object({ cursor: z.string() }),
    result: results.storedEvent,
    async run({ principal }, { cursor }) {
      const frame = await visibleEvent(context, principal, cursor)
      return { cursor: formatCursor(context.bus.epoch, frameSeq(frame, 0)), frame }
    },
  })
}

/** An event in the log that the caller may not see is reported like one that does not exist. */
export async function visibleEvent(
  { bus, authorize }: BusMethodContext,
  principal: Principal,
  name: string,
): Promise<Uint8Array> {
  const seq = resolveEvent(name, bus)
  if (seq !== undefined && seq > 0 && seq < bus.log.first)
    throw new TocsinError('TCN_EVENT_EXPIRED', `the event ${name} is older than the oldest event in the log`)
  const frame = seq === undefined ? undefined : await readFrame(bus.log, seq)
  if (frame !== undefined && visibleTo(authorize, principal).matches(frame, 0)) return frame
  throw new TocsinError(
    'TCN_EVENT_UNKNOWN',
    `no event has the ${name.startsWith('@') ? 'number' : 'cursor'} ${name}`,
  )
}

function completeTags(context: BusMethodContext): Method {
  return method({
    name: 'tags.complete',
    summary: 'Completes a prefix from the tags of recent events, with counts.',
    right: 'see',
    params: z.object({
      ...wantedParams,
      ...edgeParams,
      prefix: z.string().max(1024),
      limit: z.number().int().min(1).max(MAX_TAGS).default(100),
      from: z.string().optional().describe('Default: the start.'),
      to: z.string().optional().describe('Default: the end.'),
      time: whichTime,
    }),
    result: results.tags,
    async run(call, { prefix, limit, from, to, time, ...asked }) {
      const below = prefix === '' ? everything : parseFilter({ prefix: { tag: prefix } })
      const wanted = compileFilter(allOf([parseWanted(asked), below]), context)
      const matcher = visibleMatch(context.authorize, call.principal, wanted)
      const found = new Map<string, TagCompletion>()
      const range = { from, to, time, backwards: true }
      const visit = (bytes: Uint8Array, at: number) => {
        count(found, new Event(bytes, at).tag, prefix)
        return found.size < MAX_TAGS
      }
      const { exact } = await scanRange(context, call, range, matcher, visit, COMPLETION_WORK)
      const tags = [...found.values()].sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1))
      return { tags: tags.slice(0, limit), exact: exact && tags.length <= limit }
    },
  })
}

function count(found: Map<string, TagCompletion>, tag: string, prefix: string): void {
  const slash = tag.indexOf('/', prefix.length)
  const text = slash < 0 ? tag : tag.slice(0, slash + 1)
  const known = found.get(text)
  if (known === undefined) found.set(text, { text, count: 1, complete: slash < 0 })
  else known.count++
}

function listGaps(context: BusMethodContext): Method {
  return method({
    name: 'gaps.list',
    summary:
      'Lists the losses of sources, the numbers that the log lost, and the damage that reads have met.',
    right: ['see', 'monitor'],
    params: z.object({
      from: z.string().default('start'),
      to: z.string().optional(),
      limit: z.number().int().min(1).max(MAX_GAPS).default(MAX_GAPS),
    }),
    result: results.gaps,
    async run(call, { from, to, limit }) {
      const { lost, damage = [] } = context.bus.log
      const gaps: GapInfo[] = [
        ...(await Promise.all(lost.slice(-limit).map((range) => lostGap(context.bus.log, range)))),
        ...damage.map(({ from, to }): GapInfo => ({ kind: 'log', from, to, reason: 'damaged' })),
      ]
      const more = await addReportedGaps(context, call, { from, to }, limit, gaps)
      return { gaps: gaps.slice(-limit), more: more || gaps.length > limit }
    },
  })
}

/** Describes a lost range; its times are those of the events on both sides, as far as they can be read. */
async function lostGap(log: LogReader, range: LostRange): Promise<GapInfo> {
  const { from, to } = range
  const reason = lossReason(range)
  const timeOf = (seq: number) =>
    seq < log.first || seq > log.last ? undefined : timeFrom(log, seq).catch(() => undefined)
  const [since, time] = await Promise.all([timeOf(from - 1), timeOf(to + 1)])
  const count = reason === 'lost-in-crash' ? { count: null } : {}
  return { kind: 'log', from, to, reason, since, time, ...count, ...noteOn({ from, to, reason }) }
}

async function addReportedGaps(
  context: BusMethodContext,
  call: Call,
  range: { from: string; to: string | undefined },
  limit: number,
  gaps: GapInfo[],
): Promise<boolean> {
  const { bus } = context
  const view = () => viewOf(context, 'start')
  const start = await resolveStart(range.from, view)
  const to = (await resolveEnd(range.to, view())) ?? bus.log.last
  const reports = compile(context, { prefix: { tag: 'hub/gap/' } })
  const matcher = context.authorize(call.principal, 'monitor')
    ? reports
    : visibleMatch(context.authorize, call.principal, reports)
  const wanted = gaps.length + limit
  const result = await scan(
    bus.log,
    { from: start.cursor + 1, to },
    matcher,
    work(context, call),
    (bytes, at) => {
      gaps.push(reportedGap(new Event(bytes, at), bus.epoch))
      return gaps.length < wanted
    },
  )
  return !result.exact
}

function reportedGap(event: Event, epoch: string): GapInfo {
  const data = (event.data ?? {}) as Partial<GapInfo>
  return {
    kind: 'source',
    source: event.tag.slice('hub/gap/'.length),
    from: data.from,
    to: data.to,
    count: data.count,
    reason: data.reason ?? '',
    time: event.time,
    cursor: formatCursor(epoch, event.seq),
  }
}

function compile(context: BusMethodContext, filter: Record<string, unknown>) {
  return compileFilter(parseFilter(filter), context)
}
