import { compileFilter } from '../../filter/index.js'
import type { Question } from '../counts/chunk-counter.js'
import { fieldReader } from '../counts/field-reader.js'
import type { Span } from '../counts/histogram-count.js'
import { momentOf } from '../counts/moments.js'
import type { Wanted } from '../method-types.js'
import type { Call } from '../methods.js'
import { type BusMethodContext, seen, work } from './context.js'
import { parseWanted } from './wanted.js'

/** To find an event whose time is asked for. */
const MOMENT_WORK = 32 * 1024 * 1024

export function questionOf(
  context: BusMethodContext,
  { principal }: Call,
  wanted: Wanted,
  by: string | undefined,
): Question {
  const filter = parseWanted(wanted)
  return {
    filter,
    wanted: compileFilter(filter, context),
    rights: seen(context, principal),
    by: by === undefined ? undefined : fieldReader(by, context.typeOf),
  }
}

export async function spanOf(
  context: BusMethodContext,
  { principal, signal }: Call,
  { from, to }: { from: string; to: string },
): Promise<Span> {
  const { bus } = context
  bus.flush()
  const { flushed } = bus
  const visible = seen(context, principal)
  const view = {
    log: bus.log,
    flushed,
    now: bus.now(),
    visible,
    work: work(context, signal, MOMENT_WORK),
  }
  const end = Math.max(0, await momentOf(to, 'to', view))
  const start = Math.max(0, await momentOf(from, 'from', view))
  return { from: Math.min(start, end), to: end, flushed }
}
