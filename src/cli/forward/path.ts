import type { Event } from '../../event/event.js'

/** The attribute that tells in which logs an event has been: their epochs, with dots between. */
export const PATH_ATTRIBUTE = 'tocsinpath'
/** A chain of hubs is never so long. */
const MOST_HOPS = 16

/**
 * The path of an event that leaves the log `from` for `to`. Undefined for one that must not go on: it has been
 * there, came round to here, or went through too many hubs.
 */
export function pathOnward(event: Event, from: string, to: string | undefined): string | undefined {
  const said = event.attributes[PATH_ATTRIBUTE]
  const path = typeof said === 'string' && said !== '' ? said.split('.') : []
  if (path.includes(from) || (to !== undefined && (path.includes(to) || to === from))) return undefined
  return path.length >= MOST_HOPS ? undefined : [...path, from].join('.')
}
