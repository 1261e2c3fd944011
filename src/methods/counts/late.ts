import { z } from 'zod'
import type { LateEvents, LateParams } from '../contract/index.js'
import { type Call, type Method, method } from '../method.js'
import { type BusMethodContext, UNBOUNDED, wantedParams, work } from '../query.js'
import * as results from '../results/events.js'
import { Count } from './count.js'
import { countRange, Reached } from './count-range.js'
import { questionOf, spanOf } from './question.js'
import { QuestionQueue } from './question-queue.js'

export function lateMethods(context: BusMethodContext, queue = new QuestionQueue()): Method[] {
  return [
    method({
      name: 'events.late',
      summary: 'Counts the events that happened in a period and were stored after it.',
      right: 'see',
      params: z
        .object({
          ...wantedParams,
          from: z.string().default('start').describe('Default: the start.'),
          to: z.string().default('now').describe('Default: now.'),
        })
        .meta({ id: 'LateParams' }),
      result: results.late,
      run: (call, params) =>
        queue.ask(call, `late ${JSON.stringify(params)}`, (signal) =>
          lateEvents(context, { ...call, signal }, params),
        ),
    }),
  ]
}

async function lateEvents(
  context: BusMethodContext,
  call: Call,
  asked: LateParams & { from: string; to: string },
): Promise<LateEvents> {
  const { log } = context.bus
  const { from, to, dispatched } = await spanOf(context, call, asked)
  const count = new Count()
  const reached = new Reached(to)
  const range = { from: await log.seek(to), to: dispatched, at: () => count, happened: { from, to } }
  const question = questionOf(context, call, asked, undefined)
  await countRange(log, question, range, work(context, call, UNBOUNDED), reached)
  return { count: count.total, exact: !reached.isDamaged }
}
