import { scanSpan } from '../bus/event-order.js'
import { resolveEnd, resolveStart } from '../bus/resolve-position.js'
import { scan } from '../bus/scan.js'
import type { Matcher } from '../filter/index.js'
import { timesAsked } from './event-order.js'
import type { Call } from './method.js'
import { type BusMethodContext, viewOf, type WhichTime, work } from './query.js'

export interface AskedRange {
  /** Default: the start. */
  from?: string
  /** Default: the end. */
  to?: string
  time: WhichTime
  /** True if the event that was stored last, or happened last, is looked at first. */
  backwards?: boolean
}

export interface ScannedRange {
  /** Events of the range that matched. */
  matched: number
  /** False if not all of the range was looked at. */
  exact: boolean
}

/** Looks at the events of a range by the time at which they were stored or happened, up to so many bytes. */
export async function scanRange(
  context: BusMethodContext,
  call: Call,
  asked: AskedRange,
  matcher: Matcher,
  visit: (bytes: Uint8Array, at: number) => boolean | undefined,
  bytes?: number,
): Promise<ScannedRange> {
  const { log } = context.bus
  const limits = work(context, call, bytes)
  const { backwards = false } = asked
  const view = () => viewOf(context, 'start')
  if (asked.time === 'event') {
    const { dispatched } = view()
    const times = await timesAsked(context, call, asked)
    const span = { seqs: { from: log.first, to: dispatched }, ...times, backwards }
    return whole(await scanSpan(log, span, matcher, limits, visit))
  }
  const range = {
    from: (await resolveStart(asked.from ?? 'start', view)).cursor + 1,
    to: (await resolveEnd(asked.to, view())) ?? log.last,
    backwards,
  }
  return whole(await scan(log, range, matcher, limits, visit))
}

function whole({ matched, exact, damaged }: ScannedRange & { damaged: readonly unknown[] }): ScannedRange {
  return { matched, exact: exact && damaged.length === 0 }
}
