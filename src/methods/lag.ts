import type { Consumer } from '../bus/consumers/consumer.js'
import { timeFrom } from '../bus/scan.js'
import type { LogReader } from '../log/event-log.js'
import type { BusMethodContext } from './query.js'

/** Events from a cursor to the end. Events that have expired and seqs of lost ranges do not count. */
export function eventsBehind(log: Pick<LogReader, 'first' | 'lost'>, cursor: number, last: number): number {
  const from = Math.max(cursor + 1, log.first)
  let count = Math.max(0, last - from + 1)
  for (const range of log.lost) {
    count -= Math.max(0, Math.min(range.to, last) - Math.max(range.from, from) + 1)
  }
  return count
}

/**
 * Returns how many events a consumer has not settled: those handed out and open, and those that are to come. Events that
 * were settled after an open one do not count, so that one that is never acknowledged does not look like a backlog.
 */
export function eventsToSettle(
  { epoch, log, dispatched }: Pick<BusMethodContext['bus'], 'epoch' | 'log' | 'dispatched'>,
  consumer: Pick<Consumer, 'epoch' | 'progress'>,
): number {
  if (consumer.epoch !== epoch) return 0
  const { taken, open } = consumer.progress
  return open + eventsBehind(log, taken, dispatched)
}

/** Returns how far a consumer is behind: the events that it has not settled, and the age of the first of them. */
export async function lagOf(
  { bus, runtime }: Pick<BusMethodContext, 'bus' | 'runtime'>,
  consumer: Consumer,
): Promise<{ lagEvents: number; lagMicros: number }> {
  const lagEvents = eventsToSettle(bus, consumer)
  if (lagEvents === 0) return { lagEvents, lagMicros: 0 }
  const since = await timeFrom(bus.log, Math.max(consumer.settledUpTo + 1, bus.log.first))
  return { lagEvents, lagMicros: since === undefined ? 0 : Math.max(0, runtime.now() - since) }
}
