import { z } from 'zod'
import { compileFilter, type Filter, type Matcher, parseFilter, withCondition } from '../../filter/index.js'
import type { Wanted } from '../method-types.js'
import type { LogView } from '../range.js'
import type { BusMethodContext } from './context.js'
import { filters } from './filters.js'

const LONGEST_EXPRESSION = 16 * 1024

/** Parameters that say which events are asked for. */
export const wantedParams = {
  filters: filters.optional(),
  where: z.string().max(LONGEST_EXPRESSION).optional(),
}

export function parseWanted({ filters, where }: Wanted): Filter {
  return parseFilter(where === undefined ? filters : withCondition(filters, where))
}

export function compileWanted(context: BusMethodContext, wanted: Wanted): Matcher {
  return compileFilter(parseWanted(wanted), context)
}

/** The log as far as its events have been handed out. */
export function viewOf({ bus }: BusMethodContext, otherwise: LogView['otherwise'] = 'now'): LogView {
  return { log: bus.log, flushed: bus.flushed, now: bus.now(), otherwise }
}
