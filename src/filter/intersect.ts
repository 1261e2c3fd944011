import type { Matcher } from './matcher.js'

/** Matches what both match. The index works with the first one's prefixes where it has some. */
export function intersect(filter: Matcher, rights: Matcher): Matcher {
  if (rights.all) return filter
  if (filter.all) return rights
  const leading = filter.prefixes === undefined ? rights : filter
  return {
    key: `${filter.key} & ${rights.key}`,
    all: false,
    prefixes: leading.prefixes,
    exact: false,
    matches: (bytes, at) => filter.matches(bytes, at) && rights.matches(bytes, at),
  }
}
