import type { FilterInput } from './query.js'

/**
 * `loading`: nothing is known yet; `paused`: the reader has stopped it, and everything waits in the log; `replaying`: what
 * was logged before comes again in its own time; `held`: the reader has stopped the replay.
 */
export type Mode = 'loading' | 'following' | 'paused' | 'replaying' | 'held'

/** The query of the list: a filter, and a place in the log. */
export interface TailQuery {
  readonly filters: FilterInput | undefined
  /** The cursor at which the list is paused; default: now, following. */
  readonly at?: string
  /** That of an event around which the list is paused. */
  readonly around?: string
  /** Only events from this position, and up to this one. */
  readonly from?: string
  readonly to?: string
}
