import { z } from 'zod'
import type { BusAdmin } from '../bus/admin.js'
import type { Authorize } from '../bus/principal.js'
import type { LogView } from '../bus/resolve-position.js'
import type { ScanWork } from '../bus/scan.js'
import type { Runtime } from '../event/runtime.js'
import {
  type CompileOptions,
  compileFilter,
  type Filter,
  FilterLimits,
  type Matcher,
  parseFilter,
  withCondition,
} from '../filter/index.js'
import type { Call } from './method.js'

/** The parts of the hub that methods about events, consumers and subscribers need. */
export interface BusMethodContext extends CompileOptions {
  bus: BusAdmin
  runtime: Runtime
  authorize: Authorize
}

/** Who asks, and until when. */
export type Caller = Pick<Call, 'principal' | 'signal'>

/** Bytes of events that one call may look at. */
const WORK = 256 * 1024 * 1024

/** For work that continues until it is done. In each turn, a budget bounds it all the same. */
export const UNBOUNDED = Number.POSITIVE_INFINITY

export function work({ bus }: BusMethodContext, { principal, signal }: Caller, bytes = WORK): ScanWork {
  return { bytes, signal, budget: bus.budget, principal: principal.name }
}

/** Waits until the caller may do the next piece of work. Rejects when nobody waits for the result any more. */
export async function nextTurn({ bus }: BusMethodContext, { principal, signal }: Caller): Promise<void> {
  await bus.budget.turn(principal.name)
  signal.throwIfAborted()
}

/** A filter in any of its spellings; the filter parser checks its contents. */
export const filters = z
  .preprocess(
    (value, context) => refusePrototype(shortened(value), context),
    z.union([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())]),
  )
  .meta({ id: 'Filters', description: 'Filters in any spelling: patterns, or the JSON form.' })

/** A list that is too long is refused for that: not all of it has to be checked before. */
function shortened(value: unknown): unknown {
  return Array.isArray(value) ? value.slice(0, FilterLimits.parts + 1) : value
}

/** The schema would drop this key, and the filter that is left would match everything. */
function refusePrototype(value: unknown, context: z.RefinementCtx): unknown {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__'))
    context.addIssue({ code: 'custom', message: '__proto__ is no key of a filter', input: value })
  return value
}

const MAX_EXPRESSION_LENGTH = 16 * 1024

/** Parameters that select events. An event must match both. */
export const wantedParams = {
  filters: filters.optional(),
  where: z.string().max(MAX_EXPRESSION_LENGTH).optional().describe('A condition in CloudEvents SQL.'),
}

export type Wanted = z.output<z.ZodObject<typeof wantedParams>>

export const whichTime = z
  .enum(['stored', 'event'])
  .default('stored')
  .describe(
    'The time by which the range is meant: that at which the log stored the events, or that at which they happened, which is their attribute `time` where they have one.',
  )
export type WhichTime = z.output<typeof whichTime>

export function parseWanted({ filters, where }: Wanted): Filter {
  return parseFilter(where === undefined ? filters : withCondition(filters, where))
}

export function compileWanted(context: BusMethodContext, wanted: Wanted): Matcher {
  return compileFilter(parseWanted(wanted), context)
}

/** Returns the log up to its last event, which has been delivered. */
export function viewOf({ bus, runtime }: BusMethodContext, otherwise: LogView['otherwise'] = 'now'): LogView {
  bus.flush()
  return { log: bus.log, dispatched: bus.dispatched, now: runtime.now(), otherwise }
}
