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

/** Returns how far a consumer is behind: the events after its last settled one, and the age of the first of them. */
export async function lagOf(
  { bus, runtime }: Pick<BusMethodContext, 'bus' | 'runtime'>,
  { epoch, settledUpTo }: Consumer,
): Promise<{ lagEvents: number; lagMicros: number }> {
  const lagEvents = epoch === bus.epoch ? eventsBehind(bus.log, settledUpTo, bus.dispatched) : 0
  if (lagEvents === 0) return { lagEvents, lagMicros: 0 }
  const since = await timeFrom(bus.log, Math.max(settledUpTo + 1, bus.log.first))
  return { lagEvents, lagMicros: since === undefined ? 0 : Math.max(0, runtime.now() - since) }
}
