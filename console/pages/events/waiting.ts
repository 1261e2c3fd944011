import type { Signal } from '@preact/signals'
import { call } from '../../hub/api.js'
import { endOfLog } from './log-pages.js'
import type { FilterInput } from './query.js'

/** The events after the list, which was paused or shows the past. */
export interface Waiting {
  readonly count: number
  readonly exact: boolean
  /** The time of the pause or of the last row, µs since the epoch. */
  readonly since: number
}

interface WaitingQuestion {
  readonly filters: FilterInput | undefined
  /** Events after this cursor are counted. */
  readonly from: string
  readonly since: number
  readonly signal: AbortSignal
  /** Called only for the current timer; an earlier one was cancelled. */
  isCurrent(timer: number): boolean
  readonly waiting: Signal<Waiting | undefined>
}

const COUNT_EVERY_MS = 1000

/** Counts what waits, a little further each time, so that no event is examined twice. Returns the timer. */
export function countWaiting(question: WaitingQuestion): number {
  const { filters, since, signal, isCurrent, waiting } = question
  let { from } = question
  let count = 0
  let exact = true
  let isBusy = false
  waiting.value = { count, exact, since }
  const timer = window.setInterval(async () => {
    if (isBusy || document.hidden) return
    isBusy = true
    try {
      const to = await endOfLog()
      const found = await call('filters.explain', { filters: filters as never, from, to }, signal)
      if (!isCurrent(timer) || found.count === undefined) return
      from = to
      count += found.count.matched
      exact &&= found.count.exact
      waiting.value = { count, exact, since }
    } catch {
      // The next attempt counts from where this one did.
    } finally {
      isBusy = false
    }
  }, COUNT_EVERY_MS)
  return timer
}
