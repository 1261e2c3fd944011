import type { Grouping } from './groups.js'
import type { Period } from './hosts.js'
import { type HostState, hostStates } from './states.js'

/** The choices of the reader, which the address has. */
export interface FleetView {
  readonly match: string
  readonly within: Period
  readonly by: Grouping
  /** Only hosts in these states are in the list; the others are faint. */
  readonly states: readonly HostState[]
  readonly open: string | undefined
}

export function viewIn(params: URLSearchParams): FleetView {
  const states = params.getAll('is')
  return {
    match: params.get('match') ?? '',
    within: params.get('within') === 'day' ? 'day' : 'hour',
    by: (params.get('by') ?? '') as Grouping,
    states: hostStates.filter((state) => states.includes(state)),
    open: params.get('host') ?? undefined,
  }
}
