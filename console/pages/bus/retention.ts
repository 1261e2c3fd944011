import type { LogInfo } from '../../../src/methods/contract/index.js'
import { formatBytes, formatCount, formatSpan } from '../../../src/types/figures.js'
import { busStrings } from '../../strings/bus.js'

const text = busStrings.log

/** Returns the number of events in the log. The numbers of lost ranges have none. */
export function storedEvents({ first, last, lost }: Pick<LogInfo, 'first' | 'last' | 'lost'>): number {
  const missing = lost.map(({ from, to }) => Math.max(0, Math.min(to, last) - Math.max(from, first) + 1))
  return missing.reduce((events, gone) => events - gone, Math.max(0, last - first + 1))
}

/** Describes the retention of the log. */
export function retentionOf({ retention: { age, bytes, count } }: LogInfo): string {
  const limits = [
    age !== undefined && formatSpan(age),
    bytes !== undefined && formatBytes(bytes),
    count !== undefined && `${formatCount(count)} ${text.events}`,
  ].filter((limit) => limit !== false)
  return limits.length === 0 ? text.forever : limits.join(', ')
}
