/** µs since the epoch */
export interface Span {
  readonly from: number
  readonly to: number
}

const DAY = 86_400e6

/** Times to compare with: that just before, and the same some days ago. Others are `FROM/TO` in ISO 8601. */
export const comparisons = ['before', '1d', '7d'] as const

/** The time to compare with, if the address has one. */
export function comparisonIn(params: URLSearchParams): string | undefined {
  const given = params.get('compare') ?? ''
  const isKnown = comparisons.some((each) => each === given) || typedSpan(given) !== undefined
  return isKnown ? given : undefined
}

/** The time with which this one is compared. */
export function otherSpan(comparison: string, { from, to }: Span): Span {
  const typed = typedSpan(comparison)
  if (typed !== undefined) return typed
  const back = comparison === 'before' ? to - from : Number.parseInt(comparison, 10) * DAY
  return { from: from - back, to: to - back }
}

/** Undefined for a time that depends on the one that is shown. */
export function typedSpan(comparison: string): Span | undefined {
  const [from, to] = comparison.split('/').map((moment) => Date.parse(moment) * 1000)
  return to > from ? { from, to } : undefined
}
