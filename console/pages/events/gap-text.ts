import type { ReadGap } from '../../../src/methods/contract/index.js'
import { strings } from '../../strings.js'
import type { Marker } from './store.js'

const { gap, gapAfterCrash, gapReasons } = strings.events

type Gap = Pick<ReadGap, 'from' | 'to' | 'reason'>

/** A row that says which events are missing, and why. */
export function gapMarker(gap: Gap): Marker {
  return { kind: 'gap', text: gapText(gap) }
}

export function gapText({ from, to, reason }: Gap): string {
  // Most numbers of such a range never belonged to an event, so their count would mislead.
  if (reason === 'lost-in-crash') return gapAfterCrash(from, to)
  return gap(from, to, gapReasons[reason] ?? reason)
}
