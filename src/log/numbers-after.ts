import type { EventLog } from './event-log.js'

/** Counts the numbers after this one that may have an event in the log; those that were lost unused do not count. */
export function numbersAfter(log: Pick<EventLog, 'first' | 'last' | 'lost'>, seq: number): number {
  const after = Math.max(seq, log.first - 1)
  let count = Math.max(0, log.last - after)
  for (const { from, to } of log.lost)
    count -= Math.max(0, Math.min(to, log.last) - Math.max(from - 1, after))
  return Math.max(0, count)
}
