import { areApart } from './anchor.js'
import type { Matcher } from './matcher.js'

/** Counts of events by the beginning of their tag; `complete` if there are no others. */
export interface TagCounts {
  readonly counts: readonly [prefix: string, count: number][]
  readonly complete: boolean
}

/** The counted events that match: all of them, none, or those with certain tags. */
export type TagShare = 'all' | 'none' | { list: 'prefixes'; counts: [prefix: string, count: number][] }

/**
 * Returns undefined if the counts do not decide.
 *
 * @example
 * const salt = compileFilter(parseFilter('salt/'), { typeOf: () => 'tocsin.event' })
 * shareOfTags(salt, { counts: [['salt/', 3], ['host/', 5]], complete: true })
 * // { list: 'prefixes', counts: [['salt/', 3]] }
 */
export function shareOfTags(matcher: Matcher, tags: TagCounts): TagShare | undefined {
  if (matcher.all) return 'all'
  const { counts, complete } = tags
  const { prefixes, outside } = matcher
  if (outside !== undefined && hasNoneUnder(outside.prefixes, tags)) return shareOfTags(outside.matcher, tags)
  if (prefixes === undefined || !complete) return undefined
  const under = counts.filter(([known]) => prefixes.some((prefix) => known.startsWith(prefix)))
  const others = under.length < counts.length
  // A longer prefix may match some of the tags that begin with this one.
  const open = others && counts.some(([known]) => prefixes.some((prefix) => isLonger(prefix, known)))
  if (under.length === 0 && !open) return 'none'
  if (open || !matcher.exact) return undefined
  return others ? { list: 'prefixes', counts: under } : 'all'
}

function hasNoneUnder(prefixes: Matcher['prefixes'], { counts, complete }: TagCounts): boolean {
  const known = counts.map(([prefix]) => prefix)
  return complete && areApart(prefixes, known)
}

function isLonger(prefix: string, known: string): boolean {
  return prefix.length > known.length && prefix.startsWith(known)
}
