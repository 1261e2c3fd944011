import { intersect, type Matcher } from '../filter/index.js'
import type { Authorize, Principal } from './principal.js'

/**
 * The events that a principal may see. Everything that delivers, reads or counts events for a principal uses this
 * matcher, whichever face the request came in by.
 */
export function visibleTo(authorize: Authorize, principal: Principal): Matcher {
  return authorize(principal, 'see')
}

/** The events that a principal asks for, restricted to those that it may see. */
export function visibleMatch(authorize: Authorize, principal: Principal, wanted: Matcher): Matcher {
  return intersect(wanted, visibleTo(authorize, principal))
}
