import { formatTime } from 'tocsin/browser'
import type { Histogram } from '../../../src/methods/contract/index.js'
import { type Answer, useAnswer } from '../../hub/asking.js'
import { counted } from '../../hub/counting.js'
import { filterOf } from './events-of.js'
import type { Period } from './hosts.js'

/** All numbers are of one question, so that they never contradict each other. */
export interface HostCounts {
  readonly byType: Histogram
  /** Those of the same time, once everything is counted. */
  readonly bySeverity?: Histogram
}

const BARS = 60
const LANES = 8
const EVERY_MS = 10_000
/** As the list of events calls them. */
export const spans = { hour: '1h', day: '1d' } as const

export function useHostCounts(names: readonly string[], within: Period): Answer<HostCounts> {
  const wanted = { filters: filterOf(names), buckets: BARS, top: LANES }
  return useAnswer<HostCounts>(
    JSON.stringify([names, within]),
    async (signal, soFar) => {
      const first = { ...wanted, from: `-${spans[within]}`, by: 'type' as const }
      const byType = await counted('events.histogram', first, signal, (found) => soFar({ byType: found }))
      const span = { from: formatTime(byType.from), to: formatTime(byType.to) }
      const second = { ...wanted, ...span, by: 'severity' as const }
      return { byType, bySeverity: await counted('events.histogram', second, signal, () => {}) }
    },
    EVERY_MS,
  )
}
