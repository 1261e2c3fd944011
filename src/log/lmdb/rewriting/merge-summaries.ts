import type { ChunkSummary, ProducerRange, TopCounts } from '../../event-log.js'
import { mergedTimes } from '../../event-times.js'
import { addRange } from '../../producer-range.js'
import { type SummaryParts, TOP, type TopValues } from '../summary-codec.js'

const LISTS = ['types', 'sources', 'prefixes'] as const

/** Returns the summary of a chunk and of the one that follows it. The checksum is that of the whole, which is not known here. */
export function mergeSummaries(one: ChunkSummary, next: ChunkSummary): ChunkSummary {
  return {
    // Each field is named, so that a new one is not taken from the first chunk alone.
    crc32: 0,
    firstSeq: one.firstSeq,
    lastSeq: next.lastSeq,
    firstTime: one.firstTime,
    lastTime: next.lastTime,
    count: one.count + next.count,
    bytes: one.bytes + next.bytes,
    types: mergeCounts(one.types, next.types),
    sources: mergeCounts(one.sources, next.sources),
    prefixes: mergeCounts(one.prefixes, next.prefixes),
    producers: mergeProducers(one.producers, next.producers),
    eventTimes: mergedTimes(one.eventTimes, next.eventTimes),
  }
}

/** Returns whether a list that is complete in one of two summaries is no longer so when they are merged. */
export function losesCounts(one: ChunkSummary, next: ChunkSummary, merged: ChunkSummary): boolean {
  return LISTS.some((list) => !merged[list].complete && (one[list].complete || next[list].complete))
}

/** Returns the summary in the form in which it is encoded. */
export function partsOf(summary: ChunkSummary): SummaryParts {
  const { types, sources, prefixes } = summary
  return { ...summary, types: valuesOf(types), sources: valuesOf(sources), prefixes: valuesOf(prefixes) }
}

function mergeCounts(one: TopCounts, next: TopCounts): TopCounts {
  const sums = new Map(one.counts)
  for (const [value, count] of next.counts) sums.set(value, (sums.get(value) ?? 0) + count)
  const counts = [...sums].sort(([, a], [, b]) => b - a)
  return { counts: counts.slice(0, TOP), complete: one.complete && next.complete && counts.length <= TOP }
}

function mergeProducers(one: readonly ProducerRange[], next: readonly ProducerRange[]): ProducerRange[] {
  const ranges = new Map<string, ProducerRange>()
  for (const range of [...one, ...next]) addRange(ranges, range)
  return [...ranges.values()]
}

function valuesOf({ counts, complete }: TopCounts): TopValues {
  return { values: counts.map(([value, count]) => ({ value: Buffer.from(value), count })), complete }
}
