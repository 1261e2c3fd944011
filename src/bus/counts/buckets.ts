const SECOND = 1e6
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Spans that a clock is read in, µs. Beyond a day whole days. */
const steps = [
  ...[1, 10, 100].map((millis) => millis * 1000),
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR),
]

export interface Buckets {
  start: number
  step: number
  count: number
}

/**
 * At most so many spans of one length, and a part of one more, that cover [from, to), µs since the epoch. They
 * begin at round times of UTC, unless there is only one.
 */
export function bucketsOf(from: number, to: number, most: number): Buckets {
  if (to <= from) return { start: from, step: SECOND, count: 0 }
  if (most === 1) return { start: from, step: to - from, count: 1 }
  const countOf = (step: number) => Math.ceil(to / step) - Math.floor(from / step)
  let step = steps.find((step) => countOf(step) <= most + 1)
  if (step === undefined) {
    step = Math.max(DAY, Math.ceil((to - from) / most / DAY) * DAY)
    while (countOf(step) > most + 1) step *= 2
  }
  return { start: Math.floor(from / step) * step, step, count: countOf(step) }
}
