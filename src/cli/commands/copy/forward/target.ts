import type { Event } from '../../../../event/event.js'

/** Where events are forwarded to. */
export interface ForwardTarget {
  /** For people: no token in it. */
  readonly address: string
  /** The log there, where it is known: what has been there already is not sent back. */
  readonly epoch: string | undefined
  /** Most events of one delivery. */
  readonly most: number
  /** Resolves when the target has them all; tries again as long as that may help. */
  deliver(events: readonly Outgoing[], signal: AbortSignal): Promise<RefusedEvent[]>
  close(): Promise<void>
}

export interface Outgoing {
  event: Event
  /** Of the log it comes from. */
  epoch: string
  /** The logs it has been in, with that one. */
  path: string
}

/** An event that the target will never take. */
export interface RefusedEvent {
  event: Event
  code: string
  message: string
}

/** The attribute that tells in which logs an event has been: their epochs, with dots between. */
export const PATH_ATTRIBUTE = 'tocsinpath'
/** A chain of hubs is never so long. */
const MAX_HOPS = 16

/**
 * The path of an event that leaves the log `from` for `to`. Undefined for one that must not go on: it has been
 * there, came round to here, or went through too many hubs.
 */
export function pathOnward(event: Event, from: string, to: string | undefined): string | undefined {
  const said = event.attributes[PATH_ATTRIBUTE]
  const path = typeof said === 'string' && said !== '' ? said.split('.') : []
  if (path.includes(from) || (to !== undefined && (path.includes(to) || to === from))) return undefined
  return path.length >= MAX_HOPS ? undefined : [...path, from].join('.')
}
