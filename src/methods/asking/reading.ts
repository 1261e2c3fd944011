import { z } from 'zod'
import { type Method, method } from '../method.js'
import { wantedParams } from '../query.js'
import * as results from '../results/edges.js'
import { audited, mergedRange } from './asking.js'
import { edgeParams, edgesIn } from './edge-params.js'
import { FollowedEdges } from './followed-edges.js'
import { MergedEvents } from './merged-events.js'
import type { OpenQuestions } from './open-questions.js'
import { type AskingContext, EdgeQuestion, filtersFor } from './question.js'

/** Limits for one part. */
const PART = { events: 1_000, bytes: 256 * 1024 }

/** Reads events of edge hubs as one stream. */
export function readEdges(context: AskingContext, open: OpenQuestions): Method {
  const read: Method = method({
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
        limit: z.int().min(1).optional().describe('Ends after this number of events.'),
        follow: z.boolean().default(false),
      })
      .meta({ id: 'EdgeReadParams' }),
    result: results.edgesRead,
    part: results.edgesPart,
    run: (call, params) =>
      open.one(call.principal, async () => {
        const asked = { edges: params.edges, timeout: edgesIn(params)?.timeout ?? 0 }
        const question = new EdgeQuestion(context, call, read, asked)
        return audited(question, params, async () => {
          const { limit = Number.POSITIVE_INFINITY, follow } = params
          const wanted = { filters: filtersFor(context, call, params) }
          const range = mergedRange(context, params)
          const merged = new MergedEvents(context, call, question, wanted, range, asked.timeout)
          for (let left = limit, isEnd = false; !isEnd && left > 0; ) {
            const {
              frames,
              count,
              gaps,
              next,
              last: cursor,
            } = await merged.page(Math.min(left, PART.events), PART.bytes)
            left -= count
            isEnd = next === undefined
            if (count > 0 || gaps.length > 0) await call.part({ frames, count, gaps, cursor })
          }
          if (!follow) return { count: question.events, asked: question.report() }
          await call.part({ frames: new Uint8Array(0), count: 0, gaps: [], asked: question.report() })
          return new FollowedEdges(context, call, question, wanted, merged.places()).run()
        })
      }),
  })
  return read
}
