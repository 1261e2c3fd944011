import type { FilterInput } from './query.js'

/** The query of the list: a filter, and a place in the log. */
export interface TailQuery {
  readonly filters: FilterInput | undefined
  /** The cursor at which the list is paused; default: now, live. */
  readonly at?: string
  /** That of an event around which the list is paused. */
  readonly around?: string
  /** The edge hubs that are asked in place of this hub: their names, globs or a label. */
  readonly edges?: string
  /** Only events from this position, and up to this one. */
  readonly from?: string
  readonly to?: string
}
