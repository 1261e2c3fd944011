import { areApart, type Filter, intersect, type Matcher } from '../../filter/index.js'
import type { ChunkSummary, TopCounts } from '../../log/event-log.js'
import type { Count } from './count.js'
import type { CountedList, FieldReader } from './field-reader.js'
import { type ValueTest, valueTest } from './value-test.js'

/** Which events are counted, within the rights of the caller, and by which field. */
export interface Question {
  readonly filter: Filter
  readonly wanted: Matcher
  readonly rights: Matcher
  readonly by: FieldReader | undefined
}

/** The events of a chunk that match: all of them, none, or those with certain values in one of its lists. */
type Share = 'all' | 'none' | { list: CountedList; counts: TopCounts['counts'] }

/** Counts the matching events of a chunk from its summary alone, if that is sufficient. */
export class ChunkCounter {
  readonly matcher: Matcher
  readonly #rights: Matcher
  readonly #list: CountedList | undefined
  readonly #byField: boolean
  readonly #fromList: FieldReader['fromList']
  readonly #test: ValueTest | undefined

  constructor({ filter, wanted, rights, by }: Question) {
    this.matcher = intersect(wanted, rights)
    this.#rights = rights
    this.#list = by?.list
    this.#byField = by !== undefined
    this.#fromList = by?.fromList
    this.#test = valueTest(filter)
  }

  /** Returns false, and counts nothing, if the summary does not decide. */
  add(chunk: ChunkSummary, into: Count): boolean {
    const share = this.#shareOf(chunk)
    if (share === undefined) return false
    if (share === 'none') return true
    const counts = this.#byField ? this.#countsOf(chunk, share) : []
    if (counts === undefined) return false
    into.total += share === 'all' ? chunk.count : sum(share.counts)
    for (const [value, count] of counts) into.addValue(value, count)
    return true
  }

  #countsOf(chunk: ChunkSummary, share: Exclude<Share, 'none'>): TopCounts['counts'] | undefined {
    if (this.#list === undefined) return undefined
    if (share !== 'all') return share.list === this.#list ? this.#asRead(share.counts) : undefined
    const { counts, complete } = chunk[this.#list]
    return complete ? this.#asRead(counts) : undefined
  }

  #asRead(counts: TopCounts['counts']): TopCounts['counts'] {
    const fromList = this.#fromList
    return fromList === undefined ? counts : counts.map(([listed, count]) => [fromList(listed), count])
  }

  #shareOf(chunk: ChunkSummary): Share | undefined {
    const share = shareOfTags(this.matcher, chunk.prefixes)
    if (share !== undefined || this.#test === undefined) return share
    // Rights are decided by tags alone: the type of a tag may have changed since the chunk was written.
    return shareOfTags(this.#rights, chunk.prefixes) === 'all'
      ? shareOfValues(this.#test, chunk[this.#test.list])
      : undefined
  }
}

function shareOfTags(matcher: Matcher, tags: TopCounts): Share | undefined {
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

function hasNoneUnder(prefixes: Matcher['prefixes'], { counts, complete }: TopCounts): boolean {
  const known = counts.map(([prefix]) => prefix)
  return complete && areApart(prefixes, known)
}

function isLonger(prefix: string, known: string): boolean {
  return prefix.length > known.length && prefix.startsWith(known)
}

function shareOfValues(test: ValueTest, { counts, complete }: TopCounts): Share | undefined {
  if (!complete) return undefined
  const matching = counts.filter(([value]) => test.matches(value))
  if (matching.length === counts.length) return 'all'
  return matching.length === 0 ? 'none' : { list: test.list, counts: matching }
}

function sum(counts: TopCounts['counts']): number {
  return counts.reduce((total, [, count]) => total + count, 0)
}
