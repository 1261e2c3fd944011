import type { Runtime } from './runtime.js'

export interface RetryPauses {
  /** Before the first retry, ms. */
  readonly first: number
  /** Where the pauses stop growing, ms. */
  readonly longest: number
}

/** Share of the pause that is random, so that peers that lost the same hub do not all return at once. */
const JITTER = 0.25

/** Returns the pause before the next attempt, ms: the first after one failure, and twice as long after each further one. */
export function retryPause(failures: number, { first, longest }: RetryPauses): number {
  return Math.min(longest, first * 2 ** Math.max(0, failures - 1))
}

/** The same, less a random part of up to a quarter. */
export function scatteredPause(
  failures: number,
  pauses: RetryPauses,
  runtime: Pick<Runtime, 'random'>,
): number {
  const part = runtime.random(1)[0] / 256
  return retryPause(failures, pauses) * (1 - part * JITTER)
}
