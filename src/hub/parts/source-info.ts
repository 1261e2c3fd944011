import type { SourceInfo } from '../../methods/contract/index.js'
import type { SourceStatus } from '../../sources/source.js'

/** Returns the state of a source as `sources.list` and `tocsin status` show it. */
export function sourceInfo({ health, state, ...source }: SourceStatus): SourceInfo {
  const shown = state === 'starting' || state === 'stopped' ? 'down' : state
  return {
    ...source,
    state: shown === 'up' && health?.state === 'degraded' ? 'degraded' : shown,
    reason: shown === 'up' ? health?.reason : source.reason,
    details: health?.details ?? {},
  }
}
