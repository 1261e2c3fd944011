import type { LogInfo } from '../../../src/methods/contract/index.js'
import { formatBytes, formatCount, formatSpan } from '../../../src/types/figures.js'
import { busStrings } from '../../strings/bus.js'

const text = busStrings.log

/** What the log keeps, in words. */
export function retentionOf({ retention: { age, bytes, count } }: LogInfo): string {
  const limits = [
    age !== undefined && formatSpan(age),
    bytes !== undefined && formatBytes(bytes),
    count !== undefined && `${formatCount(count)} ${text.events}`,
  ].filter((limit) => limit !== false)
  return limits.length === 0 ? text.forever : limits.join(', ')
}
