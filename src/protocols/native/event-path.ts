import type { Attributes } from '../../event/attributes.js'
import { formatCursor } from '../../event/cursor.js'
import { formatTime } from '../../event/position.js'

/** The attribute that tells in which logs an event has been: their epochs, with dots between. */
export const PATH_ATTRIBUTE = 'tocsinpath'
/** A chain of hubs is never so long. */
const MAX_HOPS = 16

/**
 * The path of an event that leaves the log `from` for `to`, given the path that it has come. Undefined for one that
 * must not go on: it has been there, came round to here, or went through too many hubs.
 */
export function pathOnward(said: unknown, from: string, to: string | undefined): string | undefined {
  const path = typeof said === 'string' && said !== '' ? said.split('.') : []
  if (path.includes(from) || (to !== undefined && (path.includes(to) || to === from))) return undefined
  return path.length >= MAX_HOPS ? undefined : [...path, from].join('.')
}

/** The attributes of an event in another log: it keeps its own, and those that it has got in the first log. */
export function forwardedAttributes(
  given: Attributes,
  { epoch, seq, time }: { epoch: string; seq: number; time: number },
  path: string,
): Attributes {
  return { id: formatCursor(epoch, seq), time: formatTime(time), ...given, [PATH_ATTRIBUTE]: path }
}
