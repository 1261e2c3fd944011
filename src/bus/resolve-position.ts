import { TocsinError } from '../errors/tocsin-error.js'
import { type AskedEnds, CLOCKS_DIFFER, inUtc, whyEmpty } from '../event/empty-range.js'
import { microsOf, parseEventName, parsePosition } from '../event/position.js'
import type { LogReader } from '../log/event-log.js'
import { lossReason } from '../log/loss-reason.js'
import { timeFrom } from './scan.js'
import type { Gap } from './sink.js'

/** Where a subscription starts: after `cursor`. `gap` names the events that it will not receive. */
export interface Start {
  cursor: number
  gap?: Gap
}

export interface LogView {
  log: LogReader
  /** Last seq handed to live subscriptions. */
  dispatched: number
  /** µs since the epoch */
  now: number
  /** Where to continue if a cursor is ahead of the log or belongs to another log. */
  otherwise: 'start' | 'now'
}

/**
 * Rejects with TCN_RANGE_INVALID if no event can be in a range of times, of which the last may be `ahead` (µs) later than now.
 * Undefined if the answer needs no reading.
 */
export function refusedRange(
  range: AskedEnds,
  view: Pick<LogView, 'log' | 'now'>,
  ahead = CLOCKS_DIFFER,
): Promise<void> | undefined {
  const why = whyEmpty(range, view.now, inUtc(view.now), ahead)
  return why === undefined ? undefined : refuse(range, view, ahead)
}

/** The times in a log never go back, but clocks may: then the newest event is later than now. */
async function refuse(range: AskedEnds, { log, now }: Pick<LogView, 'log' | 'now'>, ahead: number) {
  const newest = (await timeFrom(log, log.last)) ?? now
  const why = whyEmpty(range, now, inUtc(now), ahead + Math.max(0, newest - now))
  if (why !== undefined) throw new TocsinError('TCN_RANGE_INVALID', why)
}

/**
 * Returns the start for a position. If it cannot be honoured, there is one gap, and never an unrequested replay. `view`
 * returns the log as it is when it is called.
 */
export async function resolveStart(text: string | undefined, view: () => LogView): Promise<Start> {
  const known = view()
  const start = await startIn(text, known)
  const { caughtUp } = known.log
  if (start.gap?.reason !== 'ahead' || caughtUp === undefined) return start
  // Another hub may have delivered more of the log than this one has received.
  await caughtUp.call(known.log)
  return startIn(text, view())
}

async function startIn(text: string | undefined, view: LogView): Promise<Start> {
  if (text === undefined) return { cursor: view.dispatched }
  const position = parsePosition(text)
  switch (position.at) {
    case 'start':
      return { cursor: view.log.first - 1 }
    case 'end':
    case 'now':
      return { cursor: view.dispatched }
    case 'back':
      return { cursor: backFromEnd(position.count, view) }
    case 'seq':
      return afterSeq(Math.max(0, position.seq - 1), position.seq, view)
    case 'cursor':
      if (position.epoch !== view.log.epoch) return elsewhere(0, 0, 'unknown-epoch', view)
      return afterSeq(position.seq, position.seq, view)
    default:
      return { cursor: (await view.log.seek(microsOf(position, view.now))) - 1 }
  }
}

/** Returns the last seq that a bounded subscription delivers, as the log is now. */
export async function resolveEnd(text: string | undefined, view: LogView): Promise<number | undefined> {
  if (text === undefined) return undefined
  const position = parsePosition(text)
  switch (position.at) {
    case 'start':
      return view.log.first - 1
    case 'end':
    case 'now':
      return view.dispatched
    case 'back':
      return backFromEnd(position.count, view)
    case 'seq':
      return Math.min(position.seq, view.dispatched)
    case 'cursor':
      return position.epoch === view.log.epoch ? Math.min(position.seq, view.dispatched) : view.dispatched
    default:
      return Math.min((await view.log.seek(microsOf(position, view.now) + 1)) - 1, view.dispatched)
  }
}

/** For reading backwards: returns the last seq before the position. A cursor stands for the event it names. */
export async function resolveBefore(text: string, view: LogView): Promise<Start> {
  const position = parsePosition(text)
  const before = (seq: number): Start => ({ cursor: Math.min(seq - 1, view.dispatched) })
  switch (position.at) {
    case 'start':
      return before(view.log.first)
    case 'end':
    case 'now':
      return { cursor: view.dispatched }
    case 'back':
      return { cursor: backFromEnd(position.count, view) }
    case 'seq':
      return before(position.seq)
    case 'cursor':
      if (position.epoch !== view.log.epoch) return elsewhere(0, 0, 'unknown-epoch', view)
      return before(position.seq)
    default:
      return before(await view.log.seek(microsOf(position, view.now)))
  }
}

/** Returns the seq of the event that a text names; undefined if its cursor is of another log. */
export function resolveEvent(text: string, view: Pick<LogView, 'log' | 'dispatched'>): number | undefined {
  const name = parseEventName(text)
  switch (name.at) {
    case 'end':
      return view.dispatched
    case 'back':
      return backFromEnd(name.count, view) + 1
    case 'seq':
      return name.seq
    case 'cursor':
      return name.epoch === view.log.epoch ? name.seq : undefined
  }
}

/** Returns the seq before the last `count` events that are stored or were: numbers that the log lost do not count. */
export function backFromEnd(count: number, { log, dispatched }: Pick<LogView, 'log' | 'dispatched'>): number {
  let left = count
  let end = dispatched
  for (const { from, to } of log.lost.toReversed()) {
    if (from > end) continue
    const between = Math.max(0, end - to)
    if (left <= between) break
    left -= between
    end = from - 1
  }
  return Math.max(log.first - 1, end - left)
}

/** Returns a start after `seq`. `named` is the seq that was given: it may be in a lost range. */
function afterSeq(seq: number, named: number, view: LogView): Start {
  const { log } = view
  const lost = log.lost.find((range) => named >= range.from && named <= range.to)
  if (lost !== undefined) return gap(lost.from, lost.to, lossReason(lost), Math.min(lost.to, view.dispatched))
  if (seq > Math.max(log.last, view.dispatched)) return elsewhere(0, 0, 'ahead', view)
  if (seq + 1 < log.first) return gap(seq + 1, log.first - 1, 'expired', log.first - 1)
  return { cursor: Math.min(seq, view.dispatched) }
}

function elsewhere(from: number, to: number, reason: Gap['reason'], view: LogView): Start {
  return gap(from, to, reason, view.otherwise === 'start' ? view.log.first - 1 : view.dispatched)
}

function gap(from: number, to: number, reason: Gap['reason'], next: number): Start {
  return { cursor: next, gap: { type: 'gap', from, to, reason, next } }
}
