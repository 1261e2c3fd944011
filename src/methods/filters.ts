import { z } from 'zod'
import { visibleTo } from '../bus/visible-events.js'
import { formatCursor } from '../event/cursor.js'
import { frameSeq } from '../event/frame.js'
import {
  compileFilter,
  explainEvent,
  explainFilter,
  FieldCheck,
  type Filter,
  fieldUses,
  filterKey,
  parseFilter,
  withoutFields,
} from '../filter/index.js'
import type { ExplainResult } from './contract/index.js'
import { visibleEvent } from './events.js'
import { certainNotes, fieldNotes } from './field-notes.js'
import { type Call, type Method, method } from './method.js'
import { type BusMethodContext, filters, whichTime } from './query.js'
import * as results from './results/events.js'
import { type AskedRange, scanRange } from './scan-range.js'

export function filterMethods(context: BusMethodContext): Method[] {
  return [
    method({
      name: 'filters.explain',
      summary: 'Explains how a filter is parsed, how the index handles it, and why an event does not match.',
      right: 'see',
      params: z.object({
        filters: filters.optional(),
        cursor: z.string().optional().describe('An event to test the filter with.'),
        from: z.string().optional().describe('Counts matching events from here.'),
        to: z.string().optional(),
        time: whichTime,
      }),
      result: results.explanation,
      async run(call, params): Promise<ExplainResult> {
        const filter = parseFilter(params.filters)
        const counted = params.from === undefined ? undefined : await count(context, call, filter, params)
        const notes = counted?.notes ?? certainNotes(fieldUses(filter))
        return {
          filter: filterKey(filter),
          text: explainFilter(filter).text,
          event:
            params.cursor === undefined ? undefined : await explainOne(context, call, filter, params.cursor),
          count: counted?.count,
          ...(notes.length > 0 && { notes }),
        }
      },
    }),
  ]
}

async function explainOne(context: BusMethodContext, { principal }: Call, filter: Filter, cursor: string) {
  const frame = await visibleEvent(context, principal, cursor)
  const { matches, text } = explainEvent(filter, frame, 0, context)
  return { cursor: formatCursor(context.bus.epoch, frameSeq(frame, 0)), matches, text }
}

/** Counts only events that the caller may see: a total would reveal the existence of others. */
async function count(context: BusMethodContext, call: Call, filter: Filter, asked: AskedRange) {
  const matcher = compileFilter(filter, context)
  const rest = compileFilter(withoutFields(filter), context)
  const check = new FieldCheck(fieldUses(filter))
  let isOpen = true
  let matched = 0
  const visible = visibleTo(context.authorize, call.principal)
  const { matched: seen, exact } = await scanRange(context, call, asked, visible, (bytes, at) => {
    if (matcher.matches(bytes, at)) matched++
    else if (isOpen && matched === 0 && rest.matches(bytes, at)) isOpen = check.look(bytes, at)
    return true
  })
  return { count: { matched, seen, exact }, notes: matched === 0 ? fieldNotes(check, exact) : [] }
}
