import type { Event } from '../event/event.js'
import { CHAIN } from './rule.js'

/** Seq of the event with this cursor. */
export function seqIn(cursor: string): number {
  return Number(cursor.slice(cursor.lastIndexOf('-') + 1))
}

/** Epoch of the log that has the event with this cursor. */
export function epochIn(cursor: string): string {
  return cursor.slice(0, cursor.lastIndexOf('-'))
}

/** The rules that have led to the event. Of events that are not the hub's own, nobody knows whether it is true. */
export function chainOf(event: Event): readonly string[] {
  if (!event.source.startsWith('hub/')) return []
  const chain = event.attributes[CHAIN]
  return typeof chain === 'string' && chain !== '' ? chain.split(' ') : []
}
