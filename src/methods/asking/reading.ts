import { z } from 'zod'
import type { EdgeReadParams } from '../contract/index.js'
import { type Call, type Method, method } from '../method.js'
import { wantedParams } from '../query.js'
import * as results from '../results/edges.js'
import { audited, mergedRange } from './asking.js'
import { edgeParams, edgesIn } from './edge-params.js'
import { FollowedEdges } from './followed-edges.js'
import { MergedEvents } from './merged-events.js'
import type { OpenQuestions } from './open-questions.js'
import { Originals } from './originals.js'
import { type AskingContext, EdgeQuestion, filtersFor } from './question.js'
import { SeenEvents } from './seen-events.js'

/** Limits for one part. */
const PART = { events: 1_000, bytes: 256 * 1024 }

/** Reads events of edge hubs as one stream. */
export function readEdges(context: AskingContext, open: OpenQuestions, own: Method): Method {
  return method({
    name: 'edges.read',
    summary:
      'Reads the events of edge hubs in one order; the answer comes in parts. With `follow`, it continues with the events that they store, as they come.',
    right: 'see',
    params: z
      .object({
        ...wantedParams,
        edges: edgeParams.edges.unwrap(),
        timeout: edgeParams.timeout,
        from: z.string().default('start').describe('Default: the start.'),
        to: z.string().optional(),
        limit: z
          .int()
          .min(1)
          .optional()
          .describe('Ends after this number of events; with `follow`, if they are stored already.'),
        follow: z.boolean().default(false),
      })
      .meta({ id: 'EdgeReadParams' }),
    result: results.edgesRead,
    part: results.edgesPart,
    run: (call, params) =>
      params.follow
        ? open.follow(call.principal, () => readAll(context, call, own, params))
        : open.one(call.principal, () => readAll(context, call, own, params)),
  })
}

async function readAll(
  context: AskingContext,
  call: Call,
  own: Method,
  params: EdgeReadParams & { follow: boolean },
): Promise<z.output<typeof results.edgesRead>> {
  const { timeout } = edgesIn(params) ?? { timeout: 0 }
  const { edges } = params
  const question = await EdgeQuestion.begin(context, call, { name: 'edges.read', own }, { edges, timeout })
  return audited(question, params, async () => {
    const { limit = Number.POSITIVE_INFINITY, follow } = params
    const wanted = { filters: filtersFor(context, call, params) }
    const parts = { originals: new Originals(question, wanted.filters), recent: new SeenEvents() }
    const range = mergedRange(context, { ...params })
    const merged = new MergedEvents(context, call, question, wanted, range, timeout, parts)
    const left = await sendAll(merged, call, limit)
    if (!follow || left <= 0) return { count: question.events, asked: question.report() }
    await call.part({ frames: new Uint8Array(0), count: 0, gaps: [], asked: question.report() })
    return new FollowedEdges(context, call, question, wanted, merged.places(), parts).run()
  })
}

/** Returns how many more may come. */
async function sendAll(merged: MergedEvents, call: Call, limit: number): Promise<number> {
  let left = limit
  for (let isEnd = false; !isEnd && left > 0; ) {
    const page = await merged.page(Math.min(left, PART.events), PART.bytes)
    const { frames, count, gaps, next, last: cursor } = page
    left -= count
    isEnd = next === undefined
    if (count > 0 || gaps.length > 0) await call.part({ frames, count, gaps, cursor })
  }
  return left
}
