import type { EventLog } from '../../log/event-log.js'

/** Events between a cursor and the end: those that expired and the numbers of lost ranges are none. */
export function eventsBehind(log: Pick<EventLog, 'first' | 'lost'>, cursor: number, last: number): number {
  const from = Math.max(cursor + 1, log.first)
  let count = Math.max(0, last - from + 1)
  for (const range of log.lost) {
    count -= Math.max(0, Math.min(range.to, last) - Math.max(range.from, from) + 1)
  }
  return count
}
