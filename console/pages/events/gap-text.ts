import type { ReadGap } from '../../../src/methods/contract/index.js'
import { strings } from '../../strings.js'

const { gap, gapAfterCrash, gapReasons } = strings.events

/** Describes a gap and its reason. */
export function gapText({ from, to, reason }: Pick<ReadGap, 'from' | 'to' | 'reason'>): string {
  // Most numbers of such a range never belonged to an event, so their count would mislead.
  if (reason === 'lost-in-crash') return gapAfterCrash(from, to)
  return gap(from, to, gapReasons[reason] ?? reason)
}
