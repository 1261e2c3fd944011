import { z } from 'zod'
import { nextInOrder } from '../bus/event-order.js'
import { resolveEnd, resolveStart } from '../bus/resolve-position.js'
import { scan } from '../bus/scan.js'
import { visibleMatch } from '../bus/visible-events.js'
import {
  compileFilter,
  FieldCheck,
  type Filter,
  fieldUse,
  fieldUses,
  withoutFields,
} from '../filter/index.js'
import type { FilterCheck, FilterCheckParams } from './contract/index.js'
import { spanOf } from './counts/question.js'
import { fieldNotes } from './field-notes.js'
import { type Call, type Method, method } from './method.js'
import {
  type BusMethodContext,
  parseWanted,
  UNBOUNDED,
  viewOf,
  wantedParams,
  whichTime,
  work,
} from './query.js'
import * as results from './results/events.js'

const MOST_FIELDS = 16

export function filterCheckMethods(context: BusMethodContext): Method[] {
  return [
    method({
      name: 'filters.check',
      summary: 'Says which fields of a filter no event of a range has, and which comparisons cannot match.',
      right: 'see',
      params: z
        .object({
          ...wantedParams,
          fields: z
            .array(z.string().max(1024))
            .max(MOST_FIELDS)
            .optional()
            .describe('Fields that are looked for beside those of the filter.'),
          from: z.string().default('start').describe('Default: the start.'),
          to: z.string().default('now').describe('Default: now.'),
          time: whichTime,
        })
        .meta({ id: 'FilterCheckParams' }),
      result: results.filterCheck,
      run: (call, params) => checkFilter(context, call, params),
    }),
  ]
}

type FilterQuestion = FilterCheckParams & { from: string; to: string }

async function checkFilter(
  context: BusMethodContext,
  call: Call,
  asked: FilterQuestion,
): Promise<FilterCheck> {
  const filter = parseWanted(asked)
  const uses = [...fieldUses(filter), ...(asked.fields ?? []).flatMap(fieldUse)]
  const check = new FieldCheck(uses)
  const isWhole = uses.length === 0 || (await lookAt(context, call, asked, filter, check))
  return { notes: fieldNotes(check, isWhole), looked: check.looked, exact: isWhole }
}

/** Looks at the newest events first. Returns false if there are more than those that were looked at. */
async function lookAt(
  context: BusMethodContext,
  call: Call,
  asked: FilterQuestion,
  filter: Filter,
  check: FieldCheck,
): Promise<boolean> {
  const { bus, authorize } = context
  const wanted = compileFilter(withoutFields(filter), context)
  const matcher = visibleMatch(authorize, call.principal, wanted)
  if (asked.time === 'event') {
    const { from, to, dispatched } = await spanOf(context, call, asked)
    const range = { seqs: { from: bus.log.first, to: dispatched }, from, to, backwards: true }
    const found = await nextInOrder(bus.log, range, matcher, work(context, call, UNBOUNDED))
    found.events.every(({ frame }) => check.look(frame, 0))
    return !found.more && found.damaged.length === 0
  }
  const view = viewOf(context, 'start')
  const start = await resolveStart(asked.from, () => view)
  const range = {
    from: start.cursor + 1,
    to: (await resolveEnd(asked.to, view)) ?? view.dispatched,
    backwards: true,
  }
  const look = (bytes: Uint8Array, at: number) => check.look(bytes, at)
  const { exact, damaged } = await scan(bus.log, range, matcher, work(context, call), look)
  return exact && damaged.length === 0
}
