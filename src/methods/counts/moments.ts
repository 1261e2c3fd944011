import { backFromEnd } from '../../bus/resolve-position.js'
import { type ScanWork, scan } from '../../bus/scan.js'
import { visibleTo } from '../../bus/visible-events.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { eventTime } from '../../event/event-time.js'
import { frameTime } from '../../event/frame.js'
import { microsOf, type Position, parsePosition } from '../../event/position.js'
import type { Matcher } from '../../filter/index.js'
import type { LogReader } from '../../log/event-log.js'

import { type BusMethodContext, type Caller, type WhichTime, work } from '../query.js'

export interface MomentView {
  log: LogReader
  dispatched: number
  now: number
  /** Time of an event, µs. */
  timeOf(bytes: Uint8Array, at: number): number
  /** Matches what the caller may see. */
  visible: Matcher
  work: ScanWork
}

/** Work limit for finding an event whose time is needed, bytes. */
const MOMENT_WORK = 32 * 1024 * 1024

export function momentView(context: BusMethodContext, call: Caller, time: WhichTime): MomentView {
  const { bus, runtime, authorize } = context
  bus.flush()
  return {
    log: bus.log,
    dispatched: bus.dispatched,
    now: runtime.now(),
    timeOf: time === 'event' ? eventTime : frameTime,
    visible: visibleTo(authorize, call.principal),
    work: work(context, call, MOMENT_WORK),
  }
}

/**
 * Returns the time (µs) of a position. If it is the time of an event, the caller may see that event: for `from`,
 * the first at or after the position; for `to`, just after the last one up to it. `now` if there is none.
 */
export async function momentOf(text: string, end: 'from' | 'to', view: MomentView): Promise<number> {
  const position = parsePosition(text)
  switch (position.at) {
    case 'now':
    case 'end':
      return view.now
    case 'ago':
    case 'time':
    case 'local':
      return microsOf(position, view.now)
    default:
      return end === 'from'
        ? firstFrom(seqOf(position, 1, view), view)
        : lastUpTo(seqOf(position, 0, view), view)
  }
}

type Numbered = Extract<Position, { at: 'start' | 'back' | 'seq' | 'cursor' }>

/** Returns the seq of a position. A cursor means the place after its event; `behind` is 1 for a start, 0 for an end. */
function seqOf(position: Numbered, behind: 0 | 1, view: MomentView): number {
  const { log } = view
  if (position.at === 'start') return log.first - 1 + behind
  if (position.at === 'back') return backFromEnd(position.count, view) + behind
  if (position.at === 'seq') return position.seq
  if (position.epoch !== log.epoch) {
    throw new TocsinError('TCN_CURSOR_FOREIGN')
  }
  return position.seq + behind
}

async function firstFrom(seq: number, view: MomentView): Promise<number> {
  return (await timeOfOne({ from: Math.max(seq, view.log.first), to: view.dispatched }, view)) ?? view.now
}

async function lastUpTo(seq: number, view: MomentView): Promise<number> {
  const range = { from: view.log.first, to: Math.min(seq, view.dispatched), backwards: true }
  const time = await timeOfOne(range, view)
  return time === undefined ? view.now : time + 1
}

async function timeOfOne(
  range: { from: number; to: number; backwards?: boolean },
  { log, visible, work, timeOf }: MomentView,
): Promise<number | undefined> {
  let time: number | undefined
  await scan(log, range, visible, work, (bytes, at) => {
    time = timeOf(bytes, at)
    return false
  })
  return time
}
