import type { Matcher } from '../filter/matcher.js'

/** The identity at the other end of a connection. Made by `access`, never by a face. */
export interface Principal {
  readonly name: string
  /** Prefix of the sources under which it publishes. */
  readonly source: string
}

/** Rights whose extent is a filter over events. */
export type EventRight = 'publish' | 'see' | 'produce' | 'gate'

/**
 * Rights over the hub itself: `admin` changes it, and includes `monitor`, which looks at its state. `owner` decides what
 * runs, reads and is trusted as the hub's user: it is not granted, but belongs to those that may do everything.
 * `allJobs` sees the jobs of others: it comes with `admin` and with full rights over SysAdm.
 */
export type HubRight = 'owner' | 'admin' | 'monitor' | 'allJobs'

export type Right = EventRight | 'consume' | 'run' | 'ask' | HubRight

/**
 * Decides what a principal may do, for every face and method. For events the answer is a matcher that is
 * applied to each event; otherwise it is yes or no.
 */
export interface Authorize {
  (principal: Principal, right: EventRight): Matcher
  /** Without a name: whether the principal has the right to any consumer. */
  (principal: Principal, right: 'consume', name?: string): boolean
  /** A program, by its path or its name; without one: whether the principal may run any program. */
  (principal: Principal, right: 'run', program?: string): boolean
  /** An edge hub, by its name; without one: whether the principal may ask any edge hub. */
  (principal: Principal, right: 'ask', edge?: string): boolean
  (principal: Principal, right: HubRight): boolean
}

/** Returns whether the principal has the right to anything: to some event, some name or program, or the hub. */
export function hasRight(authorize: Authorize, principal: Principal, right: Right): boolean {
  switch (right) {
    case 'publish':
    case 'see':
    case 'produce':
    case 'gate':
      return authorize(principal, right).prefixes?.length !== 0
    case 'consume':
    case 'run':
    case 'ask':
      return authorize(principal, right as 'consume')
    default:
      return authorize(principal, right)
  }
}
