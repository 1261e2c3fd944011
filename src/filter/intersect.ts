import { meet } from './anchor.js'
import type { Matcher } from './matcher.js'

/** Matches what both match, such as a subscriber's filter within its rights. */
export function intersect(filter: Matcher, rights: Matcher): Matcher {
  if (rights.all) return filter
  if (filter.all) return rights
  return {
    key: `${filter.key} & ${rights.key}`,
    all: false,
    ...meet(filter, rights),
    matches: (bytes, at) => filter.matches(bytes, at) && rights.matches(bytes, at),
  }
}
