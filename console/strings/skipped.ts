import { formatCount as count } from '../../src/types/figures.js'

/** The text of the row in place of events that a jump to now has left out. */
export function skippedText(events: number, exact: boolean): string {
  return `${exact ? '' : 'more than '}${count(events)} events were left out here`
}
