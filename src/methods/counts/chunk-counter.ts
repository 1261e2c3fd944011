import { type Filter, intersect, type Matcher, shareOfTags } from '../../filter/index.js'
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

function shareOfValues(test: ValueTest, { counts, complete }: TopCounts): Share | undefined {
  if (!complete) return undefined
  const matching = counts.filter(([value]) => test.matches(value))
  if (matching.length === counts.length) return 'all'
  return matching.length === 0 ? 'none' : { list: test.list, counts: matching }
}

function sum(counts: TopCounts['counts']): number {
  return counts.reduce((total, [, count]) => total + count, 0)
}
