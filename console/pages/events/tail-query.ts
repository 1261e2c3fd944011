import type { FilterInput } from './query.js'

/** The query of the list: a filter, and a place in the log. */
export interface TailQuery {
  readonly filters: FilterInput | undefined
  /** The cursor at which the list is paused; default: now, live. */
  readonly at?: string
  /** That of an event around which the list is paused. */
  readonly around?: string
  /** Only events from this position, and up to this one. */
  readonly from?: string
  readonly to?: string
}
