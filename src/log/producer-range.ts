import type { ProducerRange } from './event-log.js'
import { addSpans, type RefusedSpan, spansBetween } from './refused-spans.js'

/** Joins a range with the earlier one of the same producer. */
export function addRange(ranges: Map<string, ProducerRange>, range: ProducerRange): void {
  const known = ranges.get(range.key)
  if (known === undefined) {
    ranges.set(range.key, range.refused ? { ...range, refused: [...range.refused] } : { ...range })
    return
  }
  known.first = Math.min(known.first, range.first)
  known.last = Math.max(known.last, range.last)
  known.count += range.count
  if (range.refused === undefined) return
  const spans = [...(known.refused ?? [])]
  const forgotten = Math.max(addSpans(spans, range.refused), known.forgotten ?? 0, range.forgotten ?? 0)
  known.refused = spans
  if (forgotten > 0) known.forgotten = forgotten
}

/** Returns the range with more counters before it that were refused. */
export function withRefused(range: ProducerRange, more: readonly RefusedSpan[]): ProducerRange {
  if (more.length === 0) return range
  const refused = [...more]
  addSpans(refused, range.refused ?? [])
  return { ...range, refused }
}

/** Returns the range without what it says of counters up to this one, which are settled. */
export function withRefusedAfter(range: ProducerRange, counter: number): ProducerRange {
  if (range.refused === undefined) return range
  const { refused, ...rest } = range
  const left = spansBetween(refused, counter, range.first)
  return left.length === 0 ? rest : { ...rest, refused: left }
}
