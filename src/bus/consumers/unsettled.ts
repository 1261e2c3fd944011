import { retryPause } from '../../event/retry-pause.js'
import type { Member } from './member.js'
import type { ParkedRef } from './parked-store.js'

/** Time that a member may work on an event before it is redelivered, ms. */
export const ACK_WAIT = 30_000
/** Deliveries of one event before it is parked. */
export const TRIES = 10

/**
 * Events that a hub hands out, of a consumer that it shares with others, before it has written its position again. The
 * next hub marks as many as redelivered, if this one ends without a last word.
 */
export const MAX_AHEAD = 10_000

const PAUSES = { first: 1_000, longest: 300_000 }
const MAX_DELAY = 3_600_000

/**
 * An event that is not settled yet.
 *
 * given    a member works on it, until `due`
 * waiting  is redelivered at `due`, or later when a member that may see it has room
 * parking  is being written to the parked events; if that fails, it is tried again at `due`
 */
export interface Unsettled {
  readonly seq: number
  /** Deliveries so far, and what a subscriber has tried by itself. */
  tries: number
  state: 'given' | 'waiting' | 'parking'
  /** ms, monotonic */
  due: number
  /** The member that has it, or had it last. */
  member: Member | undefined
  /** The parked event that is redelivered; undefined: the event comes from the log. */
  readonly parked: ParkedRef | undefined
  /** Why it is being parked. */
  reason: string
}

export function waiting(seq: number, tries: number, due: number, parked?: ParkedRef): Unsettled {
  return { seq, tries, state: 'waiting', due, member: undefined, parked, reason: '' }
}

/** Returns the pause before the next delivery, ms: 1 s, 2 s, 4 s … 5 min, or the delay that was asked for. */
export function pauseAfter(tries: number, asked?: number): number {
  if (asked !== undefined && asked >= 0) return Math.min(asked, MAX_DELAY)
  return retryPause(tries, PAUSES)
}
