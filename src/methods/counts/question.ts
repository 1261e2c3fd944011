import { nextInOrder } from '../../bus/event-order.js'
import type { ScanWork } from '../../bus/scan.js'
import { visibleTo } from '../../bus/visible-events.js'
import { parsePosition } from '../../event/position.js'
import { compileFilter } from '../../filter/index.js'
import type { Call } from '../method.js'
import {
  type BusMethodContext,
  type Caller,
  parseWanted,
  UNBOUNDED,
  type Wanted,
  type WhichTime,
  work,
} from '../query.js'
import type { Question } from './chunk-counter.js'
import { type FieldReader, fieldReader } from './field-reader.js'
import type { Span } from './histogram-count.js'
import { type MomentView, momentOf, momentView } from './moments.js'

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
    by: typeof by === 'string' ? fieldReader(by, context) : by,
  }
}

export async function spanOf(
  context: BusMethodContext,
  call: Caller,
  { from, to, time = 'stored' }: { from: string; to: string; time?: WhichTime },
): Promise<Span> {
  const view = momentView(context, call, time)
  const end = Math.max(0, await momentOf(to, 'to', view))
  const isEarliest = time === 'event' && parsePosition(from).at === 'start'
  const start = isEarliest
    ? await earliest(view, work(context, call, UNBOUNDED))
    : Math.max(0, await momentOf(from, 'from', view))
  return { from: Math.min(start, end), to: end, dispatched: view.dispatched, time }
}

/** When the earliest event happened that the caller may see; now if there is none. */
async function earliest({ log, dispatched, visible, now }: MomentView, work: ScanWork): Promise<number> {
  const seqs = { from: log.first, to: dispatched }
  const range = { seqs, from: 0, to: Number.POSITIVE_INFINITY, backwards: false }
  const { events } = await nextInOrder(log, range, visible, work, 1)
  return events.at(0)?.time ?? now
}
