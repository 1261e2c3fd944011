import type { Wanted, WhichTime } from './params.js'

/** Counts of events. */
export interface CountMethods {
  /** Counts events per bucket of time. */
  'events.histogram': { params: HistogramParams; result: Histogram }
  /** Counts events per value of a field, most frequent first. */
  'events.facets': { params: FacetsParams; result: Facets }
}

/** The value of a field: anything but a list, a map or bytes. */
export type FieldValue = string | number | boolean | null

/** The time that the caller waits for an answer. */
export interface Patience {
  /**
   * Answer after this time, ms, with what was counted until then, and continue to count for at least 10 s; at most
   * 60,000. Default: answer when everything is counted.
   */
  wait?: number
  /** Continues the question whose answer had this `more`; all other parameters are the same. An unknown one begins again. */
  more?: string
}

export interface HistogramParams extends Wanted, Patience {
  /** Default: an hour ago. */
  from?: string
  /** Default: now. */
  to?: string
  /** Default: `stored`. */
  time?: WhichTime
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
  /** One count for each bucket; a lower bound if it begins before `coveredFrom`, and null if none was found there yet. */
  counts: (number | null)[]
  /** Counts of the most frequent values, and of all others. */
  series?: CountedSeries[]
  other?: number[]
}

export interface CountedSeries {
  value: FieldValue
  /** A lower bound unless the answer is exact. */
  total: number
  counts: number[]
}

export interface FacetsParams extends Wanted, Patience {
  /** Field as in filters: `type`, `source`, `tag` (its first two segments), an attribute, `data.…`. */
  field: string
  /** For `tag`: counts only tags that begin with this, up to their next `/` after it. */
  under?: string
  from?: string
  to?: string
  /** Default: `stored`. */
  time?: WhichTime
  limit?: number
}

export interface Facets extends Coverage {
  field: string
  from: number
  to: number
  /** `atLeast`: there may be more events of this value. `more`: a beginning of tags, of which some have further segments. */
  values: { value: FieldValue; count: number; atLeast?: true; more?: boolean }[]
  /** Counted events without the field, or with values that are not listed. Absent if values were left out. */
  other?: number
}

/** The part of the requested range that was counted. Only events that the caller may see are counted. */
export interface Coverage {
  /**
   * True if all numbers are exact. False while the counting continues, if there were more values than can be
   * distinguished, or if the log cannot read events because of damage.
   */
  exact: boolean
  /** Number of events. Absent unless all were counted. */
  total?: number
  /** Number of events that were counted; present instead of `total`. */
  atLeast?: number
  /** Events before this time are not all counted; absent if they are. */
  coveredFrom?: number
  /** Present if there were too many values: each may have this many events more than its number says, listed or not. */
  missed?: number
  /** The counting continues: ask again with this `more`. */
  more?: string
}
