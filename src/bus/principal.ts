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
 */
export type HubRight = 'owner' | 'admin' | 'monitor'

/**
 * Decides what a principal may do, for every face and method. For events the answer is a matcher that is
 * applied to each event; otherwise it is yes or no.
 */
export interface Authorize {
  (principal: Principal, right: EventRight): Matcher
  (principal: Principal, right: 'consume', name: string): boolean
  /** A program, by its path or its name. */
  (principal: Principal, right: 'run', program: string): boolean
  (principal: Principal, right: HubRight): boolean
}
