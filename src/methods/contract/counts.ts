import type { Wanted } from './params.js'

/** Counts of events. */
export interface CountMethods {
  /** Counts events per bucket of time. */
  'events.histogram': { params: HistogramParams; result: Histogram }
  /** Counts events per value of a field, most frequent first. */
  'events.facets': { params: FacetsParams; result: Facets }
}

/** The value of a field: anything but a list, a map or bytes. */
export type FieldValue = string | number | boolean | null

export interface HistogramParams extends Wanted {
  /** Default: an hour ago. */
  from?: string
  /** Default: now. */
  to?: string
  /** Limit for the number of buckets, not counting a partial one; they begin at round times. */
  buckets?: number
  /**
   * Counts the values of this field separately; of a tag, its first two segments. `severity` is what the data says with a
   * usual field: `error`, `warning` or `success`.
   */
  by?: 'type' | 'source' | 'tag' | 'severity'
  /** Number of values to return; the rest is counted together. */
  top?: number
}

export interface Histogram extends Coverage {
  /** Events from this time, up to but not including `to`, are counted. */
  from: number
  to: number
  /** Start of the first bucket, and the length of each. */
  start: number
  step: number
  /** One count for each bucket. */
  counts: number[]
  total: number
  /** Counts of the most frequent values, and of all others. */
  series?: { value: FieldValue; total: number; counts: number[] }[]
  other?: number[]
}

export interface FacetsParams extends Wanted {
  /** Field as in filters: `type`, `source`, `tag` (its first two segments), an attribute, `data.…`. */
  field: string
  /** For `tag`: counts only tags that begin with this, up to their next `/` after it. */
  under?: string
  from?: string
  to?: string
  limit?: number
}

export interface Facets extends Coverage {
  field: string
  from: number
  to: number
  total: number
  /** `more`: a beginning of tags, of which some have further segments. */
  values: { value: FieldValue; count: number; more?: boolean }[]
  /** Events without the field, or with values that are not listed. */
  other: number
}

/** The part of the requested range that was examined. Only events that the caller may see are counted. */
export interface Coverage {
  /**
   * False if there were more events than one question may examine, or more values than can be distinguished (the
   * rarest are dropped, and the numbers of the others are lower bounds), or if events had to be examined that the log
   * cannot read because of damage.
   */
  exact: boolean
  /** Nothing before this time was examined; absent if everything was. */
  coveredFrom?: number
}
