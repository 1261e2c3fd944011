import { type Matcher, shareOfTags } from '../filter/index.js'
import type { NeededWords, ReadLimits } from '../log/event-log.js'

/** Tells the log which events it may leave out, because they cannot match. */
export function readHints(matcher: Matcher): Pick<ReadLimits, 'prefixes' | 'needed'> {
  return { prefixes: matcher.prefixes, needed: neededWords(matcher) }
}

function neededWords({ needed, within = [] }: Matcher): NeededWords | undefined {
  const tokens = needed?.()
  if (tokens === undefined) return undefined
  if (within.length === 0) return { tokens }
  return { tokens, seesAll: (prefixes) => within.every((rights) => shareOfTags(rights, prefixes) === 'all') }
}
