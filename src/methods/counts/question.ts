import { visibleTo } from '../../bus/visible-events.js'
import { compileFilter } from '../../filter/index.js'
import type { Call } from '../method.js'
import { type BusMethodContext, type Caller, parseWanted, type Wanted, work } from '../query.js'
import type { Question } from './chunk-counter.js'
import { type FieldReader, fieldReader } from './field-reader.js'
import type { Span } from './histogram-count.js'
import { momentOf } from './moments.js'

/** Work limit for finding an event whose time is needed, bytes. */
const MOMENT_WORK = 32 * 1024 * 1024

export function questionOf(
  context: BusMethodContext,
  { principal }: Call,
  wanted: Wanted,
  by: string | FieldReader | undefined,
): Question {
  const filter = parseWanted(wanted)
  return {
    filter,
    wanted: compileFilter(filter, context),
    rights: visibleTo(context.authorize, principal),
    by: typeof by === 'string' ? fieldReader(by, context.typeOf) : by,
  }
}

export async function spanOf(
  context: BusMethodContext,
  call: Caller,
  { from, to }: { from: string; to: string },
): Promise<Span> {
  const { bus, runtime } = context
  bus.flush()
  const { dispatched } = bus
  const visible = visibleTo(context.authorize, call.principal)
  const view = {
    log: bus.log,
    dispatched,
    now: runtime.now(),
    visible,
    work: work(context, call, MOMENT_WORK),
  }
  const end = Math.max(0, await momentOf(to, 'to', view))
  const start = Math.max(0, await momentOf(from, 'from', view))
  return { from: Math.min(start, end), to: end, dispatched }
}
