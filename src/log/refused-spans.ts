import type { ErrorCode } from '../errors/catalogue.js'

/** Counters of a producer that were refused with one code. No event with a counter between them is stored. */
export interface RefusedSpan {
  first: number
  last: number
  code: ErrorCode
}

/** Spans of one producer that are remembered. */
export const MAX_SPANS = 500

/**
 * Adds spans that follow those that are there, leaving out what these say already, and drops the oldest if there are too
 * many. Returns the last counter that was dropped; 0 if none was.
 */
export function addSpans(spans: RefusedSpan[], more: readonly RefusedSpan[], most = MAX_SPANS): number {
  for (const { first, last, code } of more) {
    const known = spans.at(-1)?.last ?? 0
    if (last > known) spans.push({ first: Math.max(first, known + 1), last, code })
  }
  return spans.splice(0, spans.length - most).at(-1)?.last ?? 0
}

/** The parts of spans after a counter and before another. */
export function spansBetween(spans: readonly RefusedSpan[], after: number, before: number): RefusedSpan[] {
  const found: RefusedSpan[] = []
  for (const { first, last, code } of spans)
    if (last > after && first < before)
      found.push({ first: Math.max(first, after + 1), last: Math.min(last, before - 1), code })
  return found
}

/** The span that has this counter; spans are in rising order. */
export function spanOf(spans: readonly RefusedSpan[], counter: number): RefusedSpan | undefined {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (spans[middle].last < counter) low = middle + 1
    else high = middle
  }
  return low < spans.length && spans[low].first <= counter ? spans[low] : undefined
}
